#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the tables of README.md anew.

    python3 tests/conformance/report.py [--long] [BUILD]

runs spiked_conformance_tests, with --long also spiked_long_tests (minutes),
from BUILD (default build/release) and puts their tables into the README.
Nothing is written if a test fails.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = Path(__file__).with_name("README.md")


def measured(program: Path) -> str:
    """Runs a test program and returns its tables."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.md"
        subprocess.run(
            [program, "--gtest_brief=1"],
            check=True,
            env={**os.environ, "SPIKED_CONFORMANCE_REPORT": str(report)},
        )
        return report.read_text()


def main() -> None:
    arguments = sys.argv[1:]
    suites = ["conformance"]
    if "--long" in arguments:
        arguments.remove("--long")
        suites.append("long")
    build = Path(arguments[0] if arguments else ROOT / "build" / "release")
    text = README.read_text()
    for suite in suites:
        tables = measured(build / "tests" / suite / f"spiked_{suite}_tests")
        begin, end = f"<!-- {suite} -->\n", f"<!-- end of {suite} -->"
        before, rest = text.split(begin)
        text = before + begin + tables + "\n" + end + rest.split(end)[1]
    README.write_text(text)


if __name__ == "__main__":
    main()
