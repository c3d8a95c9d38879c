# SPDX-License-Identifier: Apache-2.0
"""Turns a failed gRPC call into an error of `spiked.errors`."""

from __future__ import annotations

from collections.abc import Iterable

import grpc
from google.protobuf.message import DecodeError, Message

from spiked import errors
from spiked._rpc.connection_errors import explain
from spiked.v1 import error_details_pb2

_Trailers = Iterable[tuple[str, str | bytes]]

_DETAILS_KEY = "grpc-status-details-bin"

_CLASSES: dict[grpc.StatusCode, type[errors.SpikedError]] = {
    cls.default_code: cls
    for cls in (
        errors.InvalidArgument,
        errors.NotFound,
        errors.AlreadyExists,
        errors.FailedPrecondition,
        errors.StepMismatch,
        errors.OutOfRange,
        errors.Unauthenticated,
        errors.PermissionDenied,
        errors.ResourceExhausted,
        errors.Unavailable,
        errors.DeadlineExceeded,
        errors.DataLoss,
        errors.Cancelled,
    )
    if cls.default_code is not None
}

# Reasons that mean something else than others of their code.
_CLASSES_BY_REASON: dict[str, type[errors.SpikedError]] = {
    "INCARNATION_MISMATCH": errors.SessionReplaced,
    "BOOT_ID_MISMATCH": errors.ServerRestarted,
}


def error_from_call(call: grpc.Call, too_late: str = "") -> errors.SpikedError:
    """Returns the error for a call that has ended with another code than OK.

    Details that can't be decoded are left out; the error still has the code and
    the message.

    Args:
      call: the call.
      too_late: what to say if its deadline passed, rather than just that.
    """
    code = call.code()
    details = _decode_details(call.trailing_metadata() or ())
    cls = _CLASSES_BY_REASON.get(
        details.info.reason, _CLASSES.get(code, errors.SpikedError)
    )
    if cls is errors.Cancelled and _is_of_a_stopping_server(call, details):
        cls = errors.Unavailable
    retry = details.retry.retry_delay
    text = call.details() or code.name
    if not details.info.reason:  # it is gRPC's, not the server's
        if cls is errors.Unavailable:
            text = explain(text)
        elif cls is errors.DeadlineExceeded:
            text = too_late or text
    return cls(
        text,
        code=code,
        reason=details.info.reason,
        metadata=dict(details.info.metadata),
        violations=[
            (v.field, v.description) for v in details.request.field_violations
        ],
        quota="".join(v.subject for v in details.quota.violations[:1]),
        retry_after_s=(
            retry.seconds + retry.nanos / 1e9
            if details.retry.HasField("retry_delay")
            else None
        ),
    )


def _is_of_a_stopping_server(call: grpc.Call, details: _Details) -> bool:
    """Whether gRPC has cancelled the call, and neither spiked nor the caller.

    It does so with calls that arrive in the instant in which the server stops,
    which a moment later are UNAVAILABLE. The server's own errors have a reason.
    """
    local = "Locally cancelled"  # what gRPC says of a call that we cancelled
    return not details.info.reason and local not in (call.details() or "")


class _Details:
    """The details of an error; missing details are empty."""

    def __init__(self) -> None:
        self.info = error_details_pb2.ErrorInfo()
        self.request = error_details_pb2.BadRequest()
        self.quota = error_details_pb2.QuotaFailure()
        self.retry = error_details_pb2.RetryInfo()

    def target(self, type_name: str) -> Message | None:
        """Returns the message for details of a type; None if it is unknown."""
        # The server packs details under the type names of google.rpc, which
        # Any.Unpack() with the classes here would refuse; the wire format is
        # the same.
        return {
            "google.rpc.ErrorInfo": self.info,
            "google.rpc.BadRequest": self.request,
            "google.rpc.QuotaFailure": self.quota,
            "google.rpc.RetryInfo": self.retry,
        }.get(type_name)


def _decode_details(trailers: _Trailers) -> _Details:
    details = _Details()
    try:
        for detail in _status(trailers).details:
            target = details.target(detail.type_url.rpartition("/")[2])
            if target is not None:
                target.MergeFromString(detail.value)
    except DecodeError:
        pass
    return details


def _status(trailers: _Trailers) -> error_details_pb2.Status:
    """Returns the Status in the trailers; an empty one if there is none."""
    status = error_details_pb2.Status()
    for key, value in trailers:
        # gRPC gives values of keys that end in "-bin" as bytes.
        if key == _DETAILS_KEY and isinstance(value, bytes):
            status.MergeFromString(value)
    return status
