# SPDX-License-Identifier: Apache-2.0
"""Access to the daemon: TLS, tokens, tenants, quotas, sockets."""

import contextlib
import os
import signal
import stat
import subprocess
import time
import urllib.request
from pathlib import Path

import grpc
import pytest

import spiked
from spiked import Client, LocalServer


def until(condition, seconds=30.0):
    """Waits until a condition is true, for effects of other processes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def openssl(*arguments, folder):
    subprocess.run(
        ["openssl", *arguments], cwd=folder, check=True, capture_output=True
    )


class Authority:
    """A folder with an authority and certificates that it has signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._request("ca", "authority", "-x509", "-days", "2")

    def _request(self, name, common_name, *more):
        out = f"{name}.crt" if "-x509" in more else f"{name}.csr"
        openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", f"{name}.key", "-out", out),
            *("-subj", f"/CN={common_name}", *more),
            folder=self.folder,
        )

    def issue(self, name, common_name):
        self._request(name, common_name)
        (self.folder / "ext").write_text(
            "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
        )
        openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt"),
            *("-CAkey", "ca.key", "-CAcreateserial", "-days", "2"),
            *("-extfile", "ext", "-out", f"{name}.crt"),
            folder=self.folder,
        )
        return self

    def __truediv__(self, name) -> str:
        return str(self.folder / name)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "pki").issue("server", "first")


def tls_options(authority):
    return (
        *("--tls-cert", authority / "server.crt"),
        *("--tls-key", authority / "server.key"),
    )


def run(spiked_binary, *arguments, **kwargs):
    return subprocess.run(
        [spiked_binary, *arguments],
        capture_output=True,
        text=True,
        # The output of openssl has bytes that the server has sent.
        errors="replace",
        timeout=60,
        **kwargs,
    )


