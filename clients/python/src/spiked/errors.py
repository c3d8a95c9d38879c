# SPDX-License-Identifier: Apache-2.0
"""Errors, one class per meaning.

Every error of this package that comes from the server, from a network file or
from a stream is a `SpikedError`. Wrong Python arguments are `TypeError` and
`ValueError`, as usual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import grpc

Violation = tuple[str, str]
"""(field, description): a path like `network.populations[3].size`, and the
given value with what is allowed."""


class SpikedError(Exception):
    """An error of the server or of the connection to it.

    Attributes:
      message: description of the error, for people.
      code: the gRPC status code; None if no call was involved.
      reason: kind of the error, for programs, in UPPER_SNAKE_CASE; "" if
        unknown.
      metadata: facts by key, e.g. "current_step"; may be empty.
      violations: all wrong fields; may be empty.
      quota: the quota that would be exceeded, e.g. "sessions"; "" if none.
      retry_after_s: wall seconds after which to try again; None if unknown.
    """

    default_code: grpc.StatusCode | None = None

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode | None = None,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        quota: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        """Takes the attributes; `code` None means the code of the class."""
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.violations = list(violations)
        self.quota = quota
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        """Returns the message, then a line per violation that it lacks."""
        lines = [f"{field}: {text}" for field, text in self.violations]
        missing = [line for line in lines if line not in self.message]
        return "\n  ".join([self.message, *missing])


class InvalidArgument(SpikedError):
    """A request has wrong fields: see `violations`."""

    default_code = grpc.StatusCode.INVALID_ARGUMENT


class InvalidNetworkError(InvalidArgument):
    """A network is wrong: see `violations`, with the lines of its file."""


class NotFound(SpikedError):
    """There is no such session."""

    default_code = grpc.StatusCode.NOT_FOUND


class SessionReplaced(NotFound):
    """The session was deleted, and another one has got its name.

    `metadata` has "incarnation_id", that of the other, and
    "expected_incarnation_id". `Client.session` returns the other.
    """

    default_code = grpc.StatusCode.ABORTED


class ServerRestarted(SpikedError):
    """The server has restarted since the first try of a repeated request.

    Nothing was done. What the first try did may be lost: look for it, or ask
    again with another request id. `metadata` has "boot_id" and
    "expected_boot_id".
    """

    default_code = grpc.StatusCode.ABORTED


class AlreadyExists(SpikedError):
    """The id of the session is taken."""

    default_code = grpc.StatusCode.ALREADY_EXISTS


class FailedPrecondition(SpikedError):
    """The session's state doesn't allow this, e.g. it runs or has failed."""

    default_code = grpc.StatusCode.FAILED_PRECONDITION


class StepMismatch(SpikedError):
    """The session is at another step, in another epoch, or has been edited."""

    default_code = grpc.StatusCode.ABORTED

    @property
    def current_step(self) -> int | None:
        """The session's step, if the server sent it."""
        step = self.metadata.get("current_step", "")
        return int(step) if step.isdecimal() else None


class OutOfRange(SpikedError):
    """The steps asked for are no longer in the session's history."""

    default_code = grpc.StatusCode.OUT_OF_RANGE


class Unauthenticated(SpikedError):
    """The server requires a token, and there is none or it isn't valid."""

    default_code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDenied(SpikedError):
    """The token doesn't allow this."""

    default_code = grpc.StatusCode.PERMISSION_DENIED


class ResourceExhausted(SpikedError):
    """A limit is reached: sessions, memory, message size, or a quota."""

    default_code = grpc.StatusCode.RESOURCE_EXHAUSTED


class Unavailable(SpikedError):
    """The server can't be reached, or it is stopping; try again later."""

    default_code = grpc.StatusCode.UNAVAILABLE


class DeadlineExceeded(SpikedError):
    """The server didn't answer in time; the call may have had effects."""

    default_code = grpc.StatusCode.DEADLINE_EXCEEDED


class DataLoss(SpikedError):
    """A stream lost data: a gap, or an end without its mark."""

    default_code = grpc.StatusCode.DATA_LOSS


class Cancelled(SpikedError):
    """The call was cancelled."""

    default_code = grpc.StatusCode.CANCELLED


class SessionFailed(SpikedError):
    """The simulation stopped for good; the message says where and why."""


class DataDroppedWarning(UserWarning):
    """A stream was read too slowly and the server dropped old data."""
