# SPDX-License-Identifier: Apache-2.0
"""Guards the contract: code for every language has a package to live in."""

import pathlib
import re

import pytest

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
PROTOS = sorted(PROTO.glob("spiked/v1/*.proto"))
OPTIONS = {
    "csharp_namespace": '"Spiked.V1"',
    "go_package": '"spiked/v1;spikedv1"',
    "java_multiple_files": "true",
    "java_package": '"spiked.v1"',
    "objc_class_prefix": '"SPK"',
    "php_namespace": r'"Spiked\\V1"',
    "ruby_package": '"Spiked::V1"',
}
TYPE = re.compile(r"^ *(?:message|enum|service) (\w+) {", re.MULTILINE)


@pytest.mark.parametrize("proto", PROTOS, ids=lambda path: path.stem)
def test_every_file_has_the_options_of_its_package(proto):
    found = dict(
        re.findall(r"^option (\w+) = (.*);$", proto.read_text(), re.MULTILINE)
    )
    outer = "".join(word.capitalize() for word in proto.stem.split("_"))
    assert found == OPTIONS | {"java_outer_classname": f'"{outer}Proto"'}


def test_no_type_has_the_name_of_a_java_class_of_a_file():
    types = {name for path in PROTOS for name in TYPE.findall(path.read_text())}
    assert "Stimulus" in types
    outers = re.findall(
        r'java_outer_classname = "(\w+)"',
        "".join(path.read_text() for path in PROTOS),
    )
    assert len(set(outers)) == len(PROTOS)
    assert not types & set(outers)
