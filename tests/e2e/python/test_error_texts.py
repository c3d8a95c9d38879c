# SPDX-License-Identifier: Apache-2.0
"""Errors name the place of a mistake, and the allowed values."""

import math

import pytest

import spiked
from spiked import v1

FILE = """\
dt_ms: 0.5
populations:
- name: relay
  size: 10
  model: izhikevich
  parameters:
    a: {constant: 0.02}
- name: target
  size: 10
  model: izhikevich
projections:
- source: relay
  target: target
  pairwise_bernoulli:
    probability: 0.5
  weight: {constant: 1}
  delay_ms: {constant: 1}
inputs:
- population: relay
  model: normal_noise_current
  parameters:
    std: {constant: 5}
"""


def errors_of(client, tmp_path, *changes):
    """Returns the lines of the error that a changed file gives."""
    text = FILE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "net.yaml"
    path.write_text(text)
    with pytest.raises(spiked.InvalidNetworkError) as caught:
        client.create_session(path)
    assert list(client.list_sessions()) == []
    return [line.strip() for line in str(caught.value).splitlines()]


def test_the_file_itself_is_right(client, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(FILE)
    assert client.create_session(path).info.neuron_count == 20


@pytest.mark.parametrize(
    "old, new, place, words",
    [
        (
            "    std:",
            "    sdt:",
            'net.yaml:22: network.inputs[0].parameters["sdt"]: ',
            ["sdt", "did you mean", "std"],
        ),
        (
            "delay_ms: {constant: 1}",
            "delay_ms: {constant: 0.1}",
            "net.yaml:17: network.projections[0].delay_ms",
            ["0.1", "0.5"],
        ),
        (
            "probability: 0.5",
            "probability: 1.5",
            "net.yaml:15: network.projections[0]"
            ".pairwise_bernoulli.probability: ",
            ["1.5", "[0, 1]"],
        ),
        (
            "source: relay",
            "source: relya",
            "net.yaml:12: network.projections[0].source: ",
            ["relya", "did you mean", "relay"],
        ),
        (
            "model: izhikevich",
            "model: izikevich",
            "net.yaml:5: network.populations[0].model: ",
            ["izikevich", "did you mean", "izhikevich"],
        ),
        (
            "name: target",
            "name: relay",
            "net.yaml:8: network.populations[1].name: ",
            ["relay"],
        ),
        (
            "size: 10",
            "size: 0",
            "net.yaml:4: network.populations[0].size: ",
            ["0"],
        ),
        ("dt_ms: 0.5", "dt_ms: 1000", "net.yaml:1: network.dt_ms: ", ["1000"]),
        (
            "  weight: {constant: 1}\n",
            "",
            "net.yaml:12: network.projections[0].weight: ",
            ["required"],
        ),
    ],
)
def test_a_mistake_has_its_line(client, tmp_path, old, new, place, words):
    lines = errors_of(client, tmp_path, (old, new))
    line = next(line for line in lines if line.startswith(place))
    for word in words:
        assert word in line.removeprefix(place)


@pytest.mark.parametrize(
    "old, new, told",
    [
        (
            "pairwise_bernoulli:\n    probability: 0.5",
            "fixed_indegree:\n    degree: 0",
            "net.yaml:15: network.projections[0].fixed_indegree.degree: "
            "0 is not in [1, 2^31)",
        ),
        (
            "pairwise_bernoulli:\n    probability: 0.5",
            "fixed_outdegree:\n    degree: 11",
            "net.yaml:15: network.projections[0].fixed_outdegree.degree: "
            "11 is more than the 10 target neurons that each source neuron may "
            "be connected with; draw fewer, or set allow_multapses",
        ),
        (
            "pairwise_bernoulli:\n    probability: 0.5",
            "fixed_total_number:\n    count: 101",
            "net.yaml:15: network.projections[0].fixed_total_number.count: "
            "101 is more than the 100 pairs that may be connected; draw fewer, "
            "or set allow_multapses",
        ),
        (
            "  target: target",
            "  target: target\n  allow_multapses: true",
            "net.yaml:14: network.projections[0].allow_multapses: "
            "true is allowed for fixed_indegree, fixed_outdegree and "
            "fixed_total_number; the rule given here makes at most one synapse "
            "per pair",
        ),
        (
            "  weight: {constant: 1}",
            "  weight: {lognormal: {log_mean: 0, log_std: 1, min: 2, max: 1}}",
            "net.yaml:16: network.projections[0].weight.lognormal.max: "
            "1 is less than min (2)",
        ),
        (
            "  weight: {constant: 1}",
            "  weight: {constant: 1e39}",
            "net.yaml:16: network.projections[0].weight: "
            "1e+39 is beyond 3.40282e+38, the largest number of FLOAT32",
        ),
        (
            "  weight: {constant: 1}",
            "  weight: {constant: 1}\n  synapse: {model: stdp_pair}\n"
            "  weight_precision: BITS_16",
            "net.yaml:18: network.projections[0].weight_precision: "
            "BITS_16 is allowed for the synapse model static only; weights of "
            "stdp_pair change in steps too small for it",
        ),
        (
            "  pairwise_bernoulli:\n    probability: 0.5",
            "  distance_dependent:\n    probability: 0.5\n    box: {}",
            "net.yaml:14: network.projections[0].distance_dependent: needs "
            'positions, which population "relay" doesn\'t have',
        ),
        (
            "- name: target\n  size: 10",
            "- name: target\n  size: 10\n  positions:\n    grid:\n"
            "      shape: [3, 4]\n      spacing_mm: [0.1]",
            "net.yaml:12: network.populations[1].positions.grid.shape: the "
            "grid has 12 points; it must have 10, one per neuron",
        ),
        (
            "  model: normal_noise_current",
            "  model: normal_noise_current\n  receptor: curent",
            "net.yaml:21: network.inputs[0].receptor: "
            'unknown receptor of izhikevich "curent"; did you mean current? '
            "known: current",
        ),
    ],
)
def test_a_mistake_is_told_in_these_words(client, tmp_path, old, new, told):
    assert errors_of(client, tmp_path, (old, new)) == [told]


def test_too_many_threads_are_refused(client, network):
    limit = client.server_info().max_session_thread_count
    with pytest.raises(spiked.InvalidArgument) as caught:
        client.create_session(network, thread_count=limit + 1)
    assert caught.value.violations == [
        (
            "thread_count",
            f"{limit + 1} is not in [0, {limit}]; 0: the server chooses",
        )
    ]


def test_all_mistakes_are_told_at_once(client, tmp_path):
    lines = errors_of(
        client,
        tmp_path,
        ("probability: 0.5", "probability: 2"),
        ("size: 10", "size: -1"),
        ("    std:", "    sdt:"),
    )
    assert [line.split(":")[1] for line in lines] == ["4", "15", "22"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(client, network, number):
    message = spiked.load_network(network)
    message.populations[0].parameters["a"].constant = number
    with pytest.raises(spiked.InvalidNetworkError) as caught:
        client.create_session(message)
    ((field, text),) = caught.value.violations
    assert field.startswith('network.populations[0].parameters["a"]')
    assert "finite" in text
    message = spiked.load_network(network)
    message.dt_ms = number
    with pytest.raises(spiked.InvalidNetworkError, match="network.dt_ms"):
        client.create_session(message)


def test_bad_ids_and_paces(client, network):
    for session_id in ("Upper", "9", "a-", "a" * 64, "a/b", "ä"):
        with pytest.raises(spiked.InvalidArgument, match="session_id"):
            client.create_session(network, session_id=session_id)
    for pace in (-1, 1001, math.nan):
        with pytest.raises(spiked.InvalidArgument, match="pace"):
            client.create_session(network, pace=pace)


def test_taken_id_and_unknown_name(client, network):
    client.create_session(network, session_id="taken")
    with pytest.raises(spiked.AlreadyExists, match="taken"):
        client.create_session(network, session_id="taken")
    with pytest.raises(spiked.NotFound, match="nobody"):
        client.session("nobody")


def test_too_big_a_network_is_refused_before_it_is_built(client, network):
    network["populations"][0]["size"] = 2_000_000_000
    network["populations"][0]["column_count"] = 0
    with pytest.raises((spiked.ResourceExhausted, spiked.InvalidNetworkError)):
        client.create_session(network)


def test_stimuli(client, network):
    session = client.create_session(network)
    for arguments, field in (
        (
            {"population": "exc", "neurons": [100], "weight": 1},
            "neuron_indices",
        ),
        ({"population": "exc", "columns": [4], "weight": 1}, "columns"),
        ({"population": "ecx", "weight": 1}, "population"),
        (
            {"population": "exc", "receptor": "crrent", "weight": 1},
            "receptor",
        ),
        (
            {"population": "exc", "current": math.nan, "duration_ms": 1},
            "amplitudes",
        ),
        ({"population": "exc", "weight": 1, "start_step": -1}, "start"),
    ):
        with pytest.raises(spiked.InvalidArgument) as caught:
            session.inject(**arguments)
        assert any(
            path.startswith("stimuli[0]") and field in path
            for path, _ in caught.value.violations
        ), caught.value
    assert session.metrics().stimulus_count == 0


def test_streams(client, network):
    session = client.create_session(network)
    with pytest.raises(spiked.InvalidArgument, match="ecx"):
        next(session.spikes(["ecx"]))
    with pytest.raises(spiked.InvalidArgument, match="did you mean"):
        next(session.record("exc", "v_mw"))
    with pytest.raises(spiked.InvalidArgument):
        next(session.record("exc", "v_mv", neurons=[100]))
    with pytest.raises(spiked.InvalidArgument):
        next(session.spikes(batch_window_ms=5000))
    session.delete()
    for open_stream in (
        session.spikes,
        session.watch,
        lambda: session.record("exc", "v_mv"),
    ):
        with pytest.raises(spiked.NotFound):
            next(open_stream())


def test_reasons_are_machine_readable(client, network):
    network["dt_ms"] = -1
    with pytest.raises(spiked.InvalidNetworkError) as caught:
        client.create_session(network)
    assert caught.value.reason == "INVALID_NETWORK"
    assert caught.value.code.name == "INVALID_ARGUMENT"
    with pytest.raises(spiked.NotFound) as missing:
        client.session("nobody")
    assert missing.value.reason
    assert missing.value.reason == missing.value.reason.upper()


def test_unknown_fields_of_a_newer_client_do_no_harm(client, network):
    message = spiked.load_network(network)
    newer = v1.Network()
    newer.ParseFromString(message.SerializeToString() + b"\xa2\x7d\x01x")
    assert client.create_session(newer).info.neuron_count == 125
