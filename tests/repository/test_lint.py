# SPDX-License-Identifier: Apache-2.0
"""`make lint` covers all scripts, with pinned versions of linters."""

import json
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINT = ROOT / ".ci" / "lint"
NODE = ROOT / "clients" / "examples" / "node"
WHEEL = ROOT / "clients" / "python" / "wheel"


def _lines(*command):
    done = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(done.stdout.splitlines())


def _requirements(folder=LINT):
    lines = (folder / "requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(
    ("language", "suffix", "first_line", "known"),
    [
        ("python", ".py", rb"#!.*\bpython3?\s", ".ci/summary"),
        ("shell", ".sh", rb"#!.*\b(ba)?sh\s", ".ci/run"),
    ],
)
def test_every_script_is_linted(language, suffix, first_line, known):
    wanted = {
        name
        for name in _lines("git", "ls-files")
        if (ROOT / name).is_file()
        and (content := (ROOT / name).read_bytes())
        and (name.endswith(suffix) or re.match(first_line, content))
    }
    listed = _lines(".ci/sources", language)
    assert known in listed
    assert wanted <= listed


@pytest.mark.parametrize("folder", [LINT, WHEEL], ids=["lint", "wheel"])
def test_tools_in_python_are_pinned(folder):
    assert _requirements(folder)
    for line in _requirements(folder):
        assert re.fullmatch(r"[\w-]+==[\w.]+", line)


def test_linters_of_typescript_are_pinned():
    package = json.loads((LINT / "package.json").read_text())
    for name, version in package["devDependencies"].items():
        assert re.fullmatch(r"[\d.]+", version), name


@pytest.mark.parametrize("folder", [LINT, NODE], ids=["lint", "example"])
def test_a_lock_file_names_no_registry(folder):
    assert '"resolved"' not in (folder / "package-lock.json").read_text()


def test_what_is_checked_is_what_is_built():
    project = (ROOT / "clients" / "python" / "pyproject.toml").read_text()
    (generator,) = re.findall(
        r'"(grpcio-tools==[\d.]+); python_version < ', project
    )
    assert generator in _requirements()
    compilers = {
        json.loads((folder / "package-lock.json").read_text())["packages"][
            "node_modules/typescript"
        ]["version"]
        for folder in (LINT, NODE)
    }
    assert len(compilers) == 1
