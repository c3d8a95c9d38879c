# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest

import spiked
from spiked import v1
from spiked.network_file import parse_network


def problems(text, source="net.yaml"):
    """Returns the lines of the error that a text gives."""
    with pytest.raises(spiked.InvalidNetworkError) as caught:
        parse_network(text, source)
    return str(caught.value).splitlines()


def message(text, source="net.yaml"):
    return parse_network(text, source).message


def test_reads_snake_case_and_camel_case():
    want = v1.Network(dt_ms=0.5, populations=[v1.Population(column_count=3)])
    assert message("dt_ms: 0.5\npopulations: [{column_count: 3}]") == want
    assert message("dtMs: 0.5\npopulations: [{columnCount: 3}]") == want


def test_reads_json_indented_with_tabs():
    text = json.dumps({"populations": [{"name": "\ta/b"}]}, indent="\t")
    assert message(text, "n.json").populations[0].name == "\ta/b"


def test_reads_mappings_with_arrays():
    got = spiked.load_network(
        {
            "dt_ms": np.float32(0.5),
            "projections": [
                {
                    "explicit_pairs": {
                        "source_indices": np.arange(3),
                        "target_indices": (0, 1, 2),
                    }
                }
            ],
        }
    )
    assert got.dt_ms == 0.5
    assert list(got.projections[0].explicit_pairs.source_indices) == [0, 1, 2]


def test_reads_positions_and_connections_by_distance():
    network = message(
        "populations:\n"
        "- name: sheet\n"
        "  positions:\n"
        "    grid: {shape: [4, 3], spacing_mm: [0.1]}\n"
        "    periodic: true\n"
        "projections:\n"
        "- source: sheet\n"
        "  distance_dependent:\n"
        "    probability: 0.5\n"
        "    gaussian: {std_mm: 0.2}\n"
        "    mask: {radius_mm: 0.4}\n"
        "  delay_ms: {by_distance: {offset: 1, linear: {slope_per_mm: 3}}}\n"
    )
    positions = network.populations[0].positions
    assert positions.periodic
    assert list(positions.grid.shape) == [4, 3]
    projection = network.projections[0]
    rule = projection.distance_dependent
    assert rule.gaussian.std_mm == 0.2
    assert rule.mask.radius_mm == 0.4
    assert not rule.box.HasField("radius_mm")
    assert projection.delay_ms.by_distance.linear.slope_per_mm == 3


def test_only_one_kernel_is_allowed():
    assert problems(
        "projections:\n"
        "- distance_dependent:\n"
        "    gaussian: {std_mm: 0.2}\n"
        "    box: {}\n"
    ) == [
        "net.yaml:4: network.projections[0].distance_dependent.box: gaussian "
        "is given, too in line 3: must be only one of box, gaussian, "
        "exponential"
    ]


def test_refuses_other_objects_in_mappings():
    with pytest.raises(TypeError, match="object"):
        spiked.load_network({"dt_ms": object()})


def test_message_is_taken_as_it_is():
    network = v1.Network(dt_ms=1)
    assert spiked.load_network(network) is network


def test_numbers_in_all_forms():
    got = message('dt_ms: 1e-3\nseed: "9007199254740993"')
    assert got.dt_ms == 0.001
    assert got.seed == 9007199254740993
    assert message('dt_ms: "0.5"\nseed: 2.0\n').seed == 2
    assert message("seed: 010").seed == 10


def test_text_that_yaml_1_1_takes_for_something_else():
    assert message("populations: [{name: on, layer: no}]").populations[
        0
    ] == v1.Population(name="on", layer="no")


def test_anchors_aliases_and_merge_keys():
    got = message(
        "populations:\n"
        "- &base {name: a, size: 1, layer: x}\n"
        "- {<<: *base, name: b}\n"
        "- {name: c, <<: [{size: 2}, *base]}\n"
    )
    assert [(p.name, p.size, p.layer) for p in got.populations] == [
        ("a", 1, "x"),
        ("b", 1, "x"),
        ("c", 2, "x"),
    ]


def test_null_means_not_given():
    assert message("projections:\nseed: null") == v1.Network()


def test_optional_zero_is_given():
    got = message("populations: [{parameters: {a: {normal: {min: 0}}}}]")
    normal = got.populations[0].parameters["a"].normal
    assert normal.HasField("min")
    assert not normal.HasField("max")


