# SPDX-License-Identifier: Apache-2.0
"""The load of a soak: one client of one tenant, which does everything.

soak_load.py ADDRESS SEED PART...: does parts at random until its standard input
ends. The token is in SPIKED_TOKEN. A refusal is no error; any other failure
ends the process with a traceback. It leads a process group of its own, with all
clients that it starts, and ends all of it, so that nothing is left even if the
soak is killed.
"""

import contextlib
import os
import random
import signal
import sys
import threading
import time

from google.protobuf import json_format

import networks
import spiked
from clients import ClientProcess
from http2 import Connection
from spiked import Client
from test_extreme_numbers import (
    EXTREMES,
    METHODS,
    REQUESTS,
    Caller,
    numbers,
    request_class,
    requests_with_numbers,
    set_number,
)
from test_wire import BAD_FRAMES, BAD_MESSAGES, CREATE, STIMULI

# Sessions end by themselves when their client was killed.
IDLE_S = 20
MAX_SESSIONS = 12


class Load:
    """One method for each part, by the part's name."""

    def __init__(self, address: str, seed: int):
        self.address = address
        self.rng = random.Random(seed)
        self.client = Client(address)
        self.caller = Caller(address, os.environ.get("SPIKED_TOKEN", ""))

    def session(self, size: int = 100, **options) -> spiked.Session:
        return self.client.create_session(
            networks.noisy(size), idle_timeout_s=IDLE_S, **options
        )

    def calls(self):
        """Streams of all kinds, stimuli, time control."""
        session = self.session(
            self.rng.choice([20, 100, 1000]),
            pacing=self.rng.choice(["real_time", "free_run"]),
        )
        with contextlib.ExitStack() as stack:
            streams = [
                stack.enter_context(stream)
                for stream in (
                    session.spikes(sample_fraction=0.5, on_loss="ignore"),
                    session.record("cells", "v_mv", on_loss="ignore"),
                    session.rates(bin_ms=10, on_loss="ignore"),
                    session.watch(),
                )
            ]
            with session.stimulus_stream() as stimuli:
                session.start()
                for _ in range(5):
                    stimuli.send("cells", current=1.0, duration_ms=5)
                for stream in streams:
                    next(stream)
            session.reset()
            session.advance(50)
        if self.rng.random() < 0.7:
            session.delete()

    def changes(self):
        """Edits, changes, uploads, analyses."""
        session = self.session(200, pacing="lockstep")
        upload = self.client.upload_synapses([0, 1, 2], [3, 4, 5])
        session.edit(
            {
                "populations": [
                    {"name": "more", "size": 50, "model": "izhikevich"}
                ],
                "projections": [
                    {
                        "source": "cells",
                        "target": "more",
                        "explicit_pairs": {"upload": upload},
                        "weight": {"constant": 1},
                        "delay_ms": {"constant": 1},
                    }
                ],
            }
        )
        session.set_weights("links", factor=0.9)
        session.silence("cells", neurons=[1])
        session.advance(200)
        session.weight_histogram("links")
        session.synapses("links")
        session.state_hash()
        session.delete()

    def crowd(self):
        """More sessions in real time than fit, and others at full speed."""
        for _ in range(3):
            self.session(
                self.rng.choice([500, 3000]),
                pacing="real_time",
                pace=self.rng.choice([1, 10]),
            ).start()
        self.session(500, pacing="free_run").start()

    def readers(self):
        """A client that is suspended, or reads slowly."""
        session = self.client.create_session(
            networks.busy(), pacing="free_run", idle_timeout_s=IDLE_S
        )
        what = self.rng.choice(["server_stream", "slow"])
        with ClientProcess(self.address, session.name, what) as process:
            session.start()
            if what == "server_stream":
                process.suspend()
            time.sleep(self.rng.uniform(0.5, 3))  # as long as the fault lasts
            if self.rng.random() < 0.5:
                process.resume()
            session.delete()

    def kills(self):
        """A client that is killed in a call."""
        session = self.session(pacing="lockstep")
        what = self.rng.choice(["unary", "server_stream", "bidi"])
        with ClientProcess(self.address, session.name, what) as process:
            process.kill()
        session.delete()

    def wire(self):
        """Bytes that are no request."""
        with Connection(self.address) as connection:
            path = self.rng.choice([CREATE, STIMULI])
            messages = list(BAD_MESSAGES.values())
            connection.call(path, self.rng.choice(messages))
            connection.end_of()
        with Connection(self.address) as connection:
            connection.send(self.rng.choice(list(BAD_FRAMES.values())))

    def extremes(self):
        """Requests with a number that nobody expects."""
        self.caller.renew_victim()
        for _ in range(20):
            name = self.rng.choice(requests_with_numbers())
            request = json_format.ParseDict(
                REQUESTS[name], request_class(METHODS[name][1])()
            )
            path, field = self.rng.choice(list(numbers(request)))
            set_number(
                request, path, field, self.rng.choice(EXTREMES[field.type])
            )
            self.caller.call(name, request)
        for victim in ("victim", "made"):
            self.caller.send("DeleteSession", name=f"sessions/{victim}")

    def tidy(self):
        """Keeps few sessions of those that were left."""
        left = list(self.client.list_sessions())
        self.rng.shuffle(left)
        for session in left[MAX_SESSIONS:]:
            with contextlib.suppress(spiked.NotFound):
                session.delete()


PARTS = ["calls", "changes", "crowd", "readers", "kills", "wire", "extremes"]


def end_with_input():
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def main():
    address, seed, *parts = sys.argv[1:]
    threading.Thread(target=end_with_input, daemon=True).start()
    load = Load(address, int(seed))
    while True:
        # A refusal by a quota is part of the game; so is a client that was
        # refused its call (AssertionError of ClientProcess).
        with contextlib.suppress(spiked.SpikedError, AssertionError):
            getattr(load, load.rng.choice(parts))()
        with contextlib.suppress(spiked.SpikedError):
            load.tidy()


if __name__ == "__main__":
    main()
