# SPDX-License-Identifier: Apache-2.0
"""The version is in one place, and what must repeat it says the same."""

import importlib.metadata
import json
import pathlib
import re
import subprocess

import spiked

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = ROOT / "clients" / "examples" / "node"

(VERSION,) = re.findall(
    r"^project\(spiked VERSION (\S+)",
    (ROOT / "CMakeLists.txt").read_text(),
    re.MULTILINE,
)


def test_make_reads_it():
    shown = subprocess.run(
        ["make", "--no-print-directory", "-f", "-", "version"],
        cwd=ROOT,
        input="include Makefile\nversion:\n\t@echo $(VERSION)\n",
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout == f"{VERSION}\n"


def test_the_installed_python_package_has_it():
    assert importlib.metadata.version("spiked") == VERSION
    assert spiked.__version__ == VERSION


def test_the_example_repeats_it():
    package = json.loads((NODE / "package.json").read_text())
    lock = json.loads((NODE / "package-lock.json").read_text())
    assert package["version"] == VERSION
    assert lock["version"] == VERSION
    assert lock["packages"][""]["version"] == VERSION
