# SPDX-License-Identifier: Apache-2.0
"""Checks the layers: allowed includes of files and of libraries."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Folder -> prefixes of headers that its files may include, besides its own. The
# longest folder counts. Standard headers (without a slash)
# are allowed, save for those in FORBIDDEN.
MODEL = ["core/model/", "core/spec/", "core/numbers/", "absl/"]
KERNEL = [*MODEL, "hwy/"]
RPC = [
    "server/session/",
    "server/security/",
    "server/base/",
    "server/statistics/",
    "core/",
    "absl/",
    "grpc/",
    "grpcpp/",
    "google/protobuf/",
    "openssl/",
    "spiked/v1/",
]
CONVERT = ["server/rpc/convert/", *RPC]
GATE = ["server/rpc/gate/", *CONVERT]
CALL = ["server/rpc/call/", *GATE]
INTERNALS = ["server/rpc/internals/", *CALL]
STREAMS = ["server/rpc/streams/", *INTERNALS]
SESSION = [
    "server/security/",
    "server/base/",
    "server/statistics/",
    "core/",
    "absl/",
]
ALLOWED = {
    "core/numbers": ["absl/", "hwy/", "Random123/"],
    "core/spec": ["core/numbers/", "absl/"],
    "core/model": ["core/spec/", "core/numbers/", "absl/", "hwy/"],
    "core/network": KERNEL,
    "core/encoders": MODEL,
    "core/inputs": KERNEL,
    "core/neurons": KERNEL,
    "core/synapses": ["core/network/", *KERNEL],
    "core/build": [
        "core/encoders/",
        "core/inputs/",
        "core/neurons/",
        "core/synapses/",
        "core/network/",
        *MODEL,
    ],
    "core/change": ["core/build/", "core/network/", *MODEL],
    "core": ["core/"],
    "server/base": ["absl/", "linux/futex.h", "spdlog/"],
    "server/statistics": [],
    "server/security": ["server/base/", "absl/", "openssl/"],
    "server/session/scheduling": SESSION,
    "server/session/history": SESSION,
    "server/session": [
        "server/session/history/",
        "server/session/scheduling/",
        *SESSION,
    ],
    "server/session/registry": ["server/session/", *SESSION],
    "server/rpc/connection": [*RPC, "arpa/", "linux/tcp.h", "netinet/"],
    "server/rpc/convert": RPC,
    "server/rpc/gate": CONVERT,
    "server/rpc/call": GATE,
    "server/rpc/internals": CALL,
    "server/rpc/streams": INTERNALS,
    "server/rpc/services": [*STREAMS, "kissfft/"],
    "server/rpc": ["server/rpc/", *RPC],
    "server/metrics": [
        "server/session/",
        "server/security/",
        "server/statistics/",
        "server/base/clock.h",
        "server/base/log.h",
        "core/network/network.h",
        "absl/",
        "prometheus/",
    ],
    "server/http": ["server/base/", "absl/", "netinet/"],
}

# Standard headers that core may not use: it reads neither a clock, a file nor a
# console, and its only threads are those of core/numbers/thread_team.h.
FORBIDDEN = {
    "chrono",
    "mutex",
    "future",
    "fstream",
    "iostream",
    "filesystem",
}

# Headers of gRPC without a promise of stability. (service_type.h declares
# grpc::Service, and no other header does.)
INTERNAL = re.compile(
    r"grpc::internal\b|grpc_call_start_batch"
    r'|["<]grpcpp/impl/(?!service_type\.h)'
)

# Headers with a slash that every layer may use.
SYSTEM = ["sys/", "bits/"]
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)


def _layer(path):
    folder = path.parent.relative_to(ROOT).as_posix()
    return folder if folder in ALLOWED else None


def _sources():
    for top in ("core", "server"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield path


def _includes(text):
    return INCLUDE.findall(text)


def violations(layer, text):
    """Returns the includes of a source text that its layer doesn't allow."""
    allowed = [*ALLOWED[layer], *SYSTEM]

    def is_bad(name):
        if "/" not in name:
            return layer.startswith("core") and name in FORBIDDEN
        if name.rpartition("/")[0] == layer:
            return False
        return not any(name.startswith(prefix) for prefix in allowed)

    return [name for name in _includes(text) if is_bad(name)]


def circle(arrows):
    """Returns a circle in a graph {node: [nodes]} as a list, or None."""
    done = set()

    def search(node, way):
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return None
        for after in arrows.get(node, ()):
            if found := search(after, [*way, node]):
                return found
        done.add(node)
        return None

    for node in sorted(arrows):
        if found := search(node, []):
            return found
    return None


def _arrows(name_of):
    """Returns the includes as a graph, with nodes name_of(path)."""
    arrows = {}
    for path in _sources():
        source = name_of(path.relative_to(ROOT).as_posix())
        targets = arrows.setdefault(source, set())
        for name in _includes(path.read_text()):
            if name.startswith(("core/", "server/")):
                targets.add(name_of(name))
        targets.discard(source)
    return {source: sorted(targets) for source, targets in arrows.items()}


@pytest.mark.parametrize("layer", ALLOWED)
def test_layer_includes_only_what_it_may(layer):
    files = [path for path in _sources() if _layer(path) == layer]
    assert files, f"{layer} has no files: has it moved?"
    found = {
        path.relative_to(ROOT).as_posix(): bad
        for path in files
        if (bad := violations(layer, path.read_text()))
    }
    assert not found


def test_only_one_folder_uses_what_grpc_does_not_promise_to_keep():
    found = [
        path.relative_to(ROOT).as_posix()
        for path in _sources()
        if INTERNAL.search(path.read_text())
        and _layer(path) != "server/rpc/internals"
    ]
    assert not found
    for path in (ROOT / "server/rpc/internals").glob("*.h"):
        if path.name != "grpc_version.h":
            assert "internals/grpc_version.h" in path.read_text(), path


def test_every_folder_is_a_layer():
    folders = {path.parent.relative_to(ROOT).as_posix() for path in _sources()}
    assert folders - {"server"} == set(ALLOWED)


def test_no_file_pairs_include_each_other_in_a_circle():
    assert circle(_arrows(lambda name: name.rpartition(".")[0])) is None


def test_no_folders_include_each_other_in_a_circle():
    assert circle(_arrows(lambda name: name.rpartition("/")[0])) is None


def test_the_guard_sees_a_violation():
    assert violations("core", '#include "server/base/clock.h"\n') == [
        "server/base/clock.h"
    ]
    assert violations("core/spec", '#include "core/network/state.h"\n')
    assert violations("server/session", "#include <grpcpp/grpcpp.h>\n")
    assert violations(
        "core/spec", "#include <chrono>\n#include <vector>\n"
    ) == ["chrono"]
    assert not violations("server/session", "#include <chrono>\n")
    assert not violations("core", "#include <vector>\n#include <sys/mman.h>\n")


def test_the_guard_sees_a_circle():
    assert circle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]
    assert circle({"a": ["b", "c"], "b": ["c"], "c": []}) is None
