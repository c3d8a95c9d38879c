# SPDX-License-Identifier: Apache-2.0
"""Sessions from creation to deletion."""

import pytest

import spiked
from spiked import v1


def test_new_session_is_paused_at_step_0(client, network):
    session = client.create_session(network, session_id="mine")
    info = session.info
    assert (info.name, info.state) == ("sessions/mine", v1.PAUSED)
    assert (info.step, info.epoch, info.seed, info.dt_ms) == (0, 0, 7, 1)
    assert (info.pacing, info.pace) == (v1.REAL_TIME, 1)
    assert info.precision == v1.FLOAT32
    assert info.memory_bytes > 0
    assert info.create_time.seconds > 0
    assert [p.first_neuron for p in info.populations] == [0, 100]


def test_server_chooses_different_ids(client, network):
    names = {client.create_session(network).name for _ in range(3)}
    assert len(names) == 3


def test_lists_in_pages_by_name(client, network):
    ids = [f"s{i:02}" for i in range(7)]
    for session_id in reversed(ids):
        client.create_session(network, session_id=session_id)
    for page_size in (0, 1, 3, 7, 5000):
        names = [s.name for s in client.list_sessions(page_size=page_size)]
        assert names == [f"sessions/{i}" for i in ids]
    with pytest.raises(spiked.InvalidArgument, match="page_size"):
        list(client.list_sessions(page_size=-1))


def test_session_stops_at_its_stop_step(client, network):
    session = client.create_session(network, pacing="free_run")
    session.start(stop_ms=250)
    info = session.wait()
    assert (info.state, info.step) == (v1.PAUSED, 250)
    with pytest.raises(spiked.SpikedError, match="stop_step"):
        session.start(stop_step=250)
    session.start(stop_step=251)
    assert session.wait().step == 251


def test_pause_and_go_on(client, network):
    session = client.create_session(network, pace=10)
    assert session.start().state == v1.RUNNING
    with session.spikes() as stream:
        next(batch for batch in stream if batch.end_step > batch.first_step)
    paused = session.pause()
    assert paused.state == v1.PAUSED
    assert session.pause().step == paused.step
    # A session that doesn't pace itself can be advanced while it is paused.
    assert session.advance(5).end_step == paused.step + 5


@pytest.mark.parametrize("tick_ms, steps", [(0, 1), (1, 1), (10, 10), (2.6, 3)])
def test_session_computes_the_steps_of_a_tick_together(
    client, network, tick_ms, steps
):
    session = client.create_session(network, tick_ms=tick_ms)
    assert session.info.tick_ms == steps
    with session.spikes(batch_window_ms=1) as stream:
        session.start()
        for batch in stream:
            assert batch.end_step % steps == 0
            if batch.end_step >= 3 * steps:
                break


def test_advancing_a_running_session_is_refused(client, network):
    session = client.create_session(network)
    session.start()
    with pytest.raises(spiked.FailedPrecondition):
        session.advance(1)


def test_starting_a_lockstep_session_is_refused(client, network):
    session = client.create_session(network, pacing="lockstep")
    with pytest.raises(spiked.FailedPrecondition):
        session.start()


def test_expected_step_detects_a_repeated_call(client, network):
    session = client.create_session(network, pacing="lockstep")
    session.advance(10, expected_step=0)
    with pytest.raises(spiked.StepMismatch) as caught:
        session.advance(10, expected_step=0)
    assert caught.value.current_step == 10


def test_watch_tells_every_change(client, network):
    session = client.create_session(network, pacing="free_run")
    with session.watch() as changes:
        assert next(changes).state == v1.PAUSED
        session.start(stop_step=100)
        states = []
        for info in changes:
            states.append(info.state)
            if info.step == 100 and info.state == v1.PAUSED:
                break
        assert session.reset().epoch == 1
        reset = next(info for info in changes if info.epoch == 1)
        assert (reset.step, reset.state) == (0, v1.PAUSED)


