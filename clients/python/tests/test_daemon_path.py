# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import pytest

from spiked import LocalServer, _daemon


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Returns a function that puts daemons into some places and nowhere else.

    It returns their paths by place: "variable", "package", "path".
    """

    def put(*wanted):
        paths = {
            place: tmp_path / place / "spiked"
            for place in ("variable", "package", "path")
        }
        for place in wanted:
            paths[place].parent.mkdir()
            paths[place].write_text(f'#!/bin/sh\necho "{place}: $*"\n')
            paths[place].chmod(0o755)
        if "variable" in wanted:
            monkeypatch.setenv("SPIKED_BINARY", str(paths["variable"]))
        else:
            monkeypatch.delenv("SPIKED_BINARY", raising=False)
        monkeypatch.setattr(_daemon, "_PACKAGED", paths["package"])
        monkeypatch.setenv("PATH", str(paths["path"].parent))
        return paths

    return put


@pytest.mark.parametrize(
    "there, first",
    [
        (["variable", "package", "path"], "variable"),
        (["variable", "path"], "variable"),
        (["package", "path"], "package"),
        (["package"], "package"),
        (["path"], "path"),
    ],
)
def test_takes_the_first_that_is_there(places, there, first):
    paths = places(*there)
    assert _daemon.find_daemon() == str(paths[first])


def test_an_empty_variable_is_none(places, monkeypatch):
    paths = places("package")
    monkeypatch.setenv("SPIKED_BINARY", "")
    assert _daemon.find_daemon() == str(paths["package"])


@pytest.mark.parametrize("what", ["missing", "folder", "not executable"])
def test_a_variable_that_names_no_program_is_an_error(
    places, monkeypatch, tmp_path, what
):
    places("package", "path")
    path = tmp_path / "here"
    if what == "folder":
        path.mkdir()
    elif what == "not executable":
        path.write_text("")
    monkeypatch.setenv("SPIKED_BINARY", str(path))
    with pytest.raises(FileNotFoundError) as caught:
        _daemon.find_daemon()
    assert f"SPIKED_BINARY={path}: " in str(caught.value)


@pytest.mark.parametrize("find", [_daemon.find_daemon, LocalServer])
def test_without_any_the_error_says_what_to_do(places, find):
    places()
    with pytest.raises(FileNotFoundError) as caught:
        find()
    for part in (
        "SPIKED_BINARY",
        "PATH",
        "manylinux_2_35_x86_64.whl",
        'LocalServer("build/release/server/spiked")',
        'Client("host:port")',
    ):
        assert part in str(caught.value)
    assert "{" not in str(caught.value)


@pytest.mark.parametrize(
    "binary, message",
    [
        ("", "binary: is empty"),
        ("--workers", r'LocalServer\(None, "--workers"'),
    ],
)
def test_what_is_no_path_is_refused(places, binary, message):
    places("package")
    with pytest.raises(ValueError, match=message):
        LocalServer(binary, "2")


def run_module(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "spiked", *arguments],
        capture_output=True,
        text=True,
    )


def test_the_module_becomes_the_daemon(places):
    places("variable")
    done = run_module("--workers", "two words")
    assert done.stdout == "variable: --workers two words\n"
    assert done.returncode == 0


def test_the_module_says_what_is_wrong(places, monkeypatch):
    places()
    monkeypatch.setenv("SPIKED_BINARY", "/none")
    done = run_module()
    assert done.stderr.startswith("spiked: SPIKED_BINARY=/none: ")
    assert done.stderr.count("\n") == 1
    assert done.returncode == 1
