# SPDX-License-Identifier: Apache-2.0
"""Addresses of servers: their form, and whether they are on this machine.

Addresses are targets of gRPC:
https://github.com/grpc/grpc/blob/master/doc/naming.md
"""

from __future__ import annotations

import ipaddress
import socket

# Schemes of gRPC that users may have reason to give.
_SCHEMES = ("unix", "unix-abstract", "dns", "ipv4", "ipv6", "vsock", "xds")
DEFAULT_PORT = 50051


def check_address(address: str) -> None:
    """Checks the form of an address.

    Raises:
      TypeError: it is no text.
      ValueError: it has no host or no port, or is a URL; the message says what
        to write instead. gRPC would try port 443, or to resolve "http".
    """
    if not isinstance(address, str):
        raise TypeError(f"address: {address!r}: must be text, as {_EXAMPLE}")
    scheme, colon, rest = address.partition(":")
    if colon and scheme.lower() in _SCHEMES:
        return
    if colon and rest.startswith("//"):
        host = rest[2:].partition("/")[0]
        tls = ", with ca_file for TLS" if scheme.lower() == "https" else ""
        raise ValueError(
            f"address: {address!r}: is a URL; write {_with_port(host)!r}{tls}"
        )
    if address.startswith("["):
        host, _, port = address[1:].partition("]")
        port = port.removeprefix(":")
    elif address.count(":") > 1:
        raise ValueError(
            f"address: {address!r}: put an IPv6 address into brackets: "
            f"'[{address}]:{DEFAULT_PORT}'"
        )
    else:
        host, _, port = address.partition(":")
    if not host or "/" in host:
        raise ValueError(f"address: {address!r}: must be as {_EXAMPLE}")
    if not port:
        raise ValueError(
            f"address: {address!r}: has no port; write "
            f"{_with_port(address.rstrip(':'))!r}"
        )
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise ValueError(
            f"address: {address!r}: the port {port!r} is not in [1, 65535]"
        )


_EXAMPLE = f"'localhost:{DEFAULT_PORT}' or 'unix:/run/spiked/spiked.sock'"


def _with_port(host: str) -> str:
    """Returns a host with its port, or with the daemon's."""
    name = host.rpartition("]")[2] if host.startswith("[") else host
    return host if ":" in name else f"{host}:{DEFAULT_PORT}"


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
