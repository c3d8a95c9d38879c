# SPDX-License-Identifier: Apache-2.0
"""What pages tell readers to type works.

Blocks run in a copy of the repository: Python with a daemon at the address that
the page names, the blocks of a page one after the other; commands with `spiked`
in PATH. A block that can't run has a mark before it, with the reason:

    <!-- not run: needs Docker; `make docker-test` does -->
"""

import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import yaml

from blocks import blocks_of, indented_commands
from spiked import LocalServer

ROOT = pathlib.Path(__file__).resolve().parents[3]
RUN_PYTHON = pathlib.Path(__file__).with_name("run_python.py")
# The address of pages, for which that of a daemon of the test stands in.
ADDRESS = "localhost:50051"
TIMEOUT_S = 60


def _tracked(*patterns):
    done = subprocess.run(
        ["git", "ls-files", "-z", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = done.stdout.split("\0")[:-1]
    return [name for name in names if (ROOT / name).is_file()]


PAGES = {name: (ROOT / name).read_text() for name in _tracked("*.md")}
BLOCKS = [
    block for name, text in PAGES.items() for block in blocks_of(name, text)
]


def _to_run(language):
    return [
        block
        for block in BLOCKS
        if block.language == language and not block.reason
    ]


def test_blocks_are_found_with_their_marks():
    page = (
        "<!-- not run: takes hours -->\n```sh\nmake soak\n```\n"
        "1. A list\n   ```python\n   if a:\n       b()\n   ```\n"
        "\n<!-- not run: old -->\nText.\n```\nplain\n```\n"
        "\n    make dist\n"
    )
    found = [
        (each.line, each.language, each.text, each.reason)
        for each in blocks_of("page.md", page)
    ]
    assert found == [
        (3, "sh", "make soak\n", "takes hours"),
        (7, "python", "if a:\n    b()\n", ""),
        (14, "", "plain\n", ""),
    ]
    assert indented_commands(page) == [17]


@pytest.fixture(scope="module")
def binary():
    """The path of the daemon."""
    path = os.environ.get("SPIKED_BINARY", "")
    if not os.access(path, os.X_OK) or not os.path.isfile(path):
        pytest.fail(
            f"SPIKED_BINARY={path!r}: must be the path of the daemon",
            pytrace=False,
        )
    return os.path.abspath(path)


@pytest.fixture
def run(binary, tmp_path):
    """Runs a command at the top of a copy of the repository."""
    checkout = tmp_path / "spiked"
    for name in _tracked():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, checkout / name)
    built = checkout / "build/release/server/spiked"
    built.parent.mkdir(parents=True)
    built.symlink_to(binary)
    path = [built.parent, pathlib.Path(sys.executable).parent]
    environment = {
        **os.environ,
        "PATH": ":".join([*map(str, path), os.environ["PATH"]]),
        "SPIKED_BINARY": binary,
        "MPLBACKEND": "Agg",
    }

    def run(command, text=""):
        done = subprocess.run(
            command,
            cwd=checkout,
            env=environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return run


@pytest.mark.parametrize("page", sorted({b.page for b in _to_run("python")}))
def test_python_runs(page, binary, run):
    with LocalServer(binary) as server:
        run(
            [sys.executable, str(RUN_PYTHON)],
            json.dumps(
                [
                    (
                        page,
                        each.line,
                        each.text.replace(ADDRESS, server.address),
                    )
                    for each in _to_run("python")
                    if each.page == page
                ]
            ),
        )


@pytest.mark.parametrize("block", _to_run("sh"), ids=lambda it: it.place)
def test_commands_run(block, run):
    run(["bash", "-euo", "pipefail", "-c", block.text])


@pytest.mark.parametrize("block", _to_run("yaml"), ids=lambda it: it.place)
def test_yaml_is_yaml(block):
    assert yaml.safe_load(block.text)


def test_excerpts_of_sources_are_lines_of_sources():
    lines = {
        line.strip()
        for name in _tracked("*.h", "*.cc")
        for line in (ROOT / name).read_text().splitlines()
    }
    missing = [
        f"{block.page}:{block.line + i}: {line}"
        for block in _to_run("cpp")
        for i, line in enumerate(block.text.splitlines())
        if line.strip() not in lines
    ]
    assert not missing


def test_blocks_say_what_they_are():
    """Text is shown only: diagrams, and what programs print."""
    known = {"cpp", "python", "sh", "text", "yaml"}
    assert not [each.place for each in BLOCKS if each.language not in known]
    assert not [
        f"{name}:{line}"
        for name, text in PAGES.items()
        for line in indented_commands(text)
    ]


def test_blocks_that_do_not_run_are_listed(capsys):
    marked = [each for each in BLOCKS if each.reason]
    assert marked
    with capsys.disabled():
        print("\nBlocks of pages that don't run:")
        by_page = itertools.groupby(marked, key=lambda each: each.page)
        for page, blocks in by_page:
            for each in blocks:
                print(f"  {page}:{each.line}: {each.reason}")
    # A mark is for what would run otherwise.
    assert not [
        each.place for each in marked if each.language not in ("python", "sh")
    ]
