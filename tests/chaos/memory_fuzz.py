# SPDX-License-Identifier: Apache-2.0
"""Requests that try to take memory, from many connections at a time.

Any method, with numbers at their extremes, bytes that are no request, messages
that grow when they are parsed, and streams that nobody reads. Bounded in time
and connections; the same seed makes the same requests, in an order that
depends on the machine.
"""

import collections
import random
import threading
import time

import grpc
from google.protobuf import json_format

from test_extreme_numbers import (
    EXTREMES,
    METHODS,
    REQUESTS,
    network,
    numbers,
    request_class,
    set_number,
)
from test_large_messages import MESSAGES

CALL_S = 2.0
# Messages of 16 MB that are sent at a time: more than are read at a time. All
# connections together would fill the memory of the clients.
MAX_LARGE = 20
MAX_OPEN = 8  # streams of a connection that nobody reads
OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),  # a connection of its own
    ("grpc.max_receive_message_length", 64 << 20),
]


class Fuzzer:
    """One connection."""

    large = threading.BoundedSemaphore(MAX_LARGE)

    def __init__(self, address: str, seed: int):
        self.rng = random.Random(seed)
        self.session = f"s{seed % 7}"  # shared by some connections
        self.channel = grpc.insecure_channel(address, OPTIONS)
        self.codes: collections.Counter = collections.Counter()
        self.open: collections.deque = collections.deque()

    def run(self, end: float):
        while time.monotonic() < end:
            self.step()
        for call in self.open:
            call.cancel()
        self.channel.close()

    def step(self):
        kind = self.rng.random()
        if kind < 0.15:
            self.send("CreateSession", self.creation())
        elif kind < 0.2:
            self.send(
                "DeleteSession", self.request("DeleteSession", name=self.path)
            )
        elif kind < 0.25 and self.large.acquire(blocking=False):
            try:
                path = self.rng.choice(list(MESSAGES))
                self.send(path.split("/")[-1], MESSAGES[path])
            finally:
                self.large.release()
        elif kind < 0.3:
            self.send(
                self.rng.choice(list(METHODS)),
                self.rng.randbytes(self.rng.choice([1, 100, 100_000])),
            )
        else:
            name = self.rng.choice(list(REQUESTS))
            self.send(name, self.mutant(name))

    @property
    def path(self) -> str:
        return f"sessions/{self.session}"

    @staticmethod
    def request(method: str, /, **fields) -> bytes:
        return request_class(METHODS[method][1])(**fields).SerializeToString()

    def creation(self) -> bytes:
        it = network()
        # Sizes that fit, that fit a few times, and that don't fit.
        it["populations"][1]["size"] = self.rng.choice(
            [20, 20_000, 1_000_000, 2_000_000_000]
        )
        request = json_format.ParseDict(
            {
                "session_id": self.session,
                "network": it,
                "pacing": self.rng.choice(["FREE_RUN", "REAL_TIME"]),
            },
            request_class(METHODS["CreateSession"][1])(),
        )
        return request.SerializeToString()

    def mutant(self, name: str) -> bytes:
        """A valid request with some numbers at their extremes."""
        request = json_format.ParseDict(
            REQUESTS[name], request_class(METHODS[name][1])()
        )
        for field in ("name", "session"):
            if getattr(request, field, None):
                setattr(request, field, self.path)
        found = list(numbers(request))
        for path, field in self.rng.sample(
            found, min(len(found), self.rng.choice([0, 1, 1, 2]))
        ):
            set_number(
                request, path, field, self.rng.choice(EXTREMES[field.type])
            )
        return request.SerializeToString()

    def send(self, name: str, data: bytes):
        service, method = METHODS[name]
        path = f"/{service}/{name}"
        if method.client_streaming:
            stream = self.channel.stream_stream(path)
            call = stream(iter([data]), timeout=CALL_S)
        elif method.server_streaming:
            call = self.channel.unary_stream(path)(data, timeout=60)
            self.open.append(call)  # nobody reads it
            if len(self.open) > MAX_OPEN:
                self.open.popleft().cancel()
            return
        else:
            call = self.channel.unary_stream(path)(data, timeout=CALL_S)
        try:
            for _ in call:
                pass
            self.codes[grpc.StatusCode.OK] += 1
        except grpc.RpcError as error:
            self.codes[error.code()] += 1


def fuzz(address: str, seconds: float, connections: int, seed: int):
    """Fuzzes for some seconds; returns how often calls ended in each code."""
    end = time.monotonic() + seconds
    fuzzers = [Fuzzer(address, seed * 1000 + i) for i in range(connections)]
    threads = [
        threading.Thread(target=fuzzer.run, args=(end,)) for fuzzer in fuzzers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum((fuzzer.codes for fuzzer in fuzzers), collections.Counter())
