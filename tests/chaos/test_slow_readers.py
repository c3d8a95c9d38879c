# SPDX-License-Identifier: Apache-2.0
"""Readers that don't read: their loss is counted, others aren't slowed."""

import pytest

import networks
from clients import ClientProcess
from spiked import Client
from watch import eventually

NEURONS = 2000
# 90 MB of spikes: more than history and connections hold, though the kernel may
# take 32 MB for a reader that was fast.
STEPS = 12_000


@pytest.mark.parametrize("how", ["suspended", "slow"])
def test_slow_reader_loses_only_what_is_counted(watched, replay, how):
    produced = len(replay(networks.busy(NEURONS), STEPS))
    with Client(watched.address) as client:
        session = client.create_session(
            networks.busy(NEURONS), pacing="lockstep"
        )
        what = "server_stream" if how == "suspended" else "slow"
        with (
            ClientProcess(watched.address, session.name, what) as reader,
            session.spikes(on_loss="raise", batch_window_ms=1) as other,
        ):
            if how == "suspended":
                reader.suspend()
            received = 0
            end_step = 0
            while end_step < STEPS:
                session.advance(50)
                wanted = end_step + 50
                # Another reader of the session misses nothing.
                while end_step < wanted:
                    batch = next(other)
                    received += len(batch)
                    end_step = batch.end_step
            assert received == produced
            if how == "suspended":
                reader.resume()
            session.delete()
            result = reader.result()
    assert result["sent"] + result["dropped"] == produced
    if how == "suspended":
        assert result["dropped"] > 0


@pytest.mark.parametrize(
    "options",
    [{"pacing": "free_run"}, {"pacing": "real_time", "pace": 100}],
    ids=lambda options: options["pacing"],
)
def test_suspended_reader_holds_up_no_session_that_runs(
    watched, replay, options
):
    produced = len(replay(networks.busy(NEURONS), STEPS))
    with Client(watched.address) as client:
        session = client.create_session(networks.busy(NEURONS), **options)
        with ClientProcess(
            watched.address, session.name, "server_stream"
        ) as reader:
            reader.suspend()
            session.start(stop_step=STEPS)
            assert eventually(lambda: session.refresh().step == STEPS)
            reader.resume()
            session.delete()
            result = reader.result()
    assert result["sent"] + result["dropped"] == produced
    assert result["dropped"] > 0
