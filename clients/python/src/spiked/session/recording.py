# SPDX-License-Identifier: Apache-2.0
"""The part of a session that records spikes, state variables and hashes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from spiked._rpc.calls import invoke
from spiked._rpc.enums import enum_number
from spiked._rpc.model_time import steps_of
from spiked._selection import Indices, selected
from spiked.measures import (
    PopulationSpectrum,
    WeightHistogram,
    histogram_from_message,
    spectrum_from_message,
)
from spiked.session.base import SessionBase
from spiked.streams.rate_stream import RateStream
from spiked.streams.recording_stream import OnLoss
from spiked.streams.spike_stream import SpikeStream
from spiked.streams.state_stream import StateStream
from spiked.streams.synapses import Synapses, read_synapses
from spiked.v1 import recording_pb2


class StateHash(NamedTuple):
    """The hash of a session's complete state.

    Two hashes are equal if both sessions are at the same step of the same run.

    Attributes:
      step: step of the session when the hash was taken.
      hash: 64 bits.
      version: how it was computed; servers of another version may give the same
        state another hash.
    """

    step: int
    hash: int
    version: int


class Recording(SessionBase):
    """Opens streams of spikes, rates and state, and reads synapses."""

    def spikes(
        self,
        populations: str | Iterable[str] | None = None,
        *,
        neurons: Indices | None = None,
        columns: Indices | None = None,
        sample_fraction: float = 1.0,
        start_step: int | None = None,
        epoch: int | None = None,
        batch_window_ms: float = 0.0,
        progress_interval_s: float = 0.0,
        encoding: str | int = "fixed32_bytes",
        when_slow: str | int = "drop_oldest",
        max_buffer_bytes: int = 0,
        on_loss: OnLoss = "warn",
    ) -> SpikeStream:
        """Opens a stream of spikes; no later spike is missed.

        The stream has the spikes of neurons that pass all given filters.

        After a lost connection, open it again with `epoch=batch.epoch` and
        `start_step=batch.end_step` of the last batch: no spike is missed or
        repeated. SessionReplaced means that the session is gone, and another
        has its name.

        Args:
          populations: names of populations to include; None means all.
          neurons: neurons to include, counted through the network as in
            `SpikeBatch.neurons`, or a boolean mask of all neurons; None means
            all.
          columns: columns of the populations to include; None means all. Not
            together with `neurons`.
          sample_fraction: fraction of the neurons to include, in (0, 1]: the
            same neurons for the same seed of the network.
          start_step: first step of the stream, which must still be in the
            session's history; None means the current step.
          epoch: required epoch of the session; None means any.
          batch_window_ms: wall time between batches while there are spikes, in
            [1, 1000] ms; 0 means 10.
          progress_interval_s: wall time after which a silent network sends a
            batch without spikes, in [0.001, 3600] s; 0 means 1.
          encoding: "fixed32_bytes" (needs no decoding) or "delta_varint" (a
            third of the bytes).
          when_slow: action of the server when the stream is read too slowly:
            "drop_oldest" drops and counts the oldest spikes; "disconnect" ends
            the stream with ResourceExhausted, whose `metadata` has "next_step"
            and "epoch" for the next stream; "block" lets the session wait,
            unless it is paced by the clock.
          max_buffer_bytes: bytes of waiting spikes before that happens, 4 for
            each spike of the session; 0 means the session's history for
            "drop_oldest", else 4 MiB.
          on_loss: action when spikes were dropped because the stream is read
            too slowly: "warn", "raise" or "ignore".

        Raises:
          InvalidArgument: there is no such population, neuron or column.
          OutOfRange: `start_step` is too old: `metadata["oldest_step"]`.
          StepMismatch: the session is in another epoch.
          FailedPrecondition: a session paced by the clock can't be blocked.
            All of these may come with the first batch only.
        """
        request = recording_pb2.StreamSpikesRequest(
            session=self.name,
            expected_incarnation_id=self.incarnation_id,
            populations=_names(populations, "populations"),
            neuron_indices=selected(
                neurons,
                "neurons",
                sum(known.size for known in self.populations.values()),
            ),
            columns=selected(columns, "columns"),
            sample_fraction=sample_fraction,
            start_step=start_step,
            epoch=epoch,
            batch_window_ms=batch_window_ms,
            progress_interval_s=progress_interval_s,
            encoding=enum_number(
                recording_pb2.SpikeEncoding, encoding, "encoding"
            ),
            slow_consumer_policy=_policy(when_slow),
            max_buffer_bytes=max_buffer_bytes,
        )
        return SpikeStream(
            self._stubs.recording,
            request,
            dt_ms=self.dt_ms,
            populations=self.populations,
            on_loss=on_loss,
        )

    def record(
        self,
        population: str,
        variables: Iterable[str],
        *,
        neurons: Indices | None = None,
        interval_ms: float | None = None,
        epoch: int | None = None,
        batch_window_ms: float = 0.0,
        progress_interval_s: float = 0.0,
        float64: bool = False,
        when_slow: str | int = "drop_oldest",
        on_loss: OnLoss = "warn",
    ) -> StateStream:
        """Opens a stream of state variables; no later sample is missed.

        Args:
          population: name of the population of the neurons.
          variables: names of variables, see `Client.list_models`.
          neurons: indices within the population, each in [0, size), at most
            10,000, or a boolean mask; None: all.
          interval_ms: model time between samples, a multiple of the step;
            None: every step.
          epoch: see `spikes`.
          batch_window_ms: wall time between batches, in [1, 1000] ms; 0 means
            10.
          progress_interval_s: see `spikes`.
          float64: whether to get 64-bit numbers instead of 32-bit ones.
          when_slow: see `spikes`; 8 MiB of samples may wait.
          on_loss: see `spikes`.

        Raises:
          InvalidArgument: unknown population, variable or neuron. May come
            with the first batch only.
          ValueError: `interval_ms` is not a multiple of the step.
        """
        chosen = self._chosen(population, neurons)
        request = recording_pb2.StreamStateRequest(
            session=self.name,
            expected_incarnation_id=self.incarnation_id,
            population=population,
            variables=_names(variables, "variables"),
            neuron_indices=() if neurons is None else chosen.tolist(),
            interval_steps=steps_of(
                None, interval_ms, self.dt_ms, ("", "interval_ms")
            ),
            batch_window_ms=batch_window_ms,
            encoding=_value_encoding(float64),
            slow_consumer_policy=_policy(when_slow),
            epoch=epoch,
            progress_interval_s=progress_interval_s,
        )
        return StateStream(
            self._stubs.recording,
            request,
            neurons=chosen,
            dt_ms=self.dt_ms,
            on_loss=on_loss,
        )

    def rates(
        self,
        populations: str | Iterable[str] | None = None,
        *,
        bin_ms: float,
        by_column: bool = False,
        start_step: int | None = None,
        epoch: int | None = None,
        batch_window_ms: float = 0.0,
        progress_interval_s: float = 0.0,
        when_slow: str | int = "drop_oldest",
        on_loss: OnLoss = "warn",
    ) -> RateStream:
        """Opens a stream of spike counts in bins of model time.

        Args:
          populations: names of populations to count; None means all.
          bin_ms: length of a bin, a multiple of the step; bins begin at its
            multiples.
          by_column: whether columns are counted separately.
          start_step: the first bin begins at this step or next after it, which
            must still be in the session's history; None means the current step.
          epoch: see `spikes`.
          batch_window_ms: wall time between batches, in [1, 1000] ms; 0 means
            10.
          progress_interval_s: see `spikes`.
          when_slow: see `spikes`.
          on_loss: see `spikes`; bins with lost spikes are left out.

        Raises:
          InvalidArgument: there is no such population.
          OutOfRange: `start_step` is too old. These two may come with the
            first batch only.
          ValueError: `bin_ms` is not a multiple of the step.
        """
        request = recording_pb2.StreamRatesRequest(
            session=self.name,
            expected_incarnation_id=self.incarnation_id,
            populations=_names(populations, "populations"),
            by_column=by_column,
            bin_steps=steps_of(None, bin_ms, self.dt_ms, ("", "bin_ms")),
            start_step=start_step,
            batch_window_ms=batch_window_ms,
            slow_consumer_policy=_policy(when_slow),
            epoch=epoch,
            progress_interval_s=progress_interval_s,
        )
        return RateStream(
            self._stubs.recording,
            request,
            populations=self.populations,
            dt_ms=self.dt_ms,
            on_loss=on_loss,
        )

    def synapses(
        self,
        projection: str,
        *,
        sources: Iterable[int] = (),
        float64: bool = False,
    ) -> Synapses:
        """Returns the synapses of a projection with their current weights.

        All weights are read between the same two steps of the session, which
        waits meanwhile.

        Args:
          projection: its name, "source->target" if it was given none.
          sources: indices within the source population, ascending; empty: all.
          float64: whether to get 64-bit numbers instead of 32-bit ones.

        Raises:
          InvalidArgument: there is no such projection or source.
          ResourceExhausted: more than 4,000,000 synapses.
        """
        request = recording_pb2.ReadSynapsesRequest(
            session=self.name,
            expected_incarnation_id=self.incarnation_id,
            projection=projection,
            source_indices=[int(source) for source in sources],
            encoding=_value_encoding(float64),
        )
        return read_synapses(self._stubs.recording, request, self.dt_ms)

    def weight_histogram(
        self,
        projection: str,
        *,
        bins: int = 100,
        range: tuple[float, float] | None = None,  # noqa: A002, as NumPy
        timeout_s: float | None = None,
    ) -> WeightHistogram:
        """Returns the current distribution of the weights of a projection.

        The server computes it from a copy of the state: a running session waits
        for the copy only, and no weights are sent.

        Args:
          projection: its name, "source->target" if it was given none.
          bins: number of bins of equal width, in [1, 10000].
          range: (begin of the first bin, end of the last one, inclusive); None
            means the smallest and the largest weight.
          timeout_s: see the class.

        Raises:
          InvalidArgument: there is no such projection, or a bad range.
        """
        low, high = range if range is not None else (None, None)
        request = recording_pb2.GetWeightHistogramRequest(
            session=self.name,
            expected_incarnation_id=self.incarnation_id,
            projection=projection,
            bin_count=bins,
            min_weight=low,
            max_weight=high,
        )
        answer = invoke(
            self._stubs.recording.GetWeightHistogram, request, timeout_s
        )
        return histogram_from_message(answer)

    def population_spectrum(
        self,
        population: str,
        *,
        window_ms: float,
        bin_ms: float,
        timeout_s: float | None = None,
    ) -> PopulationSpectrum:
        """Returns the power spectrum of a population's spike count until now.

        The server computes it from the session's history: with n_j the spikes
        in bin j of M bins of D seconds, P(f_k) = |sum_j (n_j - mean) exp(-2 pi
        i j k / M)|^2 / (M D) at f_k = k / (M D). Poisson spikes have the
        population's rate in spikes / s at all frequencies.

        Args:
          population: its name.
          window_ms: model time up to now, a multiple of the step; whole bins
            of it are used.
          bin_ms: width of the bins, a multiple of the step; frequencies reach
            up to 500 / bin_ms.
          timeout_s: see the class.

        Raises:
          InvalidArgument: there is no such population, or a bad window.
          OutOfRange: the window begins before the session's history.
          ValueError: a time is not a multiple of the step.
        """
        request = recording_pb2.GetPopulationSpectrumRequest(
            session=self.name,
            expected_incarnation_id=self.incarnation_id,
            population=population,
            window_steps=steps_of(
                None, window_ms, self.dt_ms, ("", "window_ms")
            ),
            bin_steps=steps_of(None, bin_ms, self.dt_ms, ("", "bin_ms")),
        )
        answer = invoke(
            self._stubs.recording.GetPopulationSpectrum, request, timeout_s
        )
        return spectrum_from_message(answer)

    def state_hash(self, *, timeout_s: float | None = None) -> StateHash:
        """Returns a hash of the complete state, to compare runs.

        It takes time in proportion to the network; a running session waits for
        it.
        """
        request = recording_pb2.GetStateHashRequest(
            session=self.name,
            expected_incarnation_id=self.incarnation_id,
        )
        answer = invoke(self._stubs.recording.GetStateHash, request, timeout_s)
        return StateHash(answer.step, answer.hash, answer.hash_version)

    def _chosen(self, population: str, neurons: Indices | None) -> np.ndarray:
        """Returns the chosen neurons, int64; none for unknown populations."""
        known = self.populations.get(population)
        if neurons is not None:
            chosen = selected(neurons, "neurons", known.size if known else None)
            return np.asarray(chosen, dtype=np.int64)
        return np.arange(known.size if known else 0)


def _names(names: str | Iterable[str] | None, argument: str) -> list[str]:
    """Returns the names, of which one may be given alone; none only for None.

    On the wire no names mean all.
    """
    if names is None:
        return []
    chosen = [names] if isinstance(names, str) else list(names)
    if not chosen:
        raise ValueError(f"{argument}: empty; name at least one")
    return chosen


def _policy(when_slow: str | int) -> recording_pb2.SlowConsumerPolicy:
    return enum_number(recording_pb2.SlowConsumerPolicy, when_slow, "when_slow")


def _value_encoding(float64: bool) -> recording_pb2.ValueEncoding:
    if float64:
        return recording_pb2.FLOAT64_BYTES
    return recording_pb2.FLOAT32_BYTES
