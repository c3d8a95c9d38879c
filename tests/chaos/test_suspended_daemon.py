# SPDX-License-Identifier: Apache-2.0
"""SIGSTOP of the daemon, like the pause of a virtual machine."""

import os
import signal
import time

import numpy as np
import pytest

import networks
from spiked import Client

SUSPENDED_S = 2.0


@pytest.mark.parametrize("policy", ["catch_up", "slip"])
def test_gap_is_slipped_and_counted_and_followed_by_no_burst(
    server, replay, policy
):
    with Client(server.address) as client:
        session = client.create_session(
            networks.noisy(), lateness_policy=policy
        )
        with session.spikes(on_loss="raise") as stream:
            begin = time.monotonic()
            session.start()
            rows = []

            def read_until(step):
                for batch in stream:
                    rows.append(np.stack([batch.steps, batch.neurons], axis=1))
                    if batch.end_step >= step:
                        return

            read_until(200)
            os.kill(server.pid, signal.SIGSTOP)
            time.sleep(SUSPENDED_S)  # the suspension that is tested
            os.kill(server.pid, signal.SIGCONT)
            read_until(session.refresh().step + 300)
            step = session.pause().step
            wall_s = time.monotonic() - begin
            read_until(step)
        metrics = session.metrics()
    assert metrics.slipped_s > SUSPENDED_S - 0.1
    # No more steps than fit the time: slipped time isn't made up for.
    assert step / 1000 <= wall_s - metrics.slipped_s + 0.05
    np.testing.assert_array_equal(
        np.concatenate(rows), replay(networks.noisy(), step)
    )
