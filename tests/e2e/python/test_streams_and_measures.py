# SPDX-License-Identifier: Apache-2.0
"""Filters, resumption and slow readers of streams; measures of the server."""

import numpy as np
import pytest

import spiked
from test_recording import assert_same, collect


def test_filters_by_neuron_column_and_sample(client, network):
    session = client.create_session(network, pacing="lockstep")
    wanted = session.advance(500)
    chosen = [3, 0, 9]
    with session.spikes(neurons=chosen, start_step=0) as stream:
        mask = np.isin(wanted.neurons, chosen)
        assert_same(collect(stream, 500), wanted.where(mask))
    # 25 of the 100 neurons of "exc", and the only column of "inh".
    with session.spikes(columns=[0], start_step=0) as stream:
        mask = (wanted.neurons < 25) | (wanted.neurons >= 100)
        assert_same(collect(stream, 500), wanted.where(mask))
    samples = []
    for fraction in (0.3, 0.6):
        with session.spikes(sample_fraction=fraction, start_step=0) as stream:
            batch = collect(stream, 500)
        samples.append(set(batch.neurons.tolist()))
        mask = np.isin(wanted.neurons, batch.neurons)
        assert_same(batch, wanted.where(mask))
    assert samples[0] < samples[1] < set(wanted.neurons.tolist())
    with pytest.raises(spiked.InvalidArgument, match="neuron_indices"):
        next(session.spikes(neurons=[-1]))


def test_goes_on_after_a_lost_connection(client, network):
    session = client.create_session(network, pacing="real_time", pace=20)
    session.start(stop_ms=2000)
    batches, step = [], 0
    while step < 2000:
        with session.spikes(epoch=0, start_step=step) as stream:
            batches.append(collect(stream, min(step + 300, 2000)))
        step = batches[-1].end_step
    session.reset()
    assert_same(spiked.SpikeBatch.concatenate(batches), session.advance(2000))
    with pytest.raises(spiked.StepMismatch) as caught:
        next(session.spikes(epoch=0, start_step=step))
    assert caught.value.reason == "EPOCH_MISMATCH"
    assert caught.value.metadata["epoch"] == "1"


def test_a_session_waits_for_a_reader_that_blocks(client, network):
    wanted = client.create_session(network, pacing="lockstep").advance(20_000)
    session = client.create_session(network, pacing="free_run")
    with session.spikes(
        when_slow="block", max_buffer_bytes=4000, on_loss="raise"
    ) as stream:
        session.start(stop_step=20_000)
        assert_same(collect(stream, 20_000), wanted)
    session = client.create_session(network, pacing="real_time")
    with pytest.raises(spiked.FailedPrecondition, match="BLOCK"):
        next(session.spikes(when_slow="block"))


def test_advance_counts_are_those_of_the_spikes(client, network):
    session = client.create_session(network, pacing="lockstep")
    wanted = session.advance(300)
    session.reset()
    batch = session.advance_counts(300, bin_ms=100)
    for k in range(3):
        part = wanted.between_ms(100 * k, 100 * (k + 1))
        counts = [len(part.of(p)) for p in session.populations.values()]
        assert batch.counts[k].tolist() == counts


def test_weight_histogram_is_that_of_the_synapses(client, columnar):
    session = client.create_session(columnar, pacing="lockstep")
    session.advance(200)
    for name in {p.name for p in session.refresh().projections}:
        weights = session.synapses(name, float64=True).weights
        histogram = session.weight_histogram(name, bins=20)
        assert histogram.counts.sum() == len(weights)
        assert histogram.step == 200
        assert histogram.smallest == weights.min()
        assert histogram.mean == pytest.approx(weights.mean())
        assert histogram.standard_deviation == pytest.approx(
            weights.std(), abs=1e-12
        )
        low, high = np.quantile(weights, [0.2, 0.9])
        if low < high:
            part = session.weight_histogram(name, bins=5, range=(low, high))
            assert part.below == (weights < low).sum()
            assert part.above == (weights > high).sum()
            assert part.counts.sum() + part.below + part.above == len(weights)


def test_spectrum_is_the_periodogram_of_the_counts(client, network):
    session = client.create_session(network, pacing="lockstep")
    spikes = session.advance(1000).of(session.populations["exc"])
    spectrum = session.population_spectrum("exc", window_ms=700, bin_ms=7)
    counts = np.histogram(spikes.steps, np.arange(300, 1001, 7))[0]
    power = np.abs(np.fft.rfft(counts - counts.mean())) ** 2 / 0.7
    np.testing.assert_allclose(spectrum.power, power[1:], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        spectrum.frequencies_hz, np.fft.rfftfreq(100, 0.007)[1:]
    )
    assert (spectrum.first_step, spectrum.end_step) == (300, 1000)
    assert spectrum.spike_count == counts.sum()
    with pytest.raises(spiked.OutOfRange):
        session.population_spectrum("exc", window_ms=1001, bin_ms=1)


def test_late_stimuli_are_refused_on_request(client, network):
    session = client.create_session(network, pacing="lockstep")
    session.advance(10)
    late = spiked.stimulus("exc", neurons=[0], weight=1, start_step=3)
    with pytest.raises(spiked.OutOfRange) as caught:
        session.inject_all([late], refuse_late=True)
    assert caught.value.reason == "LATE_STIMULUS"
    assert caught.value.metadata["current_step"] == "10"
    assert session.inject_all([late]).late_count == 1
    with session.stimulus_stream(refuse_late=True) as stream:
        with pytest.raises(spiked.OutOfRange):
            stream.send("exc", neurons=[0], weight=1, start_step=3)
        assert stream.send("exc", neurons=[0], weight=1).credits == 999_998
