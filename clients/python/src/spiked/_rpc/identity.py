# SPDX-License-Identifier: Apache-2.0
"""The caller's identity: a token with every call, and TLS from files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import grpc

from spiked._rpc.calls import Metadata

TOKEN_VARIABLE = "SPIKED_TOKEN"

_File = str | os.PathLike[str] | None
_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")


def token_or_environment(token: str | None) -> str:
    """Returns the token, or if it is None the one in the environment."""
    return os.environ.get(TOKEN_VARIABLE, "") if token is None else token


def tls_credentials(
    ca_file: _File, cert_file: _File, key_file: _File
) -> grpc.ChannelCredentials | None:
    """Returns credentials from files in PEM; None if no file is given.

    Raises:
      OSError: a file can't be read.
      ValueError: a certificate without its key, or a key without its
        certificate.
    """
    if (cert_file is None) != (key_file is None):
        raise ValueError("cert_file and key_file need each other")
    if ca_file is None and cert_file is None:
        return None
    ca, key, cert = (
        None if file is None else Path(file).read_bytes()
        for file in (ca_file, key_file, cert_file)
    )
    return grpc.ssl_channel_credentials(ca, key, cert)


class _Fields(NamedTuple):
    """The fields of a call that an interceptor passes on."""

    method: str
    timeout: float | None
    metadata: Metadata | None
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class _Details(_Fields, grpc.ClientCallDetails):
    """The fields as the type that gRPC expects."""


class _WithMetadata(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Adds metadata to every call, with TLS or without."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata

    def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.ClientCallDetails, _Request], _Answer],
        client_call_details: grpc.ClientCallDetails,
        request: _Request,
    ) -> _Answer:
        """Goes on with the call and the metadata."""
        return continuation(self._completed(client_call_details), request)

    def intercept_stream_unary(
        self,
        continuation: Callable[[grpc.ClientCallDetails, _Request], _Answer],
        client_call_details: grpc.ClientCallDetails,
        request_iterator: _Request,
    ) -> _Answer:
        """Goes on with the call and the metadata."""
        return continuation(
            self._completed(client_call_details), request_iterator
        )

    intercept_unary_stream = intercept_unary_unary
    intercept_stream_stream = intercept_stream_unary

    def _completed(self, details: grpc.ClientCallDetails) -> _Details:
        return _Details(
            details.method,
            details.timeout,
            (*(details.metadata or ()), *self._metadata),
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )


def with_identity(
    channel: grpc.Channel, token: str, tenant: str
) -> grpc.Channel:
    """Returns a channel whose calls carry the token and the tenant."""
    metadata: Metadata = ()
    if token:
        metadata += (("authorization", f"Bearer {token}"),)
    if tenant:
        metadata += (("spiked-tenant", tenant),)
    if not metadata:
        return channel
    return grpc.intercept_channel(channel, _WithMetadata(metadata))
