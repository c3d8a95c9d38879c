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
                "name": "links",
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
    """Spike sources, most of which spike in every step."""
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


def many_synapses() -> dict:
    """`noisy`, and a projection "many" that no connection can buffer.

    Its synapses take more bytes than the buffers of a connection.
    """
    network = noisy()
    network["populations"].append(
        {"name": "others", "size": 1500, "model": "izhikevich"}
    )
    network["projections"].append(
        {
            "name": "many",
            "source": "others",
            "target": "others",
            "all_to_all": {},
            "weight": {"constant": 0.1},
            "delay_ms": {"constant": 1},
        }
    )
    return network


def large() -> dict:
    """A network that takes about a second to build."""
    return {
        "dt_ms": 1,
        "populations": [
            {"name": "cells", "size": 20_000, "model": "izhikevich"}
        ],
        "projections": [
            {
                "source": "cells",
                "target": "cells",
                "fixed_indegree": {"degree": 1000},
                "weight": {"uniform": {"low": 0, "high": 1}},
                "delay_ms": {"discrete_uniform": {"low": 1, "high": 20}},
            }
        ],
    }
