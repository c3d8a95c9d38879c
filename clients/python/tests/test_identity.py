# SPDX-License-Identifier: Apache-2.0
"""Tokens, tenants and TLS in the client."""

import grpc
import pytest

from spiked import Client


def metadata_of_a_call(server, **arguments):
    with Client(server.address, **arguments) as client:
        client.server_info()
    return server.metadata


def test_token_and_tenant_go_with_each_call(server):
    metadata = metadata_of_a_call(server, token="t", tenant="acme")
    assert metadata["authorization"] == "Bearer t"
    assert metadata["spiked-tenant"] == "acme"


def test_without_a_token_nothing_is_sent(server, monkeypatch):
    monkeypatch.delenv("SPIKED_TOKEN", raising=False)
    assert "authorization" not in metadata_of_a_call(server)
    assert "spiked-tenant" not in server.metadata


def test_the_environment_has_a_token(server, monkeypatch):
    monkeypatch.setenv("SPIKED_TOKEN", "e")
    assert metadata_of_a_call(server)["authorization"] == "Bearer e"
    metadata = metadata_of_a_call(server, token="t")
    assert metadata["authorization"] == "Bearer t"
    assert "authorization" not in metadata_of_a_call(server, token="")


def test_streams_carry_the_token_too(server):
    with Client(server.address, token="t") as client:
        network = {
            "dt_ms": 1,
            "populations": [{"name": "a", "size": 1, "model": "izhikevich"}],
        }
        session = client.create_session(network)
        with session.spikes() as stream, session.watch() as watch:
            next(stream)
            next(watch)


def test_a_token_does_not_leave_the_machine_in_the_clear():
    with pytest.raises(ValueError, match="example.org:1 in the clear"):
        Client("example.org:1", token="t")
    Client("example.org:1", token="t", allow_insecure=True).close()
    Client("example.org:1", token="").close()
    credentials = grpc.ssl_channel_credentials()
    Client("example.org:1", token="t", credentials=credentials).close()


def test_a_certificate_needs_its_key(tmp_path):
    with pytest.raises(ValueError, match="key_file"):
        Client("localhost:1", cert_file=tmp_path / "c")
    with pytest.raises(OSError):
        Client("localhost:1", ca_file=tmp_path / "missing")
    (tmp_path / "ca").write_text("")
    with pytest.raises(ValueError, match="either"):
        Client(
            "localhost:1",
            ca_file=tmp_path / "ca",
            credentials=grpc.ssl_channel_credentials(),
        )


def test_draining(server):
    with Client(server.address) as client:
        client.drain_server()
    assert server.drained == 1
