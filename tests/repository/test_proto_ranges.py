# SPDX-License-Identifier: Apache-2.0
"""Guards the contract: integers that clients send have both bounds."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTOS = sorted((ROOT / "proto/spiked/v1").glob("*.proto"))

INTEGERS = {
    f"{prefix}{kind}{bits}"
    for prefix, kind in [
        ("", "int"),
        ("u", "int"),
        ("s", "int"),
        ("", "fixed"),
        ("s", "fixed"),
    ]
    for bits in (32, 64)
}
# "in [0, size)", "each in [1, 4.2e9]"
RANGE = re.compile(r"\bin \[[^\[\],]+, [^\[\],]+?[\])]", re.IGNORECASE)
RPC = re.compile(r"\brpc \w+\(\s*(?:stream )?(\w+)\s*\)")
MESSAGE = re.compile(r"^message (\w+) {\n(.*?)^}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(
    r"((?:^ *//.*\n)*)^ *(?:repeated |optional )?"
    r"([\w.]+(?:<[^>]*>)?) (\w+) = \d+",
    re.MULTILINE,
)


def fields(text):
    """Returns {message: [(type, field, comment)]} of a .proto file."""
    return {
        name: [
            (
                kind,
                field,
                " ".join(re.sub(r"^ *//", "", c, flags=re.M).split()),
            )
            for c, kind, field in FIELD.findall(body)
        ]
        for name, body in MESSAGE.findall(text)
    }


def sent_by_clients(text, messages):
    """Returns the requests of all methods and all that is in them."""
    found = set()
    waiting = set(RPC.findall(text))
    while waiting:
        name = waiting.pop()
        found.add(name)
        for kind, _, _ in messages.get(name, []):
            waiting |= set(re.findall(r"\w+", kind)) & set(messages) - found
    return found


def without_range(text):
    """Returns the integers that clients send whose comment has no range."""
    messages = fields(text)
    return [
        f"{name}.{field}"
        for name in sorted(sent_by_clients(text, messages))
        for kind, field, comment in messages.get(name, [])
        if kind in INTEGERS and not RANGE.search(comment)
    ]


def _contract():
    return "\n".join(path.read_text() for path in PROTOS)


def test_integers_of_requests_have_both_bounds():
    text = _contract()
    messages = fields(text)
    sent = sent_by_clients(text, messages)
    assert {"CreateSessionRequest", "GridPositions", "PairWeights"} <= sent
    assert "Session" not in sent
    integers = [
        field
        for name in sent
        for field in messages.get(name, [])
        if field[0] in INTEGERS
    ]
    assert len(integers) > 40, "the files look different"
    assert not without_range(text), "say 'in [low, high]', and check it"


def test_the_guard_sees_a_missing_bound():
    text = """
service Service {
  rpc Ask(stream Asked) returns (Told);
}

message Asked {
  // part of it.
  Part part = 1;

  oneof kind {
    // step of it; at least 0.
    int64 step = 2;
  }

  // count of it; in [0,
  // 2^30].
  optional int32 count = 3;

  // seconds of it; at least 0.
  double seconds = 4;
}

message Part {
  // indices, each in [0, size).
  repeated int32 indices = 1;

  // epoch of it.
  sfixed64 epoch = 2;
}

message Told {
  // step of it.
  int64 step = 1;
}
"""
    assert without_range(text) == ["Asked.step", "Part.epoch"]
