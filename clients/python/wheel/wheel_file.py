# SPDX-License-Identifier: Apache-2.0
"""A wheel as the files in it; the list of their hashes is made when written."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import zipfile
from pathlib import Path

EXECUTABLE = 0o100755
ORDINARY = 0o100644

# The same files make the same wheel, whenever it is built. Zip archives know no
# earlier time.
TIME = (1980, 1, 1, 0, 0, 0)


@dataclasses.dataclass
class WheelFile:
    """The files of a wheel.

    Attributes:
      files: their contents by name, without RECORD.
      executables: the names of those that are programs.
    """

    files: dict[str, bytes]
    executables: set[str]

    @classmethod
    def read(cls, path: Path) -> WheelFile:
        """Returns the files of a wheel."""
        wheel = cls({}, set())
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.is_dir() or entry.filename.endswith("/RECORD"):
                    continue
                wheel.files[entry.filename] = archive.read(entry)
                if (entry.external_attr >> 16) & 0o111:
                    wheel.executables.add(entry.filename)
        return wheel

    def info(self, name: str) -> str:
        """Returns the name of a file about the wheel, e.g. of METADATA."""
        (metadata,) = (n for n in self.files if n.endswith("-info/METADATA"))
        return metadata.removesuffix("METADATA") + name

    def write(self, path: Path) -> None:
        """Writes the wheel; what is about it comes last, as readers wish."""
        info = self.info("")
        names = sorted(
            self.files, key=lambda name: (name.startswith(info), name)
        )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                self._add(archive, name, self.files[name])
            self._add(archive, self.info("RECORD"), self._record(names))

    def _add(self, archive: zipfile.ZipFile, name: str, data: bytes) -> None:
        entry = zipfile.ZipInfo(name, TIME)
        mode = EXECUTABLE if name in self.executables else ORDINARY
        entry.external_attr = mode << 16
        archive.writestr(entry, data, zipfile.ZIP_DEFLATED)

    def _record(self, names: list[str]) -> bytes:
        """Returns RECORD: names, hashes and sizes; without those of its own."""
        lines = [
            f"{name},sha256={_digest(self.files[name])},{len(self.files[name])}"
            for name in names
        ]
        return "\n".join([*lines, self.info("RECORD") + ",,", ""]).encode()


def _digest(data: bytes) -> str:
    digest = hashlib.sha256(data).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
