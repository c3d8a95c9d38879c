# SPDX-License-Identifier: Apache-2.0
"""The network files of clients/networks are readable and consistent."""

import importlib.util
from pathlib import Path

import pytest

import spiked
from spiked import v1

FOLDER = Path(__file__).resolve().parents[2] / "networks"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_names_refer_to_something(path):
    network = spiked.load_network(path)
    names = [p.name for p in network.populations]
    assert len(set(names)) == len(names)
    for projection in network.projections:
        assert {projection.source, projection.target} <= set(names)
    pairs = [p.name or (p.source, p.target) for p in network.projections]
    assert len(set(pairs)) == len(pairs)
    driven = {i.population for i in network.inputs}
    assert driven in (set(), set(names))


def test_columnar_is_the_seed_network():
    network = spiked.load_network(FOLDER / "columnar.yaml")
    assert (network.dt_ms, network.precision) == (1, v1.FLOAT32)
    sizes = {p.name: p.size for p in network.populations}
    assert sizes == {
        "motor": 200,
        "sensory": 200,
        "afferent": 200,
        "efferent": 200,
        "internal": 1200,
    }
    for population in network.populations:
        assert population.layer == population.name
        assert population.column_count == 20
        assert population.cell_class == "seed_regular_spiking"
    assert expected_synapse_count(network) == pytest.approx(109_320)


def test_columnar_mixed_follows_dales_law():
    network = spiked.load_network(FOLDER / "columnar_mixed.yaml")
    signs: dict[str, set[bool]] = {}
    for projection in network.projections:
        low, high = bounds(projection.weight)
        assert low >= 0 or high <= 0
        signs.setdefault(projection.source, set()).add(high > 0)
        plastic = projection.synapse.model == "stdp_pair"
        assert plastic == (high > 0)
    assert all(len(sign) == 1 for sign in signs.values())
    assert len({p.cell_class for p in network.populations}) >= 6


def test_generated_files_are_as_generated():
    spec = importlib.util.spec_from_file_location(
        "generate", FOLDER / "generate.py"
    )
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    for name, text in generate.FILES.items():
        assert (FOLDER / f"{name}.yaml").read_text() == text()


def test_potjans_diesmann_has_the_published_size():
    network = spiked.load_network(FOLDER / "potjans_diesmann_2014.yaml")
    assert sum(p.size for p in network.populations) == 77_169
    counts = [p.fixed_total_number.count for p in network.projections]
    assert len(counts) == 55
    assert sum(counts) == 298_880_968
    for projection in network.projections:
        weight = projection.weight.normal
        excites = projection.source.endswith("E")
        assert (weight.mean > 0) == excites
        assert weight.HasField("min" if excites else "max")
        assert projection.allow_autapses
        assert projection.allow_multapses


def expected_synapse_count(network):
    """Returns the mean number of synapses over all seeds."""
    populations = {p.name: p for p in network.populations}
    total = 0.0
    for projection in network.projections:
        source = populations[projection.source]
        target = populations[projection.target]
        same = source.size * target.size / source.column_count
        pairs = same
        if projection.columns == v1.OTHER_COLUMNS:
            pairs = source.size * target.size - same
        elif source.name == target.name:
            pairs -= source.size
        total += pairs * projection.pairwise_bernoulli.probability
    return total


def bounds(value):
    """Returns the smallest and the largest number of a value."""
    if value.WhichOneof("kind") == "constant":
        return value.constant, value.constant
    return value.uniform.low, value.uniform.high
