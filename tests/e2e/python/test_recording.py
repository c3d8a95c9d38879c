# SPDX-License-Identifier: Apache-2.0
"""Streams of spikes and state."""

import threading

import numpy as np
import pytest

import spiked
from spiked import SpikeBatch


def collect(stream, end_step):
    """Returns a spike stream up to a step, as one batch."""
    batches = []
    for batch in stream:
        batches.append(batch)
        if batch.end_step >= end_step:
            break
    return SpikeBatch.concatenate(batches)


def assert_same(one, other):
    np.testing.assert_array_equal(one.steps, other.steps)
    np.testing.assert_array_equal(one.neurons, other.neurons)


@pytest.mark.parametrize("encoding", ["fixed32_bytes", "delta_varint"])
def test_stream_opened_first_equals_what_advance_returns(
    client, network, encoding
):
    session = client.create_session(network, pacing="lockstep")
    with session.spikes(encoding=encoding) as stream:
        returned = session.advance(1000)
        streamed = collect(stream, 1000)
    assert len(returned) > 100
    assert_same(streamed, returned)
    assert (streamed.first_step, streamed.end_step) == (0, 1000)
    assert stream.dropped == 0


def test_all_pacings_give_the_same_spikes(client, network):
    wanted = client.create_session(network, pacing="lockstep").advance(500)
    for pacing, pace in (("free_run", 0), ("real_time", 5)):
        session = client.create_session(network, pacing=pacing, pace=pace)
        with session.spikes(on_loss="raise") as stream:
            session.start(stop_ms=500)
            assert_same(collect(stream, 500), wanted)


def test_filter_by_population(client, network):
    session = client.create_session(network, pacing="lockstep")
    inh = session.populations["inh"]
    with session.spikes(["inh"]) as stream:
        wanted = session.advance(500).of(inh)
        assert_same(collect(stream, 500), wanted)


def test_history_can_be_read_again(client, network):
    session = client.create_session(network, pacing="lockstep")
    wanted = session.advance(500)
    with session.spikes(start_step=200) as stream:
        assert_same(collect(stream, 500), wanted.between_ms(200, 500))


def test_a_late_stream_begins_now(client, network):
    session = client.create_session(network, pacing="lockstep")
    session.advance(300)
    with session.spikes() as stream:
        wanted = session.advance(200)
        streamed = collect(stream, 500)
    assert streamed.first_step == 300
    assert_same(streamed, wanted)


def test_state_is_recorded_from_the_first_step_on(client, network):
    session = client.create_session(network, pacing="lockstep")
    exc = session.populations["exc"]
    every = session.record("exc", ["v_mv", "u"])
    some = session.record("exc", "v_mv", neurons=[9, 3], interval_ms=5)
    with every, some:
        spikes = session.advance(100).of(exc)
        values = read_state(every, 100)
        thinned = read_state(some, 100)
    assert values.shape == (100, 2, 100)
    assert thinned.shape == (20, 1, 2)
    np.testing.assert_array_equal(thinned[:, 0], values[4::5, 0][:, [9, 3]])
    # A neuron that spikes at step k is at its reset potential after it.
    np.testing.assert_array_equal(
        values[spikes.steps, 0, spikes.neurons - exc.first_neuron], -65
    )


def test_state_in_64_bits(client, network):
    network["precision"] = "FLOAT64"
    session = client.create_session(network, pacing="lockstep")
    with (
        session.record("exc", "v_mv", float64=True) as exact,
        session.record("exc", "v_mv") as rounded,
    ):
        session.advance(20)
        values = read_state(exact, 20)
        np.testing.assert_array_equal(
            values.astype(np.float32), read_state(rounded, 20)
        )
    assert values.dtype == np.float64


def read_state(stream, end_step):
    """Returns the values of a stream up to a step; checks the steps."""
    steps, values = [], []
    for batch in stream:
        steps.extend(batch.steps)
        values.append(batch.values)
        if steps and steps[-1] >= end_step:
            break
    assert steps[-1] == end_step
    assert len(set(np.diff(steps))) <= 1
    return np.concatenate(values)


def test_a_quiet_session_still_sends_messages(client, network):
    session = client.create_session(network)
    with session.spikes() as stream:
        first, second = next(stream), next(stream)
    assert (first.end_step, second.end_step) == (0, 0)


def test_deleting_a_session_ends_its_streams(client, network):
    session = client.create_session(network, pacing="lockstep")
    streams = [
        session.spikes(),
        session.spikes(["inh"]),
        session.record("exc", "v_mv"),
    ]
    changes = session.watch()
    session.advance(10)
    session.delete()
    for stream in streams:
        for _ in stream:
            pass
        assert stream.ended
    for _ in changes:
        pass


