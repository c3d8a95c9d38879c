# SPDX-License-Identifier: Apache-2.0
"""Licences, placeholders, READMEs; and the top level stays small."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOP_LEVEL = {
    ".ci",
    ".clang-format",
    ".clang-tidy",
    ".gitignore",
    "CHANGELOG.md",
    "CMakeLists.txt",
    "CMakePresets.json",
    "LICENSE",
    "Makefile",
    "README.md",
    "clients",
    "core",
    "docker",
    "proto",
    "server",
    "tests",
}
LICENSED = {".cc", ".h", ".proto", ".py", ".ts", ".sh", ".yaml"}


def _tracked():
    listing = subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [pathlib.Path(line) for line in listing.splitlines()]


def test_sources_name_their_licence():
    missing = [
        str(path)
        for path in _tracked()
        if path.suffix in LICENSED
        and (ROOT / path).exists()
        and "SPDX-License-Identifier: Apache-2.0"
        not in (ROOT / path).read_text()[:300]
    ]
    assert not missing


def test_the_top_level_holds_only_what_it_should():
    assert {path.parts[0] for path in _tracked()} <= TOP_LEVEL


def test_documents_have_no_placeholders_left():
    left = {
        str(path): found
        for path in _tracked()
        if path.suffix == ".md"
        and (ROOT / path).exists()
        and (found := re.findall("@[A-Z]+@", (ROOT / path).read_text()))
    }
    assert not left


def test_every_folder_that_people_enter_has_a_readme():
    for folder in (
        ".",
        "core",
        "server",
        "server/rpc",
        "clients/networks",
        "clients/python",
        "clients/examples/node",
        "docker",
        "proto",
        "tests",
        "tests/benchmark",
        "tests/chaos",
        "tests/fuzz",
    ):
        assert (ROOT / folder / "README.md").is_file(), folder


def test_code_in_the_guide_is_code_of_the_core():
    guide = (ROOT / "core" / "README.md").read_text()
    sources = "\n".join(
        path.read_text() for path in (ROOT / "core").rglob("*.cc")
    )
    squeezed = " ".join(sources.split())
    blocks = re.findall(r"```cpp\n(.*?)```", guide, re.DOTALL)
    assert blocks
    for block in blocks:
        assert " ".join(block.split()) in squeezed, block
