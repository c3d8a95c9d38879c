# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest

import spiked
from spiked import v1
from spiked.network_file import parse_network

# None of these is a number, true, false or null in YAML 1.2.
TEXTS = """
on off yes no y n On NO tRue nULL 1_000 1:30 1:30.5 2026-11-30 = . + 1e
0b11 0o8 0O10 0xg 0X1F -0x1F
"""


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


def test_reads_json_as_python_writes_it():
    text = 'caf\xe9 \U0001f9e0\U0010ffff \\ud83d \\U0001f9e0 "\n'
    for ascii_only in (True, False):
        written = json.dumps({"description": text}, ensure_ascii=ascii_only)
        assert message(written, "n.json").description == text
    (line,) = problems('{"description": "\\ud83d"}', "n.json")
    assert line.startswith("n.json:1: ")


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


STRICT = """\
populations:
- parameters:
    a: {constant: 0.02}
    b: {list: {values: [1, 2.5]}}
    c: {normal: {mean: 1}}
  initial_values:
    v: {constant: -65}
projections:
- weight: {constant: 0}
  delay_ms: {list: {values: [1]}}
inputs:
- parameters: {rate_hz: {list: {values: []}}}
"""


def test_a_number_is_constant_and_a_list_is_one_for_each():
    short = """\
populations:
- parameters:
    a: 0.02
    b: [1, 2.5]
    c: {normal: {mean: 1}}
  initial_values:
    v: -65
projections:
- weight: 0
  delay_ms:
  - 1
inputs:
- parameters: {rate_hz: []}
"""
    assert message(short) == message(STRICT)
    mapping = {
        "populations": [
            {
                "parameters": {
                    "a": np.float32(0.5),
                    "b": np.array([1, 2]),
                    "c": (1, 2.5),
                }
            }
        ],
        "projections": [{"weight": np.int64(3)}],
    }
    strict = """\
populations:
- parameters:
    a: {constant: 0.5}
    b: {list: {values: [1, 2]}}
    c: {list: {values: [1, 2.5]}}
projections:
- weight: {constant: 3}
"""
    assert spiked.load_network(mapping) == message(strict)


@pytest.mark.parametrize(
    "value, problem",
    [
        ('"0.5"', 'weight: "0.5": must be a number, a list of numbers, or'),
        ("true", "weight: true: must be a number, a list"),
        (".nan", "weight: .nan: must be a finite number"),
        ("[1, x]", 'weight[1]: "x": must be a number'),
        ("[[1]]", "weight[0]: a list of 1: must be a single value"),
    ],
)
def test_what_is_no_value_is_named(value, problem):
    (found,) = problems(f"projections:\n- weight: {value}")
    assert found.startswith(f"net.yaml:2: network.projections[0].{problem}")


def pairs(sources, weights):
    """A network with listed synapses."""
    return {
        "dt_ms": 0.1,
        "populations": [{"name": "a", "size": 9, "model": "izhikevich"}],
        "projections": [
            {
                "source": "a",
                "target": "a",
                "explicit_pairs": {
                    "source_indices": sources,
                    "target_indices": [0] * len(sources),
                },
                "weight": {"list": {"values": weights}},
            }
        ],
    }


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_lists_of_numbers_are_taken_as_a_whole(kind):
    message = spiked.load_network(
        pairs(kind([3, -1, 2**31 - 1]), kind([1, 2.5, -3e300]))
    )
    projection = message.projections[0]
    assert list(projection.explicit_pairs.source_indices) == [3, -1, 2**31 - 1]
    assert list(projection.weight.list.values) == [1, 2.5, -3e300]


@pytest.mark.parametrize(
    "sources, weights, problem",
    [
        ([0, 2**31], [1, 1], r"source_indices\[1\]: 2147483648: must be in"),
        ([0, 0.5], [1, 1], r"source_indices\[1\]: 0.5: must be an integer"),
        ([0, True], [1, 1], r"source_indices\[1\]: True: must be an integer"),
        ([0, "x"], [1, 1], r'source_indices\[1\]: "x": must be an integer'),
        ([0, 1], [1, np.nan], r"values\[1\]: nan: must be a finite number"),
        ([0, 1], [np.inf, 1], r"values\[0\]: inf: must be a finite number"),
        ([0, 1], [1, 10**400], r"values\[1\]: 10+\S*: must be a number"),
    ],
)
def test_a_number_that_is_wrong_is_named(sources, weights, problem):
    with pytest.raises(spiked.InvalidNetworkError, match=problem):
        spiked.load_network(pairs(sources, weights))


