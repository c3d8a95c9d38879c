# SPDX-License-Identifier: Apache-2.0
"""Whether a soak was good: its bounds, and what was measured against them."""

import math
from dataclasses import dataclass

import numpy as np

# Growth of memory over the last two thirds, by the line that fits best. In the
# first third pools fill up.
MAX_GROWTH = 0.05
SLACK_MB = 8.0
MAX_MORE_DESCRIPTORS = 10
# The watched session fits, so it keeps its pace. The machine may take a moment
# from it, so a few intervals may be worse.
LEAST_PACE = 0.99
MAX_HEALTH_P99_MS = 250.0
FEW = 0.05  # of the intervals


@dataclass
class Check:
    """One line of the verdict."""

    what: str
    found: float
    bound: float
    ok: bool

    def __str__(self) -> str:
        mark = "ok  " if self.ok else "FAIL"
        return f"{mark} {self.what}: {self.found:.4g} (bound {self.bound:.4g})"


def _at_most(what: str, found: float, bound: float) -> Check:
    return Check(what, found, bound, found <= bound)


def checks(rows: list[dict[str, float]], left_calls: float) -> list[Check]:
    """Judges a table of at least six rows; `left_calls` didn't end."""

    def column(name: str) -> np.ndarray:
        return np.array([row[name] for row in rows])

    time_s, rss_mb = column("time_s"), column("rss_mb")
    third = len(rows) // 3
    slope, _ = np.polyfit(time_s[third:], rss_mb[third:], 1)
    rise_mb = slope * (time_s[-1] - time_s[third])
    early_mb = float(np.median(rss_mb[: third + 1]))
    files = column("descriptors")
    pace = np.sort(column("pace"))
    health = np.sort(np.nan_to_num(column("health_p99_ms"), nan=math.inf))
    few = int(FEW * len(rows))
    paced = float(pace[few])
    return [
        _at_most(
            f"growth of memory in MB ({slope * 3600:+.1f} MB/h)",
            rise_mb,
            MAX_GROWTH * early_mb + SLACK_MB,
        ),
        _at_most(
            "more descriptors in the last third than in the second",
            float(
                np.median(files[-third:]) - np.median(files[third : 2 * third])
            ),
            MAX_MORE_DESCRIPTORS,
        ),
        Check(
            "pace of the watched session, all but a few intervals",
            paced,
            LEAST_PACE,
            paced >= LEAST_PACE,
        ),
        _at_most("its dropped spikes", rows[-1]["dropped_spikes"], 0),
        _at_most(
            "health's p99 in ms, all but a few intervals",
            float(health[-1 - few]),
            MAX_HEALTH_P99_MS,
        ),
        _at_most("failures of health", rows[-1]["health_failures"], 0),
        _at_most("internal errors", rows[-1]["internal_errors"], 0),
        _at_most("calls that didn't end", left_calls, 0),
    ]
