# SPDX-License-Identifier: Apache-2.0
"""Turns a failed gRPC call into an error of `spiked.errors`."""

from __future__ import annotations

import grpc
from google.protobuf.message import DecodeError, Message

from spiked import errors
from spiked.v1 import error_details_pb2

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
        errors.ResourceExhausted,
        errors.Unavailable,
        errors.DeadlineExceeded,
        errors.DataLoss,
        errors.Cancelled,
    )
    if cls.default_code is not None
}


def error_from_call(call: grpc.Call) -> errors.SpikedError:
    """Returns the error for a call that has ended with another code than OK.

    Details that can't be decoded are left out: the code and the message alone
    still tell what happened.
    """
    code = call.code()
    info, violations = _decode_details(call.trailing_metadata() or ())
    cls = _CLASSES.get(code, errors.SpikedError)
    return cls(
        call.details() or code.name,
        code=code,
        reason=info.reason,
        metadata=dict(info.metadata),
        violations=violations,
    )


def _decode_details(
    trailers,
) -> tuple[error_details_pb2.ErrorInfo, list[errors.Violation]]:
    """Returns the ErrorInfo (empty if none) and the field violations."""
    info = error_details_pb2.ErrorInfo()
    request = error_details_pb2.BadRequest()
    # The server packs under google.rpc's names, so Any.Unpack() with our
    # classes would refuse; the wire format is the same.
    targets: dict[str, Message] = {
        "google.rpc.ErrorInfo": info,
        "google.rpc.BadRequest": request,
    }
    try:
        for detail in _status(trailers).details:
            target = targets.get(detail.type_url.rpartition("/")[2])
            if target is not None:
                target.MergeFromString(detail.value)
    except DecodeError:
        pass
    return info, [(v.field, v.description) for v in request.field_violations]


def _status(trailers) -> error_details_pb2.Status:
    """Returns the Status in the trailers; an empty one if there is none."""
    status = error_details_pb2.Status()
    for key, value in trailers:
        if key == _DETAILS_KEY:
            status.MergeFromString(value)
    return status
