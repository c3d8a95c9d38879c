# SPDX-License-Identifier: Apache-2.0
import pytest

from spiked import LocalServer, ServerProcessError

READY = "spiked 1.2.3 ready: grpc=127.0.0.1:41 metrics=http://127.0.0.1:42/m"


@pytest.fixture
def daemon(tmp_path):
    """Returns a function that makes a program of a shell script."""

    def make(script):
        path = tmp_path / "daemon"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        return path

    return make


def test_reads_the_ready_line_and_stops_with_sigterm(daemon):
    path = daemon(
        'trap "exit 0" TERM\n'
        f'echo "arguments: $*" >&2\necho "{READY}"\n'
        "while :; do sleep 0.02; done\n"
    )
    with LocalServer(path, "--workers", "1") as server:
        assert server.address == "127.0.0.1:41"
        assert server.metrics_url == "http://127.0.0.1:42/m"
        assert server.version == "1.2.3"
        assert server.pid > 0
    assert server.logs() == (
        "arguments: --listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 "
        "--workers 1\n"
    )
    assert server.stop() == 0


def test_addresses_can_be_chosen(daemon):
    path = daemon(f'echo "$*" >&2\necho "{READY}"\nexec sleep 9')
    server = LocalServer(path, "--listen", "unix:/x", "--metrics-listen", "")
    server.kill()
    assert server.logs() == "--listen unix:/x --metrics-listen \n"


def test_no_metrics(daemon):
    path = daemon('echo "spiked 1 ready: grpc=h:1"\nexec sleep 9')
    server = LocalServer(path)
    assert server.metrics_url == ""
    server.kill()


def test_failed_start_shows_standard_error(daemon):
    path = daemon("echo 'port is taken' >&2\nexit 3")
    with pytest.raises(ServerProcessError) as caught:
        LocalServer(path)
    assert "status 3" in str(caught.value)
    assert "port is taken" in str(caught.value)


def test_late_start_is_an_error(daemon):
    with pytest.raises(ServerProcessError, match="ready within 0.1 s"):
        LocalServer(daemon("exec sleep 9"), start_timeout_s=0.1)


def test_other_first_line_is_an_error(daemon):
    with pytest.raises(ServerProcessError, match="'hello"):
        LocalServer(daemon("echo hello\nexec sleep 9"))


def test_unclean_exit_is_an_error(daemon):
    path = daemon(
        f'trap "exit 7" TERM\necho "{READY}"\nwhile :; do sleep 0.02; done'
    )
    with pytest.raises(ServerProcessError, match="status 7"):
        with LocalServer(path):
            pass


def test_hanging_stop_is_an_error(daemon):
    path = daemon(f'trap "" TERM\necho "{READY}"\nwhile :; do sleep 0.02; done')
    server = LocalServer(path)
    with pytest.raises(ServerProcessError, match="after SIGTERM"):
        server.stop(timeout_s=0.1)


def test_missing_binary(tmp_path):
    with pytest.raises(FileNotFoundError):
        LocalServer(tmp_path / "none")
