# SPDX-License-Identifier: Apache-2.0
"""Whether an address of a server is on this machine.

Addresses are targets of gRPC:
https://github.com/grpc/grpc/blob/master/doc/naming.md
"""

from __future__ import annotations

import ipaddress
import socket


def stays_on_this_machine(address: str) -> bool:
    """Returns whether an address is a Unix socket or loopback.

    Names other than localhost are resolved; all their addresses must be
    loopback.
    """
    scheme, colon, rest = address.partition(":")
    scheme = scheme.lower()
    if colon and scheme in ("unix", "unix-abstract"):
        return True
    if colon and scheme in ("ipv4", "ipv6"):
        return all(_is_loopback(_host_of(part)) for part in rest.split(","))
    if colon and scheme == "dns":
        # dns:[//authority/]host[:port]
        if rest.startswith("//"):
            rest = rest[2:].partition("/")[2]
        return _is_local_name(_host_of(rest))
    return _is_local_name(_host_of(address))


def _host_of(endpoint: str) -> str:
    """Returns the host of host, host:port, [ipv6] or [ipv6]:port."""
    if endpoint.startswith("["):
        return endpoint[1:].partition("]")[0]
    if endpoint.count(":") == 1:
        return endpoint.partition(":")[0]
    return endpoint


def _is_local_name(host: str) -> bool:
    if host.lower().rstrip(".") == "localhost" or _is_loopback(host):
        return True
    if not host or _is_number(host):
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(_is_loopback(str(at[4][0])) for at in found)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None)
    return number.is_loopback or (mapped is not None and mapped.is_loopback)