def test_whole_numbers_may_be_written_as_floats():
    message = spiked.load_network(pairs(np.array([1.0, 2.0]), [1, 1]))
    indices = message.projections[0].explicit_pairs.source_indices
    assert list(indices) == [1, 2]


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


@pytest.mark.parametrize(
    "text, number",
    [
        ("1e3", 1000),
        ("1E+3", 1000),
        ("+.5e-1", 0.05),
        ("5.", 5),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-0", 0),
        ("!!float 1", 1),
    ],
)
def test_numbers_of_yaml_1_2(text, number):
    assert message(f"dt_ms: {text}").dt_ms == number


@pytest.mark.parametrize(
    "text, number",
    [("010", 10), ("0o10", 8), ("0x10", 16), ("1e3", 1000), ("-5", -5)],
)
def test_integers_of_yaml_1_2(text, number):
    assert message(f"seed: {text}").seed == number


@pytest.mark.parametrize("text", TEXTS.split())
def test_text_of_yaml_1_2(text):
    (population,) = message(
        f"populations: [{{name: {text}, layer: {text}}}]"
    ).populations
    assert population == v1.Population(name=text, layer=text)
    assert "must be a number" in problems(f"dt_ms: {text}")[0]
    assert "must be an integer" in problems(f"seed: {text}")[0]
    assert (
        "must be true or false"
        in problems(f"projections: [{{allow_autapses: {text}}}]")[0]
    )


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "!!bool true"])
def test_truths_of_yaml_1_2(text):
    got = message(f"projections: [{{allow_autapses: {text}}}]")
    assert got.projections[0].allow_autapses


@pytest.mark.parametrize("text", ["~", "null", "Null", "NULL", "", "!!null"])
def test_nulls_of_yaml_1_2(text):
    assert message(f"dt_ms: {text}") == v1.Network()


def test_quotes_and_tags_make_text():
    for text in ("'5'", '"5"', "!!str 5", "! 5", ">-\n  5"):
        assert message(f"description: {text}").description == "5"


@pytest.mark.parametrize("text", ["1_000", " 5", "5 ", "\u0665", "0o10", "--5"])
def test_texts_that_only_python_takes_for_numbers(text):
    assert "must be an integer" in problems(f'seed: "{text}"')[0]
    assert "must be a number" in problems(f'dt_ms: "{text}"')[0]


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


def test_an_anchor_can_be_named_again():
    got = message(
        "populations:\n"
        "- &p {name: &n a}\n"
        "- *p\n"
        "- &p {name: b, layer: *n}\n"
        "- *p\n"
    )
    assert [p.name for p in got.populations] == ["a", "a", "b", "b"]
    assert got.populations[3].layer == "a"


def test_a_key_can_be_an_alias():
    got = message("&d dt_ms: 1\ndescription: *d")
    assert got == v1.Network(dt_ms=1, description="dt_ms")
    assert message("description: &d dt_ms\n*d : 2").dt_ms == 2


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
    a: soon
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
        'net.yaml:8: network.populations[0].parameters["a"]: "soon": must be a '
        "number, a list of numbers, or a mapping with one of constant, list, "
        "uniform, discrete_uniform, normal, mixture, lognormal, by_distance",
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
        ("seed: !!int 1_000", '"1_000" is no int'),
        ("seed: 1\ndt_ms: &a {b: *a}", "net.yaml:2: an anchor contains"),
        ("&a {<<: *a}", "net.yaml:1: an anchor contains its own alias"),
        ("seed: 1\n\n? {a: 1}\n: 1", "net.yaml:3: a key must be text"),
        ("seed: 1\na: " + "[" * 100 + "]" * 100, "net.yaml:2: nested more"),
        ("seed: 1\n\nname: \x07", "net.yaml:3: unacceptable character '\\x07'"),
        ("# 1\n{seed: 1, seed 2}}", "net.yaml:2: "),
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
