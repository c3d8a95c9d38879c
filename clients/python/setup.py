# SPDX-License-Identifier: Apache-2.0
"""Gives the package its version and its protobuf and gRPC modules.

The protobuf package `spiked.v1` becomes the Python package `spiked.v1` inside
this package, so that the imports in generated code (`from spiked.v1 import
...`) are correct and no other package is installed.

The version is that of the daemon, from the CMakeLists.txt of the repository; an
sdist, which hasn't that file, has the version in its PKG-INFO.
"""

import pathlib
import re
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = pathlib.Path(__file__).resolve().parent
PROTO_PATH = "spiked/v1"


def version() -> str:
    """Returns the version, in an sdist or a checkout."""
    for path, pattern in (
        (HERE / "PKG-INFO", r"^Version: (\S+)$"),
        (HERE.parents[1] / "CMakeLists.txt", r"^project\(spiked VERSION (\S+)"),
    ):
        if path.is_file() and (
            found := re.search(pattern, path.read_text(), re.MULTILINE)
        ):
            return found[1]
    raise FileNotFoundError(
        f"no version in {HERE / 'PKG-INFO'} or ../../CMakeLists.txt: build "
        "from a checkout of the whole repository or from an sdist"
    )


def proto_root() -> pathlib.Path:
    """Returns the folder of the .proto files, in an sdist or a checkout."""
    for root in (HERE / "proto", HERE.parents[1] / "proto"):
        if (root / PROTO_PATH).is_dir():
            return root
    raise FileNotFoundError(
        f"no {PROTO_PATH}/*.proto in {HERE / 'proto'} or ../../proto: build "
        "from a checkout of the whole repository or from an sdist"
    )


def generate(output_root: pathlib.Path) -> None:
    """Writes the modules of all .proto files to output_root/spiked/v1."""
    import grpc_tools
    from grpc_tools import protoc

    root = proto_root()
    protos = sorted(root.glob(f"{PROTO_PATH}/*.proto"))
    well_known_types = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    output_root.mkdir(parents=True, exist_ok=True)
    arguments = [
        "protoc",
        f"--proto_path={root}",
        f"--proto_path={well_known_types}",
        f"--python_out={output_root}",
        f"--pyi_out={output_root}",
        f"--grpc_python_out={output_root}",
        *(str(proto.relative_to(root)) for proto in protos),
    ]
    if protoc.main(arguments) != 0:
        raise RuntimeError(f"protoc failed on {root}; its message is above")


class BuildWithProtos(build_py):
    """Builds the package, including the generated modules."""

    def run(self) -> None:
        """Generates into the sources for `pip install -e`, else the build."""
        if self.editable_mode:
            super().run()
            generate(HERE / "src")
            return
        # Files of an earlier build would be installed, too, such as modules
        # that have moved since.
        build_lib = pathlib.Path(self.build_lib)
        shutil.rmtree(build_lib / "spiked", ignore_errors=True)
        super().run()
        generate(build_lib)


class SdistWithProtos(sdist):
    """Puts the .proto files into the source distribution."""

    def make_release_tree(self, base_dir: str, files: list) -> None:
        """Copies the .proto files, not generated code, to base_dir/proto."""
        sources = [name for name in files if "_pb2" not in name]
        super().make_release_tree(base_dir, sources)
        shutil.copytree(
            proto_root() / PROTO_PATH,
            pathlib.Path(base_dir) / "proto" / PROTO_PATH,
            dirs_exist_ok=True,
        )


setup(
    version=version(),
    cmdclass={"build_py": BuildWithProtos, "sdist": SdistWithProtos},
)
