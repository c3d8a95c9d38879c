# SPDX-License-Identifier: Apache-2.0
"""Addresses on this machine: their form, and that no proxy sees their calls."""

import socket

import pytest

import spiked
from spiked._rpc.address import stays_on_this_machine

HERE = [
    "localhost:1",
    "LocalHost:1",
    "localhost.:1",
    "localhost",
    "127.0.0.1:1",
    "127.1.2.3:1",
    "[::1]:1",
    "[::1]",
    "::1",
    "[::ffff:127.0.0.1]:1",
    "unix:/run/spiked.sock",
    "unix:relative.sock",
    "unix:///run/spiked.sock",
    "unix-abstract:spiked",
    "dns:localhost:1",
    "dns:///localhost:1",
    "DNS:///LOCALHOST:1",
    "dns://8.8.8.8/localhost:1",
    "dns:///127.0.0.1:1",
    "ipv4:127.0.0.1:1",
    "ipv4:127.0.0.1:1,127.0.0.2:1",
    "ipv6:[::1]:1",
    "ipv6:[::ffff:127.0.0.1]:1",
    "this-machine:1",
    "dns:///this-machine:1",
]
ELSEWHERE = [
    "10.0.0.1:1",
    "[2001:db8::1]:1",
    "[::ffff:10.0.0.1]:1",
    "[fe80::1%eth0]:1",
    "0.0.0.0:1",
    "localhost.example.org:1",
    "127.0.0.1.example.org:1",
    "ipv4:127.0.0.1:1,10.0.0.1:1",
    "dns://127.0.0.1/example.org:1",
    "dns:///example.org:1",
    "two-addresses:1",
    "unknown:1",
    "vsock:1:1",
    "",
    ":1",
]
NAMES = {
    "this-machine": ["127.0.1.1", "::1"],
    "two-addresses": ["127.0.0.1", "10.0.0.1"],
    "localhost.example.org": ["10.0.0.1"],
    "127.0.0.1.example.org": ["10.0.0.1"],
    "example.org": ["2001:db8::1"],
}


@pytest.fixture
def names(monkeypatch):
    """Resolves names without a network."""

    def getaddrinfo(host, *arguments, **options):
        if host not in NAMES:
            raise socket.gaierror(f"{host} is unknown")
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
            for address in NAMES[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("address", HERE)
def test_stays_on_this_machine(names, address):
    assert stays_on_this_machine(address)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_leaves_this_machine(names, address):
    assert not stays_on_this_machine(address)


WRONG = {
    "": "must be as 'localhost:50051'",
    ":": "must be as",
    "localhost": "has no port; write 'localhost:50051'",
    "localhost:": "has no port; write 'localhost:50051'",
    "10.0.0.1": "write '10.0.0.1:50051'",
    ":50051": "must be as",
    "[::1]": "has no port; write '[::1]:50051'",
    "::1": "into brackets: '[::1]:50051'",
    "localhost:0": "the port '0' is not in [1, 65535]",
    "localhost:65536": "the port '65536' is not in",
    "localhost:http": "the port 'http' is not in",
    "localhost:-1": "the port '-1' is not in",
    "http://localhost:50051": "is a URL; write 'localhost:50051'",
    "http://localhost": "is a URL; write 'localhost:50051'",
    "https://example.org/": "write 'example.org:50051', with ca_file for TLS",
    "HTTP://[::1]:9": "is a URL; write '[::1]:9'",
    "grpc://localhost:1/x": "is a URL; write 'localhost:1'",
    "/run/spiked.sock": "must be as",
}


@pytest.mark.parametrize("address, text", WRONG.items())
def test_what_is_no_address_says_what_to_write(address, text):
    with pytest.raises(ValueError) as refused:
        spiked.Client(address)
    assert str(refused.value).startswith(f"address: {address!r}: ")
    assert text in str(refused.value)


def test_an_address_is_text():
    with pytest.raises(TypeError, match="address: 50051: must be text"):
        spiked.Client(50051)


@pytest.mark.parametrize("address", [a for a in HERE if a not in WRONG])
def test_an_address_is_taken(address):
    spiked.Client(address).close()


@pytest.mark.parametrize(
    "variable", ["http_proxy", "https_proxy", "grpc_proxy"]
)
@pytest.mark.parametrize("form", ["127.0.0.1:{}", "localhost:{}", "dns:{}"])
def test_calls_on_this_machine_use_no_proxy(
    server, monkeypatch, variable, form
):
    port = server.address.rpartition(":")[2]
    address = form.format(f"localhost:{port}" if form == "dns:{}" else port)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv(
            variable, f"http://127.0.0.1:{proxy.getsockname()[1]}"
        )
        with spiked.Client(address, token="secret") as client:
            assert client.server_info(timeout_s=20).version == "0.0.0"
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()


def test_calls_to_other_machines_use_the_proxy(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv(
            "http_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}"
        )
        with spiked.Client("192.0.2.1:50051") as client:
            with pytest.raises(spiked.SpikedError):
                client.server_info(timeout_s=2)
        proxy.settimeout(20)
        proxy.accept()[0].close()
