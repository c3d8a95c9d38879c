# SPDX-License-Identifier: Apache-2.0
"""A client that the tests suspend and kill.

client_process.py ADDRESS SESSION WHAT: begins a call, prints "open", goes on
until the call ends, and prints how it ended. WHAT is "unary", "server_stream",
"bidi", or "slow", which reads a stream of spikes slowly.
"""

import json
import sys
import time

import spiked
from spiked import Client


def advance(session):
    print("open", flush=True)
    session.advance(1_000_000_000, timeout_s=600)
    return {}


def read(session, pause_s=0.0):
    sent = dropped = 0
    with session.spikes(on_loss="ignore", batch_window_ms=1) as stream:
        for i, batch in enumerate(stream):
            if i == 0:
                print("open", flush=True)
            sent += len(batch)
            dropped += batch.dropped
            time.sleep(pause_s)
    return {"sent": sent, "dropped": dropped}


def stimulate(session):
    with session.stimulus_stream() as stream:
        stream.send_all()
        print("open", flush=True)
        while True:
            stream.send_all()
            time.sleep(0.01)


def main():
    address, name, what = sys.argv[1:]
    with Client(address) as client:
        session = client.session(name)
        try:
            result = {
                "unary": advance,
                "server_stream": read,
                "bidi": stimulate,
                "slow": lambda s: read(s, 0.01),
            }[what](session)
        except spiked.SpikedError as error:
            result = {"error": type(error).__name__}
    print(json.dumps(result), flush=True)


main()
