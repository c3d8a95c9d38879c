# SPDX-License-Identifier: Apache-2.0
"""Bytes that no client of this repository sends."""

import random
import socket

import grpc
import pytest

import http2
from http2 import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    Connection,
    frame,
    grpc_message,
    header_block,
)
from spiked import v1
from watch import eventually, resident_bytes, succeeded, unfinished_calls

INFO = "/spiked.v1.ServerService/GetServerInfo"
CREATE = "/spiked.v1.SessionService/CreateSession"
STREAM = "/spiked.v1.RecordingService/StreamSpikes"
STIMULI = "/spiked.v1.StimulusService/StreamStimuli"
SYNAPSES = "/spiked.v1.RecordingService/ReadSynapses"
UPLOAD = "/spiked.v1.UploadService/UploadSynapses"
CHANGE = "/spiked.v1.NetworkService/ChangeNetwork"


# For each kind of call, one that succeeds.
GOOD_CALLS = {
    INFO: v1.GetServerInfoRequest(),
    SYNAPSES: v1.ReadSynapsesRequest(
        session="sessions/canary", projection="links"
    ),
    STIMULI: v1.StreamStimuliRequest(
        session="sessions/canary", end_of_input=True
    ),
}


@pytest.mark.parametrize("path", GOOD_CALLS)
def test_request_in_single_bytes_is_served(shared_watch, path):
    before = succeeded(shared_watch, path)
    with Connection(shared_watch.address, b"") as connection:
        request = (
            PREFACE
            + frame(SETTINGS, 0, 0)
            + frame(HEADERS, END_HEADERS, 1, header_block(path))
        )
        for byte in grpc_message(GOOD_CALLS[path].SerializeToString()):
            request += frame(DATA, 0, 1, bytes([byte]))
        request += frame(DATA, END_STREAM, 1)
        for byte in request:
            connection.send(bytes([byte]))
        assert connection.end_of() == "answered"
    assert succeeded(shared_watch, path) == before + 1


def varint(n: int) -> bytes:
    encoded = b""
    while n >= 128:
        encoded += bytes([n % 128 + 128])
        n //= 128
    return encoded + bytes([n])


def field(message, name: str, content: bytes) -> bytes:
    """A serialized message as a field of another."""
    number = message.DESCRIPTOR.fields_by_name[name].number
    return varint(number << 3 | 2) + varint(len(content)) + content


def nested(depth: int) -> bytes:
    """A CreateSessionRequest with mixtures nested `depth` times."""
    value = v1.Value(constant=1).SerializeToString()
    for _ in range(depth):
        component = field(v1.MixtureComponent, "value", value)
        value = field(
            v1.Value, "mixture", field(v1.Mixture, "components", component)
        )
    entry = b"\x0a\x03std" + field(v1.Input.ParametersEntry, "value", value)
    network = field(v1.Network, "inputs", field(v1.Input, "parameters", entry))
    return field(v1.CreateSessionRequest, "network", network)


BAD_MESSAGES = {
    "truncated": grpc_message(b"abc", length=10),
    "no-prefix": b"\x00\x00",
    "longer-than-any": grpc_message(b"abc", length=0xFFFFFFFF),
    "longer-than-allowed": grpc_message(b"abc", length=64 << 20),
    "compressed-without-encoding": grpc_message(b"abc", flag=1),
    "unknown-flag": grpc_message(b"", flag=0x7F),
    "garbage": grpc_message(b"\xff" * 1000),
    "bad-utf8": grpc_message(b"\x0a\x02\xc3\x28"),
    "nested-20": grpc_message(nested(20)),
    "nested-5000": grpc_message(nested(5000)),
    "two-messages": grpc_message(b"") * 2,
}


@pytest.mark.parametrize(
    "path", [INFO, CREATE, CHANGE, STREAM, STIMULI, UPLOAD]
)
@pytest.mark.parametrize("name", BAD_MESSAGES)
def test_bad_message_ends_its_call_only(shared_watch, name, path):
    server = shared_watch
    with Connection(server.address) as connection:
        connection.call(path, BAD_MESSAGES[name])
        assert connection.end_of() != "closed"
        # The connection is still good.
        connection.call(INFO, grpc_message(b""), stream=3)
        assert connection.end_of(3) == "answered"


def rubbish(seed: int) -> bytes:
    return random.Random(seed).randbytes(10_000)