def make_token(spiked_binary, file, tenant, role="user"):
    made = run(
        spiked_binary,
        *("token", "--tenant", tenant, "--role", role, "--file", str(file)),
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@pytest.fixture
def tokens(spiked_binary, tmp_path):
    """The path of a token file, and a token by tenant."""
    path = tmp_path / "tokens"
    by_tenant = {
        tenant: make_token(spiked_binary, path, tenant, role)
        for tenant, role in (("a", "user"), ("b", "user"), ("ops", "admin"))
    }
    return path, by_tenant


def test_tls_and_a_renewed_certificate(spiked_binary, network, authority):
    with LocalServer(spiked_binary, *tls_options(authority)) as server:
        with Client(server.address, ca_file=authority / "ca.crt") as client:
            session = client.create_session(network, pacing="lockstep")
            assert session.advance(10).end_step == 10
            assert certificate_name(server, authority) == "CN = first"
            authority.issue("new", "second")
            for end in ("key", "crt"):
                os.replace(
                    authority / f"new.{end}", authority / f"server.{end}"
                )
            assert until(
                lambda: certificate_name(server, authority) == "CN = second"
            )
            # Open connections stay.
            assert session.advance(10).end_step == 20
        probe = ("probe", "--address", server.address)
        assert run(spiked_binary, *probe, "--timeout-s", "1").returncode == 1
        good = (*probe, "--ca-file", authority / "ca.crt")
        assert run(spiked_binary, *good).returncode == 0
        named = (*good, "--server-name", "localhost")
        assert run(spiked_binary, *named).returncode == 0


def certificate_name(server, authority):
    shown = run(
        "openssl",
        *("s_client", "-connect", server.address, "-alpn", "h2"),
        *("-CAfile", authority / "ca.crt", "-verify_return_error"),
        input="",
    )
    for line in shown.stdout.splitlines():
        if line.startswith("subject="):
            return line.removeprefix("subject=")
    return shown.stderr


def test_clients_show_certificates(spiked_binary, authority):
    authority.issue("client", "client")
    with LocalServer(
        spiked_binary,
        *tls_options(authority),
        *("--tls-client-ca", authority / "ca.crt"),
        # The daemon probes itself meanwhile, with its own certificate.
        *("--self-probe-period-s", "0.2"),
    ) as server:
        ca = authority / "ca.crt"
        with Client(
            server.address,
            ca_file=ca,
            cert_file=authority / "client.crt",
            key_file=authority / "client.key",
        ) as client:
            assert client.server_info().version == server.version
        with Client(server.address, ca_file=ca) as stranger:
            with pytest.raises(spiked.SpikedError):
                stranger.server_info(timeout_s=5)
        probe = run(
            spiked_binary,
            *("probe", "--address", server.address, "--ca-file", ca),
            *("--cert-file", authority / "client.crt"),
            *("--key-file", authority / "client.key"),
        )
        assert probe.returncode == 0, probe.stderr
        assert "a listener is dead" not in server.logs()


def test_wrong_tls_files_are_told_at_the_start(spiked_binary, authority):
    authority.issue("other", "other")
    with pytest.raises(spiked.ServerProcessError, match="is not the private"):
        LocalServer(
            spiked_binary,
            *("--tls-cert", authority / "server.crt"),
            *("--tls-key", authority / "other.key"),
        )


def test_tokens_make_tenants(spiked_binary, network, tokens):
    path, by_tenant = tokens
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(
            LocalServer(spiked_binary, "--token-file", str(path))
        )
        clients = {
            tenant: stack.enter_context(Client(server.address, token=token))
            for tenant, token in by_tenant.items()
        }
        for tenant in ("a", "b"):
            session = clients[tenant].create_session(
                network, session_id="demo", pacing="lockstep"
            )
            with session.spikes() as stream:
                session.advance(5)
                next(stream)
        clients["b"].session("demo").delete()
        assert [s.name for s in clients["a"].list_sessions()] == [
            "sessions/demo"
        ]
        assert list(clients["b"].list_sessions()) == []
        info = clients["a"].server_info()
        assert (info.tenant, info.session_count, info.admin) == ("a", 1, False)
        with Client(server.address, token=by_tenant["ops"], tenant="a") as as_a:
            assert as_a.session("demo").name == "sessions/demo"
        with Client(server.address, token="") as nobody:
            with pytest.raises(spiked.Unauthenticated, match="a token is"):
                nobody.server_info()
        with Client(server.address, token="spk_wrong") as nobody:
            with pytest.raises(spiked.Unauthenticated, match="not valid"):
                nobody.server_info()
        # A probe has no token.
        probe = run(spiked_binary, "probe", "--address", server.address)
        assert probe.returncode == 0, probe.stderr
        with urllib.request.urlopen(server.metrics_url) as response:
            text = response.read().decode()
        assert 'spiked_auth_failures_total{reason="missing"} 1' in text
        assert 'spiked_auth_failures_total{reason="unknown"} 1' in text
        for secret in ("spk_wrong", *by_tenant.values()):
            assert secret not in server.logs()


def accepts(server, token):
    with Client(server.address, token=token) as client:
        try:
            client.server_info()
        except spiked.Unauthenticated:
            return False
    return True


def test_token_file_is_read_again(spiked_binary, tokens, tmp_path):
    path, by_tenant = tokens
    with LocalServer(spiked_binary, "--token-file", str(path)) as server:
        late = make_token(spiked_binary, path, "late")
        assert until(lambda: accepts(server, late))
        # A file with a mistake changes nothing.
        good = path.read_text()
        path.write_text("nonsense\n")
        assert until(lambda: "file not taken over" in server.logs())
        assert accepts(server, late)
        path.write_text("\n".join(good.splitlines()[:-1]) + "\n")
        os.kill(server.pid, signal.SIGHUP)
        assert until(lambda: not accepts(server, late))
        assert accepts(server, by_tenant["a"])


def test_missing_token_file_stops_the_start(spiked_binary, tmp_path):
    with pytest.raises(spiked.ServerProcessError, match="cannot be read"):
        LocalServer(spiked_binary, "--token-file", str(tmp_path / "none"))


def test_token_command_shows_token_and_line(spiked_binary):
    made = run(spiked_binary, "token", "--tenant", "acme", "--role", "admin")
    token, line = made.stdout.splitlines()
    assert token.startswith("spk_")
    assert line.startswith("acme admin ")
    assert token not in line
    bad = run(spiked_binary, "token", "--tenant", "Acme")
    assert bad.returncode == 2


def test_token_file_is_for_its_owner(tokens):
    assert stat.S_IMODE(tokens[0].stat().st_mode) == 0o600


def test_admin_drains_the_server(spiked_binary, network, tokens):
    path, by_tenant = tokens
    server = LocalServer(spiked_binary, "--token-file", str(path))
    with Client(server.address, token=by_tenant["a"]) as client:
        session = client.create_session(network)
        session.start()
        stream = session.spikes()
        next(stream)
        with pytest.raises(spiked.PermissionDenied, match="admin"):
            client.drain_server()
        with Client(server.address, token=by_tenant["ops"]) as admin:
            admin.drain_server()
        for _ in stream:
            pass
        assert stream.ended
    # The daemon ends by itself; one more signal would be the second one.
    assert server._process.wait(30) == 0


def test_drain_delay_lets_streams_go_on(spiked_binary, network):
    server = LocalServer(spiked_binary, "--drain-delay-s", "2")
    with Client(server.address) as client:
        session = client.create_session(network)
        session.start()
        stream = session.spikes()
        next(stream)
        os.kill(server.pid, signal.SIGTERM)
        assert until(lambda: client.server_info().draining)
        with pytest.raises(spiked.Unavailable) as caught:
            client.create_session(network)
        assert caught.value.retry_after_s == 5
        # Health fails already, but the stream goes on.
        probe = run(spiked_binary, "probe", "--address", server.address)
        assert "is not serving" in probe.stderr
        at_drain = next(stream).end_step
        last = at_drain
        for batch in stream:
            last = batch.end_step
        assert stream.ended
        assert last > at_drain + 200
    assert server._process.wait(30) == 0


def test_second_signal_stops_at_once(spiked_binary):
    server = LocalServer(spiked_binary, "--drain-delay-s", "300")
    os.kill(server.pid, signal.SIGTERM)
    assert until(lambda: "draining" in server.logs())
    # SIGHUP doesn't stop the daemon.
    os.kill(server.pid, signal.SIGHUP)
    with Client(server.address) as client:
        assert client.server_info().draining
    assert server.stop() == 128 + signal.SIGTERM
    assert "second signal" in server.logs()


def test_listens_on_several_addresses(spiked_binary, tmp_path):
    path = tmp_path / "s.sock"
    with LocalServer(
        spiked_binary,
        *("--listen", "127.0.0.1:0", "--listen", f"unix:{path}"),
        *("--socket-mode", "0660"),
    ) as server:
        assert len(server.addresses) == 2
        for address in server.addresses:
            with Client(address) as client:
                assert client.server_info().version == server.version
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        # Another daemon listens at that path.
        with pytest.raises(spiked.ServerProcessError, match="another process"):
            LocalServer(spiked_binary, "--listen", f"unix:{path}")
        with Client(f"unix:{path}") as client:
            assert client.server_info().version == server.version
    assert not path.exists()


def test_socket_of_a_killed_daemon_is_taken_over(spiked_binary, tmp_path):
    path = tmp_path / "s.sock"
    first = LocalServer(spiked_binary, "--listen", f"unix:{path}")
    first.kill()
    assert path.exists()
    with LocalServer(spiked_binary, "--listen", f"unix:{path}") as second:
        with Client(second.address) as client:
            assert client.server_info().version == second.version


def test_quota_file_is_read_and_read_again(spiked_binary, network, tmp_path):
    path = tmp_path / "quotas"
    path.write_text("* sessions=1\n")
    with LocalServer(spiked_binary, "--quota-file", str(path)) as server:
        with Client(server.address) as client:
            client.create_session(network)
            with pytest.raises(spiked.ResourceExhausted) as caught:
                client.create_session(network)
            assert caught.value.quota == "sessions"
            assert caught.value.reason == "QUOTA_EXCEEDED"
            path.write_text("* sessions=2\n")
            assert until(lambda: client.server_info().quotas[0].limit == 2)
            client.create_session(network)


def test_plain_connections_to_others_need_consent(spiked_binary, tokens):
    path, _ = tokens
    refused = run(
        spiked_binary,
        *("--listen", "0.0.0.0:0", "--token-file", str(path)),
    )
    assert refused.returncode == 2
    assert "tokens could be read" in refused.stderr


def test_grpc_codes_reach_any_client(spiked_binary, tokens):
    path, by_tenant = tokens
    with LocalServer(spiked_binary, "--token-file", str(path)) as server:
        with grpc.insecure_channel(server.address) as channel:
            call = channel.unary_unary("/spiked.v1.ModelService/ListModels")
            with pytest.raises(grpc.RpcError) as caught:
                call(b"", timeout=20)
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
            metadata = [("authorization", f"Bearer {by_tenant['a']}")]
            assert call(b"", timeout=20, metadata=metadata)
