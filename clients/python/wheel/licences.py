# SPDX-License-Identifier: Apache-2.0
"""Puts the licences of bundled libraries into a wheel.

Debian has the licence of each package, but the texts that many share only once,
in common-licenses. Both go into the wheel, with a list of the packages and
their versions.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from wheel_file import WheelFile

DOCUMENTS = Path("/usr/share/doc")
COMMON = Path("/usr/share/common-licenses")

# Packages of .ci/setup whose code is in the daemon itself: they are headers.
# The others' libraries are beside it, and in the list that auditwheel writes.
COMPILED_IN = ("libcli11-dev", "libkissfft-dev", "librandom123-dev")

_FOLDER = "licenses/libraries/"
_COMMON_TEXT = re.compile(r"/usr/share/common-licenses/([\w.-]*\w)")


class UnknownLicence(Exception):
    """A text of a licence can't be found."""


def add_licences(wheel: WheelFile, compiled_in: dict[str, str]) -> None:
    """Adds the licences of the libraries in a wheel that auditwheel repaired.

    Args:
      wheel: gets the files, and their names in its METADATA.
      compiled_in: versions of packages whose code is in the daemon, by name.

    Raises:
      UnknownLicence: a text is missing.
    """
    versions = bundled_packages(wheel) | compiled_in
    texts = {f"{name}/copyright": _package_text(name) for name in versions}
    common = {
        name for text in texts.values() for name in _COMMON_TEXT.findall(text)
    }
    texts |= {f"common-licenses/{n}": _read(COMMON / n) for n in common}
    texts["README.md"] = _list(versions)
    for name, text in texts.items():
        wheel.files[wheel.info(_FOLDER + name)] = text.encode()
    _name_in_metadata(wheel, sorted(_FOLDER + name for name in texts))


def bundled_packages(wheel: WheelFile) -> dict[str, str]:
    """Returns the versions of the Debian packages of a wheel's libraries.

    Raises:
      UnknownLicence: a library is of no package.
    """
    data = wheel.files.get(wheel.info("sboms/auditwheel.cdx.json"), b"{}")
    parts = [
        part
        for part in json.loads(data).get("components", [])
        if part["purl"].startswith("pkg:deb/")
    ]
    libraries = [name for name in wheel.files if ".libs/" in name]
    # One for each library.
    if len(parts) != len(libraries):
        raise UnknownLicence(
            f"{len(libraries)} libraries are bundled, but Debian packages are "
            f"known for {len(parts)}: build the wheel on Debian, with the "
            "libraries that .ci/setup installs"
        )
    return {part["name"]: part["version"] for part in parts}


def installed_versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Returns the versions of installed Debian packages, by name.

    Raises:
      UnknownLicence: one isn't installed, or this isn't Debian.
    """
    form = "--showformat=${Package} ${Version}\n"
    try:
        shown = subprocess.run(
            ["dpkg-query", "--show", form, *packages],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise UnknownLicence(
            f"dpkg-query knows not all of {', '.join(packages)}: build the "
            "wheel on Debian, with the libraries that .ci/setup installs"
        ) from error
    return dict(line.split() for line in shown.splitlines())


def _package_text(package: str) -> str:
    return _read(DOCUMENTS / package / "copyright")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UnknownLicence(
            f"{path}: a licence of a bundled library can't be read "
            f"({error.strerror}): build the wheel on Debian, with all of its "
            "/usr/share/doc"
        ) from error


def _list(versions: dict[str, str]) -> str:
    rows = "".join(f"| {n} | {v} |\n" for n, v in sorted(versions.items()))
    return (
        "# Libraries in this wheel\n\n"
        "Debian packages whose libraries or headers are in the daemon or "
        "beside it. Beside\nthis file are their licences, as "
        "`PACKAGE/copyright`; where these name a file in\n"
        f"`{COMMON}`, it is in `common-licenses`. Some\n"
        "are licences of files that aren't in the library, but used to build "
        "it.\n\n"
        f"| package | version |\n|---|---|\n{rows}"
    )


def _name_in_metadata(wheel: WheelFile, names: list[str]) -> None:
    """Adds the fields after those of the project's own licence."""
    metadata = wheel.info("METADATA")
    head, blank, body = wheel.files[metadata].partition(b"\n\n")
    # The names of the fields are relative to the folder of licences.
    fields = "".join(
        f"\nLicense-File: {name.removeprefix('licenses/')}" for name in names
    )
    wheel.files[metadata] = head + fields.encode() + blank + body
