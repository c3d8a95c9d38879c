# SPDX-License-Identifier: Apache-2.0
"""Streams of a session, each with its batches.

`server_stream` opens, reads and closes a stream, `recording_stream` detects
missing data; the others turn the messages of one method into batches. May
import `spiked._rpc` and modules that are also used without streams: spikes,
populations, stimuli. Doesn't import `spiked.session`, which opens streams.
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
