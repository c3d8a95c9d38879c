# SPDX-License-Identifier: Apache-2.0
"""What is said when there is no connection, or no answer in time."""

import subprocess

import grpc
import pytest

import spiked
from spiked import v1
from spiked._rpc.calls import invoke
from spiked._rpc.connection_errors import explain

# Texts of several versions of gRPC.
TEXTS = {
    "failed to connect to all addresses; last error: UNKNOWN: "
    "ipv4:127.0.0.1:1: Failed to connect to remote host: Connection refused": (
        "ipv4:127.0.0.1:1: nothing listens there"
    ),
    "failed to connect to all addresses; last error: UNAVAILABLE: "
    "ipv6:%5B::1%5D:9: Ssl handshake failed: SSL_ERROR_SSL: "
    "error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER": (
        "ipv6:%5B::1%5D:9: the server has no TLS"
    ),
    "failed to connect to all addresses; last error: UNKNOWN: "
    "unix:/run/x.sock: Failed to connect to remote host: No such file or "
    "directory": "unix:/run/x.sock: there is no such socket",
    "DNS resolution failed for x.invalid:1: C-ares status is not "
    "ARES_SUCCESS qtype=A name=x.invalid: Domain name not found": (
        "the name of the host is unknown"
    ),
    "Socket closed": "the connection ended without an answer",
}


@pytest.mark.parametrize("text, meaning", TEXTS.items())
def test_texts_of_grpc_are_explained(text, meaning):
    assert explain(text).startswith(meaning)
    assert explain(text).endswith(f"(gRPC: {text})")


def test_texts_that_are_unknown_stay():
    assert explain("the server is draining") == "the server is draining"


def test_nothing_listens():
    with spiked.Client("127.0.0.1:1") as client:
        with pytest.raises(spiked.Unavailable, match="nothing listens there"):
            client.server_info(timeout_s=5)


def test_there_is_no_socket(tmp_path):
    with spiked.Client(f"unix:{tmp_path}/none") as client:
        with pytest.raises(spiked.Unavailable, match="is no such socket"):
            client.server_info(timeout_s=5)


def test_tls_against_a_server_without(server, tmp_path):
    ca = tmp_path / "ca.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"]
        + ["-subj", "/CN=localhost", "-days", "1", "-out", str(ca)]
        + ["-keyout", str(tmp_path / "key.pem")],
        check=True,
        capture_output=True,
    )
    with spiked.Client(server.address, ca_file=ca) as client:
        with pytest.raises(spiked.Unavailable, match="has no TLS: leave out"):
            client.server_info(timeout_s=5)


def test_a_call_that_takes_too_long_names_itself_and_its_limit():
    class TooLate(grpc.RpcError):
        def code(self):
            return grpc.StatusCode.DEADLINE_EXCEEDED

        def details(self):
            return "Deadline Exceeded"

        def trailing_metadata(self):
            return ()

    def method(request, timeout, metadata):
        raise TooLate

    with pytest.raises(spiked.DeadlineExceeded) as late:
        invoke(method, v1.GetSessionRequest(), 0.5)
    assert (
        str(late.value) == "GetSession: took longer than its timeout_s, 0.5 s"
    )