def test_reset_begins_a_new_epoch_in_the_stream(client, network):
    session = client.create_session(network, pacing="lockstep")
    with session.spikes() as stream:
        first = session.advance(100)
        assert session.reset().epoch == 1
        again = session.advance(100)
        batches = []
        while not batches or (batches[-1].epoch, batches[-1].end_step) != (
            1,
            100,
        ):
            batches.append(next(stream))
    assert_same(first, again)
    for epoch, wanted in ((0, first), (1, again)):
        parts = [batch for batch in batches if batch.epoch == epoch]
        assert_same(SpikeBatch.concatenate(parts), wanted)


def test_a_stream_that_nobody_reads_loses_and_says_so(client, network):
    for population in network["populations"]:
        population["size"] *= 40
    network["projections"] = []
    for entry in network["inputs"]:
        entry["parameters"] = {"mean": {"constant": 40}}
    session = client.create_session(network, pacing="free_run")
    slow = session.spikes(on_loss="ignore")
    session.start(stop_step=30_000)
    assert session.wait().step == 30_000
    produced = session.metrics().spike_count
    received = 0
    for batch in slow:
        received += len(batch)
        if batch.end_step == 30_000:
            break
    assert received + slow.dropped == produced
    slow.close()


def test_cancelled_streams_do_no_harm(client, network):
    session = client.create_session(network, pacing="free_run")
    session.start()
    for _ in range(20):
        with session.spikes(on_loss="ignore") as stream:
            next(stream)
    with session.record("exc", "v_mv", on_loss="ignore") as stream:
        timer = threading.Timer(0.05, stream.close)
        timer.start()
        for _ in stream:
            pass
    session.pause()
    with session.watch() as changes:
        assert next(changes).state == spiked.v1.PAUSED


def test_rates_are_counts_of_the_spikes(client, network):
    session = client.create_session(network, pacing="lockstep")
    populations = session.populations
    with session.rates(bin_ms=10) as stream:
        spikes = session.advance(505)
        batches = []
        for batch in stream:
            batches.append(batch)
            if batch.end_step >= 500:
                break
    assert [g.population for g in stream.groups] == list(populations)
    counts = np.concatenate([batch.counts for batch in batches])
    bins = 500 // batches[0].bin_steps
    assert counts.shape == (bins, len(populations))
    for column, population in enumerate(populations.values()):
        own = spikes.of(population)
        wanted = np.bincount(own.steps // batches[0].bin_steps, minlength=bins)
        np.testing.assert_array_equal(counts[:, column], wanted[:bins])
    rates = np.concatenate([batch.rates_hz for batch in batches])
    seconds = 500 * session.dt_ms / 1000
    sizes = [population.size for population in populations.values()]
    np.testing.assert_allclose(
        rates.mean(axis=0), counts.sum(axis=0) / sizes / seconds
    )
    assert stream.dropped == 0


def test_rates_by_column_and_from_the_history(client):
    session = client.create_session(
        "clients/networks/columnar.yaml", pacing="lockstep"
    )
    spikes = session.advance(200)
    population = session.populations["internal"]
    with session.rates(
        ["internal"], bin_ms=100, by_column=True, start_step=0
    ) as stream:
        batch = next(stream)
    assert (batch.first_step, batch.end_step) == (0, 200)
    assert batch.counts.shape == (2, population.column_count)
    assert batch.groups[3].size == population.column_size
    own = spikes.of(population)
    columns = (own.neurons - population.first_neuron) // population.column_size
    for column in range(population.column_count):
        assert batch.counts[:, column].sum() == np.sum(columns == column)


def test_synapses_are_read_at_one_step(client):
    session = client.create_session(
        "clients/networks/columnar.yaml", pacing="lockstep"
    )
    name = "sensory->sensory"
    before = session.synapses(name, float64=True)
    session.advance(300)
    after = session.synapses(name)
    assert (before.step, after.step) == (0, 300)
    np.testing.assert_array_equal(before.sources, after.sources)
    np.testing.assert_array_equal(before.targets, after.targets)
    np.testing.assert_array_equal(before.delays_ms, after.delays_ms)
    assert after.weights.dtype == np.float32
    assert not np.array_equal(before.weights, after.weights)
    assert before.delays_ms.min() >= 1
    assert before.delays_ms.max() <= 19
    size = session.populations["sensory"].size
    matrix = after.matrix(size, size)
    assert np.count_nonzero(matrix) <= len(after)
    np.testing.assert_allclose(matrix.sum(), after.weights.sum(), rtol=1e-5)
    some = session.synapses(name, sources=[2, 5])
    wanted = np.isin(after.sources, [2, 5])
    np.testing.assert_array_equal(some.weights, after.weights[wanted])
    with pytest.raises(spiked.InvalidArgument, match="did you mean"):
        session.synapses("sensory->sensor")
