# SPDX-License-Identifier: Apache-2.0
"""The wheel with the daemon, but for what auditwheel does: see tests/fresh."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PYTHON = Path(__file__).resolve().parents[1]
ROOT = PYTHON.parents[1]
sys.path.insert(0, str(PYTHON / "wheel"))

import licences  # noqa: E402
import make_wheel  # noqa: E402
from wheel_file import WheelFile  # noqa: E402

INFO = "spiked-1.2.dist-info/"


@pytest.fixture
def wheel():
    return WheelFile(
        {
            INFO
            + "METADATA": b"Name: spiked\nLicense-File: LICENSE\n\nText\n\n",
            INFO + "WHEEL": b"Root-Is-Purelib: true\nTag: py3-none-any\n\n",
            "spiked/__init__.py": b"",
        },
        set(),
    )


def with_libraries(wheel, **packages):
    """Adds a library of each package, and the list that auditwheel writes."""
    parts = [{"name": "spiked", "version": "1.2", "purl": "pkg:pypi/spiked"}]
    for name, version in packages.items():
        wheel.files[f"spiked.libs/{name}-0123abcd.so.1"] = b"\x7fELF"
        purl = f"pkg:deb/debian/{name}@{version}"
        parts.append({"name": name, "version": version, "purl": purl})
    wheel.files[INFO + "sboms/auditwheel.cdx.json"] = json.dumps(
        {"components": parts}
    ).encode()
    return wheel


def test_a_wheel_is_read_as_it_was_written(wheel, tmp_path):
    wheel.files["spiked/bin/spiked"] = b"program"
    wheel.executables.add("spiked/bin/spiked")
    wheel.write(tmp_path / "a.whl")
    assert WheelFile.read(tmp_path / "a.whl") == wheel


def test_the_record_has_all_files_with_their_hashes(wheel, tmp_path):
    wheel.write(tmp_path / "a.whl")
    with zipfile.ZipFile(tmp_path / "a.whl") as archive:
        record = archive.read(INFO + "RECORD").decode()
        lines = dict(line.split(",", 1) for line in record.splitlines())
        assert lines.pop(INFO + "RECORD") == ","
        assert set(lines) == set(wheel.files)
        for name, rest in lines.items():
            data = archive.read(name)
            digest = hashlib.sha256(data).digest()
            text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            assert rest == f"sha256={text},{len(data)}"
        # Last, where installers look first.
        assert archive.namelist()[-1] == INFO + "RECORD"


def test_the_same_files_make_the_same_wheel(wheel, tmp_path):
    wheel.write(tmp_path / "a.whl")
    again = WheelFile(dict(reversed(wheel.files.items())), set())
    again.write(tmp_path / "b.whl")
    one, other = ((tmp_path / f"{n}.whl").read_bytes() for n in "ab")
    assert one == other


def test_a_wheel_with_the_daemon_is_for_a_platform(wheel):
    make_wheel.add_daemon(wheel, b"program", "linux_x86_64")
    assert wheel.files["spiked/bin/spiked"] == b"program"
    assert wheel.executables == {"spiked/bin/spiked"}
    assert wheel.files[INFO + "WHEEL"] == (
        b"Root-Is-Purelib: false\nTag: py3-none-linux_x86_64\n\n"
    )
    with pytest.raises(make_wheel.WheelError, match="not a pure wheel"):
        make_wheel.add_daemon(wheel, b"program", "linux_x86_64")


@pytest.mark.parametrize(
    "says, message",
    [
        ("echo spiked 1.2", None),
        ("echo spiked 1.2.1", "'spiked 1.2.1', not 'spiked 1.2'"),
        ("echo", "'', not 'spiked 1.2'"),
    ],
)
def test_the_daemon_must_have_the_version_of_the_wheel(tmp_path, says, message):
    daemon = tmp_path / "daemon"
    daemon.write_text(f"#!/bin/sh\n{says}\n")
    daemon.chmod(0o755)
    pure = tmp_path / "spiked-1.2-py3-none-any.whl"
    if message is None:
        make_wheel.check_version(pure, daemon)
        return
    with pytest.raises(make_wheel.WheelError, match=message):
        make_wheel.check_version(pure, daemon)


@pytest.fixture
def debian(tmp_path, monkeypatch):
    """Folders of texts, in which two packages share one."""
    documents, common = tmp_path / "doc", tmp_path / "common"
    common.mkdir()
    (common / "Apache-2.0").write_text("the Apache licence")
    for package, text in (
        ("liba1", "see /usr/share/common-licenses/Apache-2.0."),
        ("libb2", "'/usr/share/common-licenses/Apache-2.0'"),
        ("libc-dev", "free"),
    ):
        (documents / package).mkdir(parents=True)
        (documents / package / "copyright").write_text(text)
    monkeypatch.setattr(licences, "DOCUMENTS", documents)
    monkeypatch.setattr(licences, "COMMON", common)


@pytest.mark.usefixtures("debian")
def test_licences_of_all_packages_are_added(wheel):
    licences.add_licences(
        with_libraries(wheel, liba1="1-1", libb2="2"), {"libc-dev": "3~a"}
    )
    folder = INFO + "licenses/libraries/"
    added = {
        name.removeprefix(folder): data.decode()
        for name, data in wheel.files.items()
        if name.startswith(folder)
    }
    readme = added.pop("README.md")
    for row in ("| liba1 | 1-1 |", "| libb2 | 2 |", "| libc-dev | 3~a |"):
        assert row in readme
    assert added == {
        "liba1/copyright": "see /usr/share/common-licenses/Apache-2.0.",
        "libb2/copyright": "'/usr/share/common-licenses/Apache-2.0'",
        "libc-dev/copyright": "free",
        "common-licenses/Apache-2.0": "the Apache licence",
    }
    assert wheel.files[INFO + "METADATA"].decode() == (
        "Name: spiked\nLicense-File: LICENSE\n"
        "License-File: libraries/README.md\n"
        "License-File: libraries/common-licenses/Apache-2.0\n"
        "License-File: libraries/liba1/copyright\n"
        "License-File: libraries/libb2/copyright\n"
        "License-File: libraries/libc-dev/copyright\n"
        "\nText\n\n"
    )


@pytest.mark.usefixtures("debian")
def test_a_missing_text_is_an_error(wheel):
    with pytest.raises(licences.UnknownLicence, match="libd4/copyright: "):
        licences.add_licences(with_libraries(wheel, libd4="1"), {})


def test_a_library_of_no_package_is_an_error(wheel):
    with_libraries(wheel, liba1="1")
    wheel.files["spiked.libs/other.so"] = b""
    with pytest.raises(licences.UnknownLicence, match="2 libraries .* for 1"):
        licences.bundled_packages(wheel)


def test_a_package_that_is_not_installed_is_an_error():
    with pytest.raises(licences.UnknownLicence, match="spiked-none"):
        licences.installed_versions(("spiked-none",))


# Development packages whose libraries are shared ones, beside the daemon, or
# ones that all systems have.
SHARED = {
    "libabsl-dev",
    "libgrpc++-dev",
    "libhwy-dev",
    "libprotobuf-dev",
    "libspdlog-dev",
    "libssl-dev",
    "prometheus-cpp-dev",
    "zlib1g-dev",
}
# For the CMake files of prometheus-cpp-dev only.
UNUSED = {"libcivetweb-dev", "libcurl4-openssl-dev"}


def test_each_package_that_the_daemon_is_built_with_has_a_licence():
    setup = (ROOT / ".ci" / "setup").read_text()
    build = re.search(r" build\) echo (.*?) ;;", setup, re.DOTALL)[1]
    packages = {word for word in build.split() if word.endswith("-dev")}
    assert packages == SHARED | UNUSED | set(licences.COMPILED_IN)


def test_arguments_are_checked():
    done = subprocess.run(
        [sys.executable, PYTHON / "wheel" / "make_wheel.py", "one"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")
