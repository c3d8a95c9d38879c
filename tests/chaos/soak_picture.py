# SPDX-License-Identifier: Apache-2.0
"""The curves of a soak, as a picture.

soak_picture.py FOLDER: draws soak.csv again, e.g. of a soak that goes on.
"""

import csv
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

# Of each panel: what it shows, with its unit, and columns with their names.
PANELS = [
    ("memory, MB", {"rss_mb": "resident", "reserved_mb": "reserved"}),
    ("descriptors", {"descriptors": ""}),
    (
        "load of the daemon",
        {
            "sessions": "sessions",
            "streams": "streams",
            "calls_per_s": "calls/s",
        },
    ),
    ("pace of the watched session", {"pace": ""}),
    (
        "its lateness, ms",
        {
            "tick_late_p50_ms": "ticks, p50 so far",
            "tick_late_p99_ms": "ticks, p99 so far",
            "message_late_p50_ms": "messages, p50",
            "message_late_p99_ms": "messages, p99",
        },
    ),
    (
        "latency of health, ms",
        {"health_p50_ms": "p50", "health_p99_ms": "p99"},
    ),
]


def draw(rows: list[dict[str, float]], title: str, file: Path) -> None:
    """Draws the rows of a table, one panel below the other."""
    figure, axes = pyplot.subplots(
        len(PANELS), 1, sharex=True, figsize=(9, 12), layout="constrained"
    )
    minutes = [row["time_s"] / 60 for row in rows]
    for axis, (label, columns) in zip(axes, PANELS, strict=True):
        for column, name in columns.items():
            axis.plot(minutes, [row[column] for row in rows], label=name)
        axis.set_title(label, loc="left", fontsize=10)
        axis.grid(alpha=0.3)
        if len(columns) > 1:
            axis.legend(fontsize=8, loc="upper left", ncols=len(columns))
        low, high = axis.get_ylim()
        if label.endswith(" ms"):  # from microseconds to seconds
            axis.set_yscale("log")
            axis.set_ylim(top=10 * high)
        else:  # room for the legend; from 0: slopes are not exaggerated
            axis.set_ylim(0, 1.25 * high)
    axes[-1].set_xlabel("minutes")
    figure.suptitle(title)
    figure.savefig(file, dpi=100)
    pyplot.close(figure)


def read(file: Path) -> list[dict[str, float]]:
    """Reads the rows of a table."""
    with open(file, newline="") as lines:
        return [
            {name: float(value) for name, value in row.items()}
            for row in csv.DictReader(lines)
        ]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    draw(read(folder / "soak.csv"), "soak", folder / "soak.png")
