# SPDX-License-Identifier: Apache-2.0
"""Python client of spiked, the spiking neural network server.

    from spiked import Client

    client = Client("localhost:50051")
    with client.create_session("columnar.yaml", pacing="lockstep") as session:
        spikes = session.advance(duration_ms=1000)
    print(len(spikes), spikes.times_ms, spikes.neurons)

`spiked.plot` draws figures, `spiked.analysis` computes statistics of spikes,
`spiked.v1` has the messages of the API.
"""

import importlib.metadata

from spiked.changes import (
    ChangeAck,
    set_input,
    set_parameters,
    set_state,
    set_weights,
    silence,
    switch_plasticity,
)
from spiked.client import Client
from spiked.errors import (
    AlreadyExists,
    Cancelled,
    DataDroppedWarning,
    DataLoss,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidArgument,
    InvalidNetworkError,
    NotFound,
    OutOfRange,
    PermissionDenied,
    ResourceExhausted,
    ServerRestarted,
    SessionFailed,
    SessionReplaced,
    SpikedError,
    StepMismatch,
    Unauthenticated,
    Unavailable,
)
from spiked.local_server import LocalServer, ServerProcessError
from spiked.measures import PopulationSpectrum, WeightHistogram
from spiked.network_file import load_network
from spiked.populations import Population
from spiked.session import Session
from spiked.session.recording import StateHash
from spiked.spikes import SpikeBatch
from spiked.stimuli import (
    StimulusAck,
    dopamine_pulse,
    encoder_values,
    plasticity_switch,
    stimulus,
)
from spiked.streams import (
    RateBatch,
    RateStream,
    SpikeStream,
    StateBatch,
    StateStream,
    StimulusStream,
    Synapses,
    WatchStream,
)

__version__ = importlib.metadata.version("spiked")

__all__ = [
    "AlreadyExists",
    "Cancelled",
    "ChangeAck",
    "Client",
    "DataDroppedWarning",
    "DataLoss",
    "DeadlineExceeded",
    "FailedPrecondition",
    "InvalidArgument",
    "InvalidNetworkError",
    "LocalServer",
    "NotFound",
    "OutOfRange",
    "PermissionDenied",
    "Population",
    "PopulationSpectrum",
    "RateBatch",
    "RateStream",
    "ResourceExhausted",
    "ServerProcessError",
    "ServerRestarted",
    "Session",
    "SessionFailed",
    "SessionReplaced",
    "SpikeBatch",
    "SpikeStream",
    "SpikedError",
    "StateBatch",
    "StateHash",
    "StateStream",
    "StepMismatch",
    "StimulusAck",
    "StimulusStream",
    "Synapses",
    "Unauthenticated",
    "Unavailable",
    "WatchStream",
    "WeightHistogram",
    "dopamine_pulse",
    "encoder_values",
    "load_network",
    "plasticity_switch",
    "set_input",
    "set_parameters",
    "set_state",
    "set_weights",
    "silence",
    "stimulus",
    "switch_plasticity",
]
