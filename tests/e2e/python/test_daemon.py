# SPDX-License-Identifier: Apache-2.0
"""The daemon as a process: start, stop, and misbehaving clients."""

import socket
import subprocess
import urllib.request

import grpc
import pytest

import spiked
from spiked import Client, LocalServer, v1

METHODS = {
    "/spiked.v1.SessionService/CreateSession": "unary_unary",
    "/spiked.v1.SessionService/AdvanceSession": "unary_unary",
    "/spiked.v1.RecordingService/StreamSpikes": "unary_stream",
    "/spiked.v1.StimulusService/StreamStimuli": "stream_stream",
}


def test_second_daemon_on_a_port_fails_clearly(spiked_binary, own_server):
    with pytest.raises(spiked.ServerProcessError) as caught:
        LocalServer(spiked_binary, "--listen", own_server.address)
    port = own_server.address.rpartition(":")[2]
    assert port in str(caught.value)
    with Client(own_server.address) as client:
        assert client.server_info().version == own_server.version


def _run(binary, *arguments):
    return subprocess.run(
        [binary, *arguments], capture_output=True, text=True, timeout=30
    )


def test_a_port_in_use_is_one_line(spiked_binary):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = _run(spiked_binary, "--listen", address, "--metrics-listen", "")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert f"cannot listen on {address}: Address already in use" in done.stderr


def test_probe_of_a_refused_port_does_not_wait(spiked_binary):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    # It would wait for longer than the test does.
    done = _run(
        spiked_binary, "probe", "--address", address, "--timeout-s", "60"
    )
    assert done.returncode == 1
    assert "Connection refused" in done.stderr


def test_metrics_listen_on_ipv6_as_the_api_does(spiked_binary):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with LocalServer(spiked_binary, "--metrics-listen", "[::1]:0") as server:
        assert server.metrics_url.startswith("http://[::1]:")


def test_unknown_option_fails_clearly(spiked_binary):
    with pytest.raises(spiked.ServerProcessError, match="no-such-option"):
        LocalServer(spiked_binary, "--no-such-option")


def test_sigterm_ends_streams_and_exits_with_0(spiked_binary, network):
    server = LocalServer(spiked_binary)
    with Client(server.address) as client:
        session = client.create_session(network)
        session.start()
        spikes = session.spikes()
        state = session.record("exc", "v_mv")
        next(spikes)
        assert server.stop() == 0
        for stream in (spikes, state):
            for _ in stream:
                pass
            assert stream.ended
        with pytest.raises(spiked.Unavailable):
            client.server_info(timeout_s=5)


def test_metrics_are_served(own_server, network):
    with Client(own_server.address) as client:
        with client.create_session(network, pacing="lockstep") as session:
            session.advance(100)
            with urllib.request.urlopen(own_server.metrics_url) as response:
                text = response.read().decode()
    values = dict(
        line.rsplit(" ", 1)
        for line in text.splitlines()
        if line and not line.startswith("#")
    )
    steps = sum(
        float(value)
        for name, value in values.items()
        if name.startswith("spiked_steps_total")
    )
    assert steps == 100


def test_healthz_says_ok(own_server):
    url = own_server.metrics_url.replace("/metrics", "/healthz")
    with urllib.request.urlopen(url, timeout=20) as response:
        assert response.status == 200
        assert response.read() == b"ok\n"


def test_taken_metrics_port_fails_clearly(spiked_binary):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(spiked.ServerProcessError) as caught:
            LocalServer(spiked_binary, "--metrics-listen", f"127.0.0.1:{port}")
    assert "status 1 " in str(caught.value)
    assert f"127.0.0.1:{port}" in str(caught.value)


@pytest.mark.parametrize(
    "level, is_written", [("info", True), ("warning", False)]
)
def test_log_level_silences_lines_below(spiked_binary, level, is_written):
    server = LocalServer(spiked_binary, "--log-level", level)
    assert server.stop() == 0
    assert ("level=info" in server.logs()) == is_written


def test_stream_that_nobody_reads_does_not_hold_up_the_end(
    spiked_binary, network
):
    grace_period_s = 5
    server = LocalServer(spiked_binary, "--grace-period-s", str(grace_period_s))
    with Client(server.address) as client:
        session = client.create_session(network)
        stream = session.spikes()
        session.start()
        next(stream)
        # After that time the watchdog would end it with another status.
        assert server.stop(timeout_s=grace_period_s + 5) == 0


def test_restarted_daemon_has_another_boot_id(spiked_binary):
    boot_ids = set()
    for _ in range(2):
        with LocalServer(spiked_binary) as server:
            with Client(server.address) as client:
                boot_ids.add(client.server_info().boot_id)
    assert len(boot_ids) == 2


@pytest.fixture
def bystander(client, network):
    """A session that must stay undisturbed; checked at the end."""
    session = client.create_session(network, pacing="lockstep", seed=1)
    wanted = session.advance(200)
    session.reset()
    with session.spikes(on_loss="raise") as stream:
        yield session
        got = session.advance(200)
        streamed = []
        for batch in stream:
            streamed.extend(batch.neurons)
            if batch.end_step >= 200:
                break
    assert got.neurons.tolist() == wanted.neurons.tolist() == streamed


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "garbage",
    [b"\xff" * 50, b"\x0a\xff\xff\xff\x7f", b"\x0a\x02\xc3\x28", b"\x00"],
    ids=["garbage", "truncated", "bad-utf8", "zero-tag"],
)
def test_malformed_messages_harm_nobody(server, bystander, method, garbage):
    with grpc.insecure_channel(server.address) as channel:
        kind = METHODS[method]
        call = getattr(channel, kind)(method)
        request = iter([garbage]) if kind.startswith("stream") else garbage
        with pytest.raises(grpc.RpcError):
            response = call(request, timeout=20)
            if kind.endswith("stream"):
                list(response)


def test_bytes_that_are_not_http_harm_nobody(server, bystander):
    host, port = server.address.rsplit(":", 1)
    for rubbish in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 40, b""):
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(rubbish)


def test_half_closed_and_dropped_streams_harm_nobody(server, bystander):
    with grpc.insecure_channel(server.address) as channel:
        name = "/spiked.v1.StimulusService/StreamStimuli"
        serialize = v1.StreamStimuliRequest.SerializeToString
        call = channel.stream_stream(name, request_serializer=serialize)
        first = v1.StreamStimuliRequest(session=bystander.name)
        half_closed = call(iter([first]), timeout=20)
        with pytest.raises(grpc.RpcError):
            list(half_closed)
        empty = call(iter([]), timeout=20)
        with pytest.raises(grpc.RpcError):
            list(empty)
        dropped = call(iter([first]), timeout=20)
        next(dropped)
        dropped.cancel()
    # A connection that is closed while its streams are open.
    with Client(server.address) as client:
        for _ in range(5):
            client.session(bystander.name).spikes()
            client.session(bystander.name).watch()


def test_too_big_a_message_is_refused(client, server, bystander):
    limit = client.server_info().max_message_bytes
    network = v1.Network(description="x" * (limit + 1))
    with pytest.raises(spiked.ResourceExhausted):
        client.create_session(network)