BAD_FRAMES = {
    "rubbish-1": rubbish(1),
    "rubbish-2": rubbish(2),
    "headers-on-stream-0": frame(HEADERS, END_HEADERS, 0, header_block(INFO)),
    "headers-on-an-even-stream": frame(
        HEADERS, END_HEADERS | END_STREAM, 2, header_block(INFO)
    ),
    "data-before-headers": frame(DATA, 0, 7, b"abc"),
    "bad-hpack": frame(HEADERS, END_HEADERS, 1, b"\xff" * 100),
    "empty-headers": frame(HEADERS, END_HEADERS | END_STREAM, 1),
    "continuation-alone": frame(9, END_HEADERS, 1, header_block(INFO)),
    "headers-cut-off": frame(HEADERS, 0, 1, header_block(INFO))
    + frame(DATA, 0, 1),
    "settings-of-5-bytes": frame(SETTINGS, 0, 0, b"12345"),
    "settings-of-nonsense": frame(SETTINGS, 0, 0, b"\x00\x05\x00\x00\x00\x01"),
    "window-overflow": frame(8, 0, 0, b"\x7f\xff\xff\xff") * 3,
    "window-of-nothing": frame(8, 0, 0, b"\x00\x00\x00\x00"),
    "ping-of-7-bytes": frame(PING, 0, 0, b"1234567"),
    "frame-too-long": b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
    "unknown-frame": frame(200, 0, 1, b"abc"),
    "http-1": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_bad_frame_ends_its_connection_at_most(shared_watch, name):
    with Connection(shared_watch.address) as connection:
        connection.send(BAD_FRAMES[name])
    # Another connection is served.
    with Connection(shared_watch.address) as connection:
        connection.call(INFO, grpc_message(b""))
        assert connection.end_of() == "answered"


BEGINNINGS = {
    "nothing": b"",
    "half-a-preface": PREFACE[:10],
    "no-settings": PREFACE,
    "rubbish": rubbish(3),
    "tls": b"\x16\x03\x01" * 99,
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_connection_that_never_begins_is_harmless(shared_watch, name):
    with Connection(shared_watch.address, BEGINNINGS[name]):
        with Connection(shared_watch.address) as connection:
            connection.call(INFO, grpc_message(b""))
            assert connection.end_of() == "answered"


# Memory that one of ten equal floods may add.
MAX_FLOOD_BYTES = 4 << 20

FLOODS = {
    # Each takes 55 us of processor time, and no memory.
    "reset": b"".join(
        frame(HEADERS, END_HEADERS, stream, header_block(STREAM))
        + frame(RST_STREAM, 0, stream, b"\x00\x00\x00\x08")
        for stream in range(1, 2001, 2)
    ),
    "ping": frame(PING, 0, 0, b"12345678") * 10_000,
    "settings": frame(SETTINGS, 0, 0) * 20_000,
    "empty-data": frame(HEADERS, END_HEADERS, 1, header_block(STIMULI))
    + frame(DATA, 0, 1) * 50_000,
    "more-streams-than-allowed": b"".join(
        frame(HEADERS, END_HEADERS, stream, header_block(STIMULI))
        for stream in range(1, 2001, 2)
    ),
    "long-header": frame(
        HEADERS, END_HEADERS, 1, header_block(INFO, ("a", "x" * 16_000))
    ),
    # Known: gRPC 1.51 holds it until the client has confirmed its limit.
    "endless-header": frame(HEADERS, 0, 1, header_block(INFO)[:50])
    + frame(9, 0, 1, b"\x00" + http2._integer(1 << 23) + b"a" * 16_000)
    + frame(9, 0, 1, b"a" * 16_000) * 300,
}


def flood(address: str, data: bytes) -> None:
    with Connection(address) as connection:
        connection.send(data)
        try:
            connection.socket.shutdown(socket.SHUT_WR)
            connection.socket.settimeout(20)
            while connection.socket.recv(65536):
                pass
        except OSError:
            pass  # the server closed the connection


@pytest.mark.parametrize("name", FLOODS)
def test_flood_leaves_nothing(shared_watch, name):
    server = shared_watch
    calls = unfinished_calls(server)

    def growth() -> int:
        before = resident_bytes(server.pid)
        flood(server.address, FLOODS[name])
        assert eventually(lambda: unfinished_calls(server) == calls)
        return resident_bytes(server.pid) - before

    # The allocator reuses memory that it keeps, sooner or later; a leak grows
    # every time.
    assert any(growth() < MAX_FLOOD_BYTES for _ in range(10))


@pytest.mark.parametrize(
    "path, requests",
    [
        (
            STIMULI,
            [
                v1.StreamStimuliRequest(session="sessions/canary"),
                v1.StreamStimuliRequest(sequence=2),
            ],
        ),
        (
            UPLOAD,
            [
                v1.UploadSynapsesRequest(begin=v1.UploadBegin(synapse_count=1)),
                v1.UploadSynapsesRequest(sequence=2),
            ],
        ),
    ],
    ids=["stimuli", "upload"],
)
def test_gap_in_the_sequence_ends_the_stream(shared_watch, path, requests):
    with grpc.insecure_channel(shared_watch.address) as channel:
        call = channel.stream_stream(
            path, request_serializer=lambda request: request.SerializeToString()
        )
        with pytest.raises(grpc.RpcError) as caught:
            list(call(iter(requests), timeout=20))
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "sequence" in caught.value.details()
