# SPDX-License-Identifier: Apache-2.0
"""Unary calls: a deadline on each, and errors of this package."""

from __future__ import annotations

from typing import TypeVar, cast

import grpc

from spiked._rpc.status import error_from_call

DEFAULT_TIMEOUT_S = 30.0

Request = TypeVar("Request")
Response = TypeVar("Response")
Metadata = tuple[tuple[str, str | bytes], ...]


def invoke(
    method: grpc.UnaryUnaryMultiCallable[Request, Response],
    request: Request,
    timeout_s: float | None,
    metadata: Metadata = (),
) -> Response:
    """Calls a unary method and returns its response.

    Args:
      method: a method of a stub.
      request: the request of the method.
      timeout_s: the deadline in wall seconds from now; None means
        `DEFAULT_TIMEOUT_S`. There is always one.
      metadata: sent with the call.

    Raises:
      SpikedError: the call failed; the class tells the kind of failure.
    """
    deadline_s = DEFAULT_TIMEOUT_S if timeout_s is None else timeout_s
    try:
        return method(request, timeout=deadline_s, metadata=metadata)
    except grpc.RpcError as error:
        # The error that a blocking call raises is also a grpc.Call.
        name = type(request).__name__.removesuffix("Request")
        raise error_from_call(
            cast("grpc.Call", error),
            f"{name}: took longer than its timeout_s, {deadline_s:g} s",
        ) from None