def test_all_problems_are_told_at_once_with_their_lines():
    text = """\
dt_ms: soon
precision: FLOAT16
populations:
- name: 5
  size: 1.5
  colour: red
  parameters:
    a: 0.02
projections:
- source: a
  wieght: {constant: 1}
  delay_ms: {constant: .nan}
  one_to_one:
- pairwise_bernoulli: {probability: 1}
  all_to_all: {}
  allow_autapses: yes
inputs: {}
"""
    assert problems(text) == [
        'net.yaml:1: network.dt_ms: "soon": must be a number',
        'net.yaml:2: network.precision: "FLOAT16": must be one of FLOAT32, '
        'FLOAT64; did you mean "FLOAT64"?',
        'net.yaml:4: network.populations[0].name: 5: must be text; write "5"',
        "net.yaml:5: network.populations[0].size: 1.5: must be an integer",
        "net.yaml:6: network.populations[0].colour: no such field in "
        "Population",
        'net.yaml:8: network.populations[0].parameters["a"]: 0.02: must be a '
        "mapping with one of constant, list, uniform, discrete_uniform, "
        "normal, mixture, lognormal, by_distance; a number is written "
        "{constant: 1.5}",
        "net.yaml:11: network.projections[0].wieght: no such field in "
        'Projection; did you mean "weight"?',
        "net.yaml:12: network.projections[0].delay_ms.constant: .nan: must be "
        "a finite number",
        "net.yaml:13: network.projections[0].one_to_one: null: must be an "
        "empty mapping, {}",
        "net.yaml:15: network.projections[1].all_to_all: pairwise_bernoulli "
        "is given, too in line 14: must be only one of all_to_all, "
        "one_to_one, pairwise_bernoulli, explicit_pairs, fixed_indegree, "
        "fixed_outdegree, fixed_total_number, distance_dependent",
        'net.yaml:16: network.projections[1].allow_autapses: "yes": must be '
        "true or false",
        "net.yaml:17: network.inputs: {}: must be a list",
    ]


@pytest.mark.parametrize(
    "text, problem",
    [
        ("seed: 9223372036854775808", "9223372036854775808: must be in ["),
        ("seed: true", "true: must be an integer"),
        ("seed: [1]", "a list of 1: must be a single value"),
        ("dt_ms: true", "true: must be a number"),
        ("dt_ms: 1e999", "1e999: must be a finite number"),
        ("dt_ms: -.inf", "-.inf: must be a finite number"),
        ('dt_ms: "NaN"', '"NaN": must be a finite number'),
        ("precision: 7", "7: must be one of FLOAT32, FLOAT64"),
        ("populations: [{size: 2147483648}]", "(32 bits)"),
        ("populations: [x]", '"x": must be a mapping with some of name'),
        ("populations: [{parameters: [1]}]", "a mapping of names to values"),
        ("description: {a: 1}", "{a}: must be a single value"),
        ("[]", "network: a list of 0: must be a mapping with some of"),
        (
            "projections: [{pairwise_bernoulli: 0.5}]",
            "0.5: must be a mapping, {probability: ...}",
        ),
    ],
)
def test_wrong_values(text, problem):
    (line,) = problems(text)
    assert line.startswith("net.yaml:1: network")
    assert problem in line


def test_duplicates_in_any_spelling():
    assert problems("seed: 1\nseed: 2") == [
        "net.yaml:2: network.seed: is given twice, first in line 1"
    ]
    assert problems("dt_ms: 1\ndtMs: 2") == [
        "net.yaml:2: network.dt_ms: is given twice, first in line 1"
    ]
    (line,) = problems(
        "populations:\n- parameters:\n    a: {constant: 1}\n"
        "    a: {constant: 2}\n"
    )
    assert 'parameters["a"]: is given twice' in line


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "net.yaml:1: the file is empty"),
        ("a: [1,\nb", "while parsing a flow sequence from line 1"),
        ("seed: *no", "net.yaml:1: found undefined alias"),
        ("seed: 1\n---\nseed: 2", "net.yaml:2: "),
        ("populations: &p [*p]", "contains its own alias"),
        ("? [a]\n: 1", "net.yaml:1: a key must be text"),
        ("<<: 5", "`<<` takes mappings only"),
        ("seed: !odd 5", "unknown tag !odd"),
        ("seed: !!int x", '"x" is no int'),
    ],
)
def test_malformed_yaml(text, problem):
    (line,) = problems(text)
    assert problem in line


def test_problems_of_a_mapping_have_no_lines():
    with pytest.raises(spiked.InvalidNetworkError) as caught:
        spiked.load_network({"populations": [{"size": "many"}]})
    assert str(caught.value) == (
        'network.populations[0].size: "many": must be an integer'
    )
    assert caught.value.violations == [
        ("network.populations[0].size", '"many": must be an integer')
    ]


def test_lines_of_paths():
    document = parse_network(
        "dt_ms: 1\n"
        "populations:\n"
        "- &p\n"
        "  name: a\n"
        "  parameters: {b: {constant: 1}}\n"
        "- <<: *p\n"
        "  columnCount: 2\n"
        '  parameters:\n    "b": {constant: 2}\n',
        "net.yaml",
    )
    for path, line in {
        "network": 1,
        "network.dt_ms": 1,
        "network.populations": 2,
        "network.populations[0].name": 4,
        "network.populations[1]": 6,
        "network.populations[1].name": 4,
        "network.populations[1].column_count": 7,
        "network.populations[1].size": 6,
        'network.populations[1].parameters["b"].constant': 9,
        "network.populations[7].name": 2,
        "network.seed": 1,
    }.items():
        error = document.locate(
            spiked.InvalidArgument("no", violations=[(path, "no")])
        )
        assert str(error) == f"net.yaml:{line}: {path}: no", path
