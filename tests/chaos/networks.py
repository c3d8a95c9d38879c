# SPDX-License-Identifier: Apache-2.0
"""The networks of the chaos tests, as mappings."""


def noisy(size: int = 100) -> dict:
    """Izhikevich neurons that spike at some 8 Hz, ten synapses each."""
    return {
        "dt_ms": 1,
        "seed": 11,
        "populations": [
            {
                "name": "cells",
                "size": size,
                "model": "izhikevich",
                "cell_class": "regular_spiking",
            }
        ],
        "projections": [
            {
                "source": "cells",
                "target": "cells",
                "fixed_indegree": {"degree": 10},
                "weight": {"constant": 1},
                "delay_ms": {"discrete_uniform": {"low": 1, "high": 5}},
            }
        ],
        "inputs": [
            {
                "population": "cells",
                "model": "normal_noise_current",
                "parameters": {"std": {"constant": 6}},
            }
        ],
    }


def busy(size: int = 2000) -> dict:
    """Spike sources of which most spike in every step."""
    return {
        "dt_ms": 1,
        "seed": 5,
        "populations": [
            {"name": "cells", "size": size, "model": "spike_source"}
        ],
        "inputs": [
            {
                "population": "cells",
                "model": "uniform_noise_current",
                "parameters": {
                    "low": {"constant": 0.9},
                    "high": {"constant": 3},
                },
            }
        ],
    }
