# SPDX-License-Identifier: Apache-2.0
"""Guards the layers: who may include whom, and which libraries."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Folder -> what its files may include, by prefix. The longest folder counts.
# Standard headers (without a slash or a known library) are allowed, save for
# those in FORBIDDEN.
ALLOWED = {
    "core": ["core/", "absl/", "hwy/", "Random123/"],
    "server/base": ["server/base/", "absl/", "spdlog/"],
    "server/statistics": ["server/statistics/"],
    "server/security": [
        "server/security/",
        "server/base/",
        "absl/",
        "openssl/",
    ],
    "server/session": [
        "server/session/",
        "server/security/",
        "server/base/",
        "server/statistics/",
        "core/",
        "absl/",
    ],
    "server/rpc": [
        "server/rpc/",
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
    ],
    "server/metrics": [
        "server/metrics/",
        "server/session/",
        "server/security/",
        "server/statistics/",
        "server/base/clock.h",
        "core/network.h",
        "absl/",
        "prometheus/",
    ],
    "server/http": ["server/http/", "absl/", "civetweb.h"],
}

# Standard headers that a layer may not use: core reads neither a clock, a file
# nor a console, and its only threads are those of core/thread_team.h.
FORBIDDEN = {
    "core": {
        "chrono",
        "mutex",
        "future",
        "fstream",
        "iostream",
        "filesystem",
    },
}

# Headers with a slash that every layer may use.
SYSTEM = ["sys/", "bits/"]
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)


def _layer(path):
    folder = path.parent.relative_to(ROOT).as_posix()
    matches = [
        layer
        for layer in ALLOWED
        if folder == layer or folder.startswith(layer + "/")
    ]
    return max(matches, key=len, default=None)


def _sources():
    for top in ("core", "server"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".h", ".cc") and _layer(path):
                yield path


def violations(layer, text):
    """Returns the includes of a source text that its layer doesn't allow."""
    allowed = ALLOWED[layer] + SYSTEM
    return [
        name
        for name in INCLUDE.findall(text)
        if name in FORBIDDEN.get(layer, ())
        or ("/" in name or name == "civetweb.h")
        and not any(name.startswith(prefix) for prefix in allowed)
    ]


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


def test_the_guard_sees_a_violation():
    assert violations("core", '#include "server/base/clock.h"\n') == [
        "server/base/clock.h"
    ]
    assert violations("server/session", "#include <grpcpp/grpcpp.h>\n")
    assert violations("core", "#include <chrono>\n#include <vector>\n") == [
        "chrono"
    ]
    assert not violations("server/session", "#include <chrono>\n")
    assert not violations("core", "#include <vector>\n#include <sys/mman.h>\n")
