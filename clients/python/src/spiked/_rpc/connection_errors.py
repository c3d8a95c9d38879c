# SPDX-License-Identifier: Apache-2.0
"""What gRPC says when there is no connection, in words of this package."""

from __future__ import annotations

import re

# Parts of gRPC's texts, the first that is found, and what they mean.
_MEANINGS = (
    (
        r"WRONG_VERSION_NUMBER|wrong version number",
        "the server has no TLS: leave out ca_file and credentials",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed",
        "the server's certificate isn't signed by an authority in ca_file",
    ),
    (
        r"Hostname Verification|is not in peer certificate",
        "the server's certificate is for another name than that of the address",
    ),
    (
        r"CERTIFICATE_REQUIRED|certificate required",
        "the server wants a certificate: give cert_file and key_file",
    ),
    (
        r"Connection refused",
        "nothing listens there: is the daemon running, on this port?",
    ),
    (
        r"No such file or directory",
        "there is no such socket: is the daemon running with this path?",
    ),
    (
        r"Permission denied",
        "this user may not open the socket (--socket-mode of the daemon)",
    ),
    (
        r"DNS resolution failed|not resolve|Domain name not found"
        r"|Name or service not known",
        "the name of the host is unknown",
    ),
    (
        r"No route to host|Network is unreachable|timed out|Timeout occurred"
        r"|FD Shutdown",
        "the machine can't be reached",
    ),
    (
        r"Socket closed|Connection reset|Broken pipe|GOAWAY",
        "the connection ended without an answer: the server has stopped, or "
        "it has TLS (ca_file)",
    ),
)
_WHERE = re.compile(r"((?:ipv4|ipv6|unix|unix-abstract):[^\s,;]+?)(?=: |,|;|$)")


def explain(text: str) -> str:
    """Returns what it means, then gRPC's text; that text if it is unknown."""
    for pattern, meaning in _MEANINGS:
        if re.search(pattern, text):
            where = _WHERE.search(text)
            place = f"{where[1]}: " if where else ""
            return f"{place}{meaning} (gRPC: {text})"
    return text
