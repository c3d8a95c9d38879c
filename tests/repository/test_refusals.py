# SPDX-License-Identifier: Apache-2.0
"""Guards the reasons of errors: a refusal of a call is made with its reason."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Files whose errors end up with clients. Errors of core/ pass FromCore; those
# of server/rpc/connection, of the server's start and of its files are for the
# person who starts it.
REACHES_CLIENTS = [
    "server/session",
    "server/rpc/convert",
    "server/rpc/gate",
    "server/rpc/call",
    "server/rpc/streams",
    "server/rpc/services",
    "server/security/memory_guard.cc",
    "server/security/memory_ledger.cc",
    "server/security/tenant.cc",
]
ERROR = re.compile(r"(?<!<)absl::(\w+Error|Status)\(")
REASONS = ROOT / "server/base/status_payload.cc"
API = ROOT / "proto/spiked/v1/error_details.proto"


def _sources():
    for name in REACHES_CLIENTS:
        path = ROOT / name
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (f for f in files if f.suffix in (".h", ".cc"))


def errors_without_reason(text):
    """Returns the errors that a source text makes without a reason."""
    return [match.group() for match in ERROR.finditer(text)]


def test_refusals_have_a_reason():
    sources = list(_sources())
    assert len(sources) > 100, "the files have moved"
    found = {
        path.relative_to(ROOT).as_posix(): errors
        for path in sources
        if (errors := errors_without_reason(path.read_text()))
    }
    assert not found, "make them with Refusal()"


def test_the_api_documents_the_reasons():
    names = set(re.findall(r'Reason::\w+,\s+"(\w+)"', REASONS.read_text()))
    comment = API.read_text().split("reason in UPPER_SNAKE_CASE:")[1]
    documented = set(
        re.findall(r"[A-Z][A-Z_]+[A-Z]", comment.split("string reason")[0])
    )
    assert documented == names


def test_the_guard_sees_an_error_without_reason():
    assert errors_without_reason('return absl::NotFoundError("x");')
    assert errors_without_reason("return absl::Status(code, text);")
    assert not errors_without_reason("return absl::OkStatus();")
    assert not errors_without_reason("std::function<absl::Status(int)> f;")
    assert not errors_without_reason(
        'return Refusal(Reason::kSessionNotFound, "x");'
    )
