# SPDX-License-Identifier: Apache-2.0
"""The network of most tests: two populations, half a millisecond steps."""

NETWORK = {
    "dt_ms": 0.5,
    "seed": 3,
    "populations": [
        {"name": "in", "size": 40, "model": "izhikevich", "column_count": 4},
        {"name": "out", "size": 60, "model": "izhikevich", "layer": "deep"},
    ],
}
