# SPDX-License-Identifier: Apache-2.0
import threading

import numpy as np
import pytest

import spiked
from spiked import v1


def collect(stream, end_step):
    """Returns the batches of a spike stream up to a step, as one."""
    batches = []
    for batch in stream:
        batches.append(batch)
        if batch.end_step >= end_step:
            break
    return spiked.SpikeBatch.concatenate(batches)


def test_stream_opened_before_the_start_has_all_spikes(session):
    wanted = session.advance(500)
    session.reset()
    with session.spikes() as stream:
        session.start(stop_step=500)
        got = collect(stream, 500)
    np.testing.assert_array_equal(got.steps, wanted.steps)
    np.testing.assert_array_equal(got.neurons, wanted.neurons)
    assert stream.dropped == 0


@pytest.mark.parametrize("encoding", ["fixed32_bytes", "delta_varint"])
def test_stream_of_one_population(session, encoding):
    out = session.populations["out"]
    wanted = session.advance(500).of(out)
    with session.spikes(["out"], start_step=0, encoding=encoding) as stream:
        got = collect(stream, 500)
    np.testing.assert_array_equal(got.neurons, wanted.neurons)


def test_stream_asks_for_what_it_is_told(server, session):
    session.spikes(
        neurons=np.array([3, 1]),
        sample_fraction=0.5,
        epoch=0,
        start_step=0,
        progress_interval_s=0.1,
        when_slow="disconnect",
        max_buffer_bytes=1000,
    ).close()
    request = server.request
    assert list(request.neuron_indices) == [3, 1]
    assert request.sample_fraction == 0.5
    assert request.HasField("epoch")
    assert request.progress_interval_s == 0.1
    assert request.slow_consumer_policy == v1.DISCONNECT
    assert request.max_buffer_bytes == 1000
    session.spikes(columns=[0], when_slow="block").close()
    assert list(server.request.columns) == [0]
    assert server.request.slow_consumer_policy == v1.BLOCK
    assert not server.request.HasField("epoch")
    with pytest.raises(ValueError, match="when_slow"):
        session.spikes(when_slow="cry")


def test_weight_histogram_has_edges(server, session):
    histogram = session.weight_histogram("in->out", bins=3, range=(0, 3))
    assert server.request.bin_count == 3
    assert server.request.max_weight == 3
    np.testing.assert_array_equal(histogram.counts, [1, 0, 4])
    np.testing.assert_array_equal(histogram.edges, [0, 1, 2, 3])
    assert (histogram.below, histogram.above) == (0, 2)
    session.weight_histogram("in->out")
    assert not server.request.HasField("min_weight")


def test_population_spectrum_takes_model_time(server, session):
    session.advance(400)
    spectrum = session.population_spectrum("in", window_ms=100, bin_ms=2)
    assert server.request.window_steps == 200
    assert server.request.bin_steps == 4
    np.testing.assert_array_equal(spectrum.frequencies_hz, [10, 20])
    assert spectrum.end_step == 400
    with pytest.raises(ValueError, match="window_ms"):
        session.population_spectrum("in", window_ms=0.3, bin_ms=2)


def test_stream_ends_when_the_session_is_deleted(session):
    with session.spikes() as stream:
        next(stream)
        session.delete()
        assert sum(len(batch) for batch in stream) == 0
    assert stream.ended


def test_stream_is_closed_from_another_thread(session):
    with session.spikes() as stream:
        next(stream)
        timer = threading.Timer(0.05, stream.close)
        timer.start()
        for _ in stream:
            pass
    assert not stream.ended


def test_refused_stream_raises(session):
    with pytest.raises(spiked.InvalidArgument, match="nobody"):
        next(session.spikes(["nobody"]))
    session.delete()
    with pytest.raises(spiked.NotFound):
        next(session.spikes())


def test_loss_is_counted_and_warned_about_once(server, session):
    server.script = [
        v1.SpikeBatch(sequence=0, dropped_spike_count=5),
        v1.SpikeBatch(sequence=1, dropped_spike_count=2),
        v1.SpikeBatch(sequence=2, end_of_stream=True),
    ]
    with session.spikes() as stream:
        with pytest.warns(spiked.DataDroppedWarning) as warned:
            dropped = [batch.dropped for batch in stream]
    assert dropped == [5, 2]
    assert stream.dropped == 7
    assert len(warned) == 1
    assert "5 spikes were dropped" in str(warned[0].message)


def test_loss_raises_on_request(server, session):
    server.script = [v1.SpikeBatch(dropped_spike_count=5)]
    with session.spikes(on_loss="raise") as stream:
        with pytest.raises(spiked.DataLoss, match="5 spikes"):
            next(stream)


def test_gap_in_the_sequence_raises(server, session):
    server.script = [v1.SpikeBatch(sequence=0), v1.SpikeBatch(sequence=2)]
    with session.spikes() as stream:
        next(stream)
        with pytest.raises(spiked.DataLoss, match="message 1 .* is missing"):
            next(stream)


def test_end_without_its_mark_raises(server, session):
    server.script = [v1.SpikeBatch(sequence=0)]
    with session.spikes() as stream:
        next(stream)
        with pytest.raises(spiked.DataLoss, match="end mark"):
            next(stream)


def test_inconsistent_batch_raises(server, session):
    server.script = [
        v1.SpikeBatch(step_offsets=[0], spike_counts=[2], neuron_deltas=[1])
    ]
    with session.spikes() as stream:
        with pytest.raises(spiked.DataLoss, match="inconsistent"):
            next(stream)


@pytest.mark.parametrize("float64", [False, True])
def test_state_has_the_shape_samples_variables_neurons(session, float64):
    stream = session.record(
        "in", ["v_mv", "u"], neurons=[7, 3], interval_ms=1, float64=float64
    )
    with stream:
        session.start(stop_step=10)
        batch = next(b for b in stream if len(b))
    assert batch.values.shape == (len(batch), 2, 2)
    assert batch.values.dtype == (np.float64 if float64 else np.float32)
    np.testing.assert_array_equal(batch.steps % 2, 0)
    np.testing.assert_allclose(
        batch["u"], batch.steps[:, None] + 1000 + [0.07, 0.03], rtol=1e-6
    )
    np.testing.assert_allclose(batch.times_ms, batch.steps * 0.5)
    with pytest.raises(KeyError):
        batch["w"]


def test_state_of_a_whole_population(session):
    with session.record("out", "v_mv") as stream:
        session.start(stop_step=10)
        batch = next(b for b in stream if len(b))
    assert batch.values.shape[1:] == (1, 60)
    np.testing.assert_array_equal(batch.neurons, np.arange(60))


def test_watch_tells_changes(session):
    with session.watch() as changes:
        assert next(changes).step == 0
        session.advance(5)
        assert next(info for info in changes if info.step).step == 5
        session.delete()
        for _ in changes:
            pass
