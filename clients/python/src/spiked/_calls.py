# SPDX-License-Identifier: Apache-2.0
"""Unary calls: a deadline on each, and errors of this package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc

from spiked._status import error_from_call

DEFAULT_TIMEOUT_S = 30.0


def invoke(
    method: Callable[..., Any], request: Any, timeout_s: float | None
) -> Any:
    """Calls a unary method and returns its response.

    Args:
      method: the method of a stub.
      request: its request.
      timeout_s: the deadline in wall seconds from now; None means
        `DEFAULT_TIMEOUT_S`. There is always one.

    Raises:
      SpikedError: the call failed; the class says how.
    """
    deadline_s = DEFAULT_TIMEOUT_S if timeout_s is None else timeout_s
    try:
        return method(request, timeout=deadline_s)
    except grpc.RpcError as error:
        raise error_from_call(error) from None
