# SPDX-License-Identifier: Apache-2.0
"""Messages that become much larger when they are parsed.

Two bytes, an empty element of a repeated field, become hundreds. The memory of
a message is computed before it is parsed, and the message refused if there
isn't enough.
"""

import grpc
import pytest

from spiked import LocalServer
from watch import HealthProbe

CREATE = "/spiked.v1.SessionService/CreateSession"
INJECT = "/spiked.v1.StimulusService/InjectStimulus"
STIMULI = "/spiked.v1.StimulusService/StreamStimuli"
UPLOAD = "/spiked.v1.UploadService/UploadSynapses"
LIMIT_MB = 200
# Memory of the message itself and its copies in gRPC. Parsed, each would take
# gigabytes or, if it can have only unknown fields, hundreds of megabytes.
MAX_GROWTH_BYTES = 150 << 20
COUNT = 7_900_000


def delimited(tag: int, content: bytes) -> bytes:
    n = len(content)
    size = b""
    while n >= 128:
        size += bytes([n % 128 + 128])
        n //= 128
    return bytes([tag]) + size + bytes([n]) + content


# Message by method: populations of a network, stimuli, unknown texts.
MESSAGES = {
    CREATE: delimited(0x12, b"\x2a\x00" * COUNT),
    INJECT: b"\x12\x00" * COUNT,
    STIMULI: b"\x1a\x00" * COUNT,
    UPLOAD: b"\x7a\x00" * COUNT,
}


def peak_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    raise AssertionError("no VmHWM")


@pytest.mark.parametrize("method", MESSAGES, ids=lambda m: m.split("/")[-1])
def test_message_that_would_fill_the_memory_is_refused(spiked_binary, method):
    with (
        LocalServer(
            spiked_binary, "--memory-limit-mb", str(LIMIT_MB)
        ) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        probe = HealthProbe(server.address)
        call = channel.stream_unary(method)
        with pytest.raises(grpc.RpcError):
            call(iter([b""]), timeout=20)  # opens the connection
        before = peak_bytes(server.pid)
        for _ in range(3):
            with pytest.raises(grpc.RpcError) as refused:
                call(iter([MESSAGES[method]]), timeout=60)
            error = refused.value
            assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
            name = method.split("/")[-1]
            assert f"to read the request of {name} (15.8 MB)" in error.details()
            assert "of the server's limit of 200.0 MB" in error.details()
        assert peak_bytes(server.pid) - before < MAX_GROWTH_BYTES
        probe.stop()
        assert not probe.failures
