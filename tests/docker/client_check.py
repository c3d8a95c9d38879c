# SPDX-License-Identifier: Apache-2.0
"""Uses a daemon from outside, as a client does.

client_check.py advance ADDRESS NETWORK
    Creates a session in lockstep, advances it, and streams its spikes.
client_check.py follow ADDRESS NETWORK
    Creates a session in real time and follows its spikes until the server ends
    the stream; prints "following" once there are spikes.
"""

import sys

from spiked import Client, Session

STEPS = 1000


def advance(session: Session) -> None:
    """The stream has the spikes that the calls return."""
    with session.spikes() as stream:
        advanced = session.advance(STEPS)
        streamed = 0
        for batch in stream:
            streamed += len(batch)
            if batch.end_step >= STEPS:
                break
    assert len(advanced) > 0, f"no spikes in {STEPS} steps"
    assert streamed == len(advanced), f"{streamed} of {len(advanced)} streamed"
    session.delete()
    print(f"{streamed} spikes in {STEPS} steps")


def follow(session: Session) -> None:
    """The stream ends in order when the server stops."""
    with session.spikes() as stream:
        session.start()
        spikes = 0
        for batch in stream:
            if len(batch) and not spikes:
                print("following", flush=True)
            spikes += len(batch)
    print(f"the server ended the stream after {spikes} spikes")


def main() -> None:
    """Runs the check named on the command line."""
    check, address, network = sys.argv[1:]
    with Client(address) as client:
        client.wait_until_ready(timeout_s=10)
        if check == "advance":
            advance(client.create_session(network, pacing="lockstep"))
        else:
            follow(client.create_session(network, pacing="real_time"))


main()
