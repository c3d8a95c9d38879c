# SPDX-License-Identifier: Apache-2.0
"""Times become steps, with the server's tolerance (core/spec/delays.h)."""

import pytest

from spiked._rpc.model_time import first_step_at, to_steps

DTS = [0.001, 0.025, 0.1, 1 / 3, 0.5, 1.0]
STEPS = [0, 1, 3, 7, 65535, 1_000_003, 14_400_000_001]  # 100 h at 0.025 ms


@pytest.mark.parametrize("dt_ms", DTS)
@pytest.mark.parametrize("steps", STEPS)
def test_times_on_the_grid_are_found_however_late(dt_ms, steps):
    assert to_steps(steps * dt_ms, dt_ms, "at_ms") == steps
    assert first_step_at(steps * dt_ms, dt_ms) == steps
    for part in (0.01, 0.5, 0.99):
        between_ms = (steps + part) * dt_ms
        with pytest.raises(ValueError, match="at_ms.*multiple of the step"):
            to_steps(between_ms, dt_ms, "at_ms")
        assert first_step_at(between_ms, dt_ms) == steps + 1


def test_sums_of_times_are_on_the_grid():
    assert to_steps(0.1 + 0.2, 0.1, "at_ms") == 3
    assert first_step_at(0.1 + 0.2, 0.1) == 3
