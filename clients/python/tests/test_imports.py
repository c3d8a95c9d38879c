# SPDX-License-Identifier: Apache-2.0
"""Checks the imports between parts of the package; no circles."""

import ast
import graphlib
from pathlib import Path

import pytest

import spiked

SOURCES = Path(__file__).resolve().parents[1] / "src" / "spiked"

# Modules and subpackages -> other parts that they may import.
ALLOWED = {
    "v1": [],
    "errors": ["v1"],
    "populations": ["v1"],
    "measures": ["v1"],
    "_selection": [],
    "_batch": [],
    "stimuli": ["_selection", "v1"],
    "_daemon": [],
    "__main__": ["_daemon"],
    "local_server": ["_daemon"],
    "_encoding": ["errors", "v1"],
    "spikes": ["_batch", "_encoding", "_rpc", "populations", "v1"],
    "_rpc": ["errors", "v1"],
    "network_file": ["errors", "v1"],
    "changes": ["_selection", "network_file", "v1"],
    "streams": [
        "_batch",
        "_rpc",
        "_selection",
        "errors",
        "populations",
        "spikes",
        "stimuli",
        "v1",
    ],
    "session": [
        "_rpc",
        "_selection",
        "changes",
        "errors",
        "measures",
        "network_file",
        "populations",
        "spikes",
        "stimuli",
        "streams",
        "v1",
    ],
    "models": ["v1"],
    "client": ["_rpc", "errors", "models", "network_file", "session", "v1"],
    "analysis": ["populations", "spikes"],
    "plot": ["analysis", "populations", "spikes"],
}


def modules():
    """Returns the paths of all modules but generated ones, by name."""
    found = {}
    for path in sorted(SOURCES.rglob("*.py")):
        if "_pb2" not in path.name:
            parts = path.relative_to(SOURCES).with_suffix("").parts
            found[".".join(parts).removesuffix("__init__").strip(".")] = path
    return found


MODULES = modules()
# Names of modules, to distinguish them from names inside modules.
KNOWN = {f"spiked.{name}" for name in MODULES}


def imports(text):
    """Returns the imports of the package in a text, without "spiked."."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports of the package are absolute"
            names |= {
                whole
                if (whole := f"{node.module}.{alias.name}") in KNOWN
                else node.module
                for alias in node.names
            }
    return {
        name.partition(".")[2]
        for name in names
        if name.partition(".")[0] == "spiked"
    }


def part_of(name):
    return name.partition(".")[0]


def violations(part, text):
    """Returns the imports of a text that its part may not have."""
    allowed = {part, *ALLOWED[part]}
    return sorted(n for n in imports(text) if part_of(n) not in allowed)


@pytest.mark.parametrize("part", ALLOWED)
def test_a_part_imports_only_what_it_may(part):
    files = [path for name, path in MODULES.items() if part_of(name) == part]
    assert files, f"{part} is gone: has it moved?"
    found = {
        str(path.relative_to(SOURCES)): bad
        for path in files
        if (bad := violations(part, path.read_text()))
    }
    assert not found


def test_every_part_has_its_line():
    assert {part_of(name) for name in MODULES if name} == set(ALLOWED)


def test_parts_have_no_circles():
    graphlib.TopologicalSorter(ALLOWED).prepare()


def test_modules_have_no_circles():
    graphlib.TopologicalSorter(
        {
            name: imports(path.read_text()) - {name}
            for name, path in MODULES.items()
        }
    ).prepare()


@pytest.mark.parametrize("part", ["_rpc", "session", "streams"])
def test_a_subpackage_says_what_it_may_import(part):
    text = ast.get_docstring(ast.parse(MODULES[part].read_text()))
    assert "ay import" in " ".join(text.split())


def test_the_guard_sees_a_violation():
    assert violations("_rpc", "from spiked.streams import X\n") == ["streams"]
    assert violations("_rpc", "from spiked import spikes\n") == ["spikes"]
    assert violations("streams", "import spiked.session.base\n") == [
        "session.base"
    ]
    assert violations("session", "from spiked import Client\n") == [""]
    assert violations("streams", "def f():\n    from spiked import client\n")
    assert not violations("streams", "from spiked._rpc.calls import invoke\n")
    assert not violations("_rpc", "import time\nfrom spiked import errors\n")


def test_all_public_names_are_there():
    for name in spiked.__all__:
        assert hasattr(spiked, name), name
    assert spiked.session.Session is spiked.Session
