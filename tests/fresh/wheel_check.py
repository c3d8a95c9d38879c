# SPDX-License-Identifier: Apache-2.0
"""Uses an installed wheel, in a virtual environment without anything else.

wheel_check.py daemon
    LocalServer() starts the daemon of the wheel, with its libraries.
wheel_check.py licences
    Each library in the wheel has the licence of its package, with all texts
    that the licence names.
wheel_check.py client
    LocalServer() says what to install; prints it.
"""

import importlib.metadata
import json
import pathlib
import re
import sys

import spiked

PACKAGE = pathlib.Path(spiked.__file__).resolve().parent
# The part of manylinux that is no libc: systems have it.
SYSTEM = ("ld-linux", "libc.", "libm.", "libgcc_s.", "libstdc++.", "libz.")


def mapped_files(pid: int) -> set[pathlib.Path]:
    """Returns the programs and libraries in the memory of a process."""
    lines = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {
        pathlib.Path(fields[5])
        for line in lines
        if len(fields := line.split(maxsplit=5)) == 6
        and "x" in fields[1]
        and fields[5].startswith("/")
    }


def check_daemon() -> None:
    """The daemon simulates, and is all of the wheel."""
    network = {
        "dt_ms": 0.5,
        "populations": [{"name": "n", "size": 9, "model": "izhikevich"}],
    }
    with spiked.LocalServer() as server:
        assert server.version == importlib.metadata.version("spiked")
        files = mapped_files(server.pid)
        with spiked.Client(server.address) as client:
            session = client.create_session(network, pacing="lockstep")
            session.inject("n", current=20.0, duration_ms=100)
            spikes = session.advance(100)
    assert len(spikes) > 0
    assert PACKAGE / "bin" / "spiked" in files, files
    outside = {
        str(path)
        for path in files
        if PACKAGE.parent not in path.parents
        and not path.name.startswith(SYSTEM)
    }
    assert not outside, f"libraries from elsewhere: {outside}"
    print(f"{len(spikes)} spikes, {len(files)} programs and libraries")


def check_licences() -> None:
    """All packages of which something is in the wheel have their licence."""
    files = {
        str(file): file.locate()
        for file in importlib.metadata.files("spiked") or []
    }
    (listed,) = (at for name, at in files.items() if name.endswith(".cdx.json"))
    parts = json.loads(listed.read_text())["components"]
    packages = [
        part["name"] for part in parts if part["purl"].startswith("pkg:deb/")
    ]
    libraries = [name for name in files if name.startswith("spiked.libs/")]
    assert len(packages) == len(libraries) > 10, (packages, libraries)

    (readme,) = (
        at
        for name, at in files.items()
        if name.endswith("licenses/libraries/README.md")
    )
    # Headers that are compiled in, too.
    packages += ["libcli11-dev", "libkissfft-dev", "librandom123-dev"]
    for package in sorted(set(packages)):
        assert f"| {package} |" in readme.read_text(), package
        text = (readme.parent / package / "copyright").read_text()
        assert len(text) > 500, package
        for name in re.findall(r"common-licenses/([\w.-]*\w)", text):
            assert (readme.parent / "common-licenses" / name).stat().st_size
    print(f"{len(libraries)} libraries of {len(set(packages))} packages")


def check_client() -> None:
    """The client alone says what is missing."""
    try:
        spiked.LocalServer()
    except FileNotFoundError as error:
        print(error)
    else:
        raise AssertionError("a daemon was found")


if __name__ == "__main__":
    {
        "daemon": check_daemon,
        "licences": check_licences,
        "client": check_client,
    }[sys.argv[1]]()
