# SPDX-License-Identifier: Apache-2.0
"""Many objects come and go in minutes, and memory doesn't grow.

The objects are sessions, streams and connections; the memory is the daemon's.
Run by `make test-long`; SPIKED_SOAK_S is the time in seconds.
"""

import os
import random
import time

import grpc

import networks
from http2 import Connection
from spiked import Client
from test_wire import BAD_FRAMES, BAD_MESSAGES, CREATE, STIMULI
from watch import eventually, resident_bytes, unfinished_calls

SECONDS = float(os.environ.get("SPIKED_SOAK_S", "300"))
# Allowed growth of memory after the first third, in which pools fill up.
MAX_GROWTH = 0.05
SLACK_BYTES = 8 << 20  # variation by arenas of the allocator


def one_round(address: str, rng: random.Random) -> None:
    """Uses each kind of call a little."""
    with Client(address) as client:
        session = client.create_session(
            networks.noisy(rng.choice([20, 100, 1000])),
            pacing=rng.choice(["real_time", "free_run"]),
        )
        streams = [
            session.spikes(on_loss="ignore"),
            session.record("cells", "v_mv", on_loss="ignore"),
            session.rates(bin_ms=10, on_loss="ignore"),
            session.watch(),
        ]
        with session.stimulus_stream() as stimuli:
            session.start()
            for _ in range(5):
                stimuli.send("cells", current=rng.random(), duration_ms=5)
            for stream in streams:
                next(stream)
        session.reset()
        session.advance(50)
        if rng.random() < 0.5:
            session.delete()
        for stream in streams:
            stream.close()
        if rng.random() < 0.5:
            for left in list(client.list_sessions()):
                if left.name != "sessions/canary":
                    left.delete()
    with Connection(address) as connection:
        path = rng.choice([CREATE, STIMULI])
        connection.call(path, rng.choice(list(BAD_MESSAGES.values())))
        connection.end_of()
    with Connection(address) as connection:
        connection.send(rng.choice(list(BAD_FRAMES.values())))
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary(CREATE)
        call.future(b"\x12\x00", timeout=10).cancel()


def test_memory_stays_as_it_is(watched):
    rng = random.Random(1)
    begin = time.monotonic()
    samples = []  # (time in s, bytes)
    rounds = 0
    while time.monotonic() < begin + SECONDS:
        one_round(watched.address, rng)
        rounds += 1
        samples.append((time.monotonic() - begin, resident_bytes(watched.pid)))
    with Client(watched.address) as client:
        for left in list(client.list_sessions()):
            if left.name != "sessions/canary":
                left.delete()
    # Only the canary's stream and health are left.
    assert eventually(lambda: unfinished_calls(watched) <= 2)
    third = [size for when, size in samples if when < SECONDS / 3]
    last = [size for when, size in samples if when > SECONDS * 2 / 3]
    early, late = max(third), sorted(last)[len(last) // 2]
    print(f"{rounds} rounds; {early / 1e6:.1f} MB, then {late / 1e6:.1f} MB")
    assert late <= early * (1 + MAX_GROWTH) + SLACK_BYTES