def test_metrics_tell_of_real_time(client, network):
    session = client.create_session(network, pace=20)
    session.start(stop_ms=2000)
    session.wait()
    metrics = session.metrics()
    assert (metrics.step, metrics.model_time_s) == (2000, 2)
    assert metrics.spike_count > 0
    assert metrics.spike_rate_hz > 0
    assert 0 < metrics.real_time_factor < 1
    assert 0 <= metrics.lateness_p50_s <= metrics.lateness_p99_s
    assert metrics.pace_ratio == pytest.approx(1, abs=0.2)


def test_server_tells_about_itself_and_its_models(client, server, network):
    info = client.server_info()
    assert info.version == server.version
    assert len(info.boot_id) == 32
    assert info.worker_thread_count >= 1
    before = info.session_count
    client.create_session(network)
    assert client.server_info().session_count == before + 1

    models = {(m.kind, m.name): m for m in client.list_models()}
    izhikevich = models[v1.NEURON, "izhikevich"]
    assert [v.name for v in izhikevich.variables] == ["v_mv", "u"]
    assert izhikevich.receptors[0].name == "current"
    assert [s.name for s in izhikevich.schemes] == [
        "half_steps",
        "euler",
        "forward_euler",
    ]
    classes = {c.name: c for c in izhikevich.cell_classes}
    assert classes["seed_regular_spiking"].parameters["d"] == 2
    for kind, name in (
        (v1.NEURON, "adex"),
        (v1.NEURON, "hh_cond_exp"),
        (v1.NEURON, "hh_psc_alpha"),
        (v1.NEURON, "hindmarsh_rose"),
        (v1.NEURON, "lif_alpha"),
        (v1.NEURON, "lif_cond_alpha"),
        (v1.NEURON, "lif_cond_exp"),
        (v1.NEURON, "lif_delta"),
        (v1.NEURON, "lif_exp"),
        (v1.NEURON, "lif_exp_adaptive"),
        (v1.NEURON, "lif_exp_ei"),
        (v1.NEURON, "poisson_source"),
        (v1.NEURON, "spike_source"),
        (v1.SYNAPSE, "static"),
        (v1.SYNAPSE, "stdp_pair"),
        (v1.SYNAPSE, "stp_markram"),
        (v1.SYNAPSE, "stp_tsodyks"),
        (v1.INPUT, "dc_current"),
        (v1.INPUT, "ornstein_uhlenbeck_current"),
        (v1.INPUT, "random_neuron_current"),
        (v1.INPUT, "sine_current"),
        (v1.INPUT, "uniform_noise_current"),
        (v1.INPUT, "normal_noise_current"),
    ):
        assert models[kind, name].summary
    assert {m.kind for m in client.list_models("input")} == {v1.INPUT}


def test_state_hash_tells_runs_apart(client, network):
    def run(seed):
        session = client.create_session(network, pacing="lockstep", seed=seed)
        hashes = [session.state_hash()]
        for _ in range(2):
            session.advance(50)
            hashes.append(session.state_hash())
        return hashes

    first = run(1)
    assert [state.step for state in first] == [0, 50, 100]
    assert len({state.hash for state in first}) == 3
    assert run(1) == first
    assert all(a != b for a, b in zip(run(2), first, strict=True))


def test_threads_are_reported_and_change_nothing(client, network):
    hashes = set()
    for thread_count in (0, 1):
        session = client.create_session(
            network, pacing="lockstep", thread_count=thread_count
        )
        assert session.info.thread_count == 1
        session.advance(50)
        hashes.add(session.state_hash())
    assert len(hashes) == 1


def test_projections_are_told(client, network):
    session = client.create_session(network)
    projections = session.info.projections
    assert [p.name for p in projections] == ["exc->exc", "exc->inh", "inh->exc"]
    counts = [p.synapse_count for p in projections]
    assert min(counts) > 0
    assert sum(counts) == session.info.synapse_count
    assert all(p.weight_bits in (0, 16, 32) for p in projections)
    assert list(session.refresh().projections) == list(projections)
