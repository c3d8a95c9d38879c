# SPDX-License-Identifier: Apache-2.0
"""Streams of a session, each with the batches that it gives.

`server_stream` opens, reads and closes, `recording_stream` notices what is
missing; the others turn the messages of one method into batches. May import
`spiked._rpc` and what is the same with streams and without: spikes,
populations, stimuli. Knows nothing of `spiked.session`, which opens streams.
"""

from spiked.streams.rate_stream import RateBatch, RateGroup, RateStream
from spiked.streams.spike_stream import SpikeStream
from spiked.streams.state_stream import StateBatch, StateStream
from spiked.streams.stimulus_stream import StimulusStream
from spiked.streams.synapses import Synapses
from spiked.streams.watch_stream import WatchStream

__all__ = [
    "RateBatch",
    "RateGroup",
    "RateStream",
    "SpikeStream",
    "StateBatch",
    "StateStream",
    "StimulusStream",
    "Synapses",
    "WatchStream",
]
