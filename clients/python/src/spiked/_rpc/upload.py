# SPDX-License-Identifier: Apache-2.0
"""Sends lists of many millions of synapses, from arrays."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import grpc
import numpy as np

from spiked._rpc.status import error_from_call
from spiked.errors import DataLoss
from spiked.v1 import upload_pb2, upload_pb2_grpc

# Synapses in a message: 1.5 MB with weights and delays.
CHUNK_SIZE = 65_536
# Wall seconds of the deadline for each million of synapses, in addition to the
# default.
_TIMEOUT_S_PER_MILLION = 30.0

Numbers = Sequence[float] | np.ndarray


def upload(
    stub: upload_pb2_grpc.UploadServiceStub,
    sources: Numbers,
    targets: Numbers,
    weights: Numbers | None,
    delays_ms: Numbers | None,
    timeout_s: float | None,
) -> str:
    """Uploads a list of synapses and returns its name; see `Client`."""
    columns = _columns(sources, targets, weights, delays_ms)
    count = len(columns["source_indices"])
    if timeout_s is None:
        timeout_s = 30.0 + count / 1e6 * _TIMEOUT_S_PER_MILLION
    call = stub.UploadSynapses(_requests(columns), timeout=timeout_s)
    answer = upload_pb2.UploadSynapsesResponse()
    try:
        for answer in call:  # noqa: B007
            pass
    except grpc.RpcError:
        raise error_from_call(call) from None
    if not answer.upload:
        raise DataLoss("the upload ended without an answer to its end")
    return answer.upload


def _columns(
    sources: Numbers,
    targets: Numbers,
    weights: Numbers | None,
    delays_ms: Numbers | None,
) -> dict[str, np.ndarray]:
    """Returns the lists by field, with the number types of the wire."""
    columns = {
        "source_indices": _indices(sources, "sources"),
        "target_indices": _indices(targets, "targets"),
    }
    if weights is not None:
        columns["weights"] = np.asarray(weights, dtype="<f8")
    if delays_ms is not None:
        columns["delays_ms"] = np.asarray(delays_ms, dtype="<f8")
    shapes = {column.shape for column in columns.values()}
    if len(shapes) != 1 or len(shapes.pop()) != 1:
        raise ValueError(
            "sources, targets, weights and delays_ms must be lists of the same "
            "length: " + ", ".join(f"{n} {c.shape}" for n, c in columns.items())
        )
    return columns


def _indices(values: Numbers, argument: str) -> np.ndarray:
    array = np.asarray(values)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{argument}: must be integers, not {array.dtype}")
    limits = np.iinfo(np.int32)
    if array.size and not (
        array.min() >= limits.min and array.max() <= limits.max
    ):
        raise ValueError(f"{argument}: an index must be less than 2^31")
    return array.astype("<i4", copy=False)


def _requests(
    columns: dict[str, np.ndarray],
) -> Iterator[upload_pb2.UploadSynapsesRequest]:
    """Yields all messages; gRPC takes them as fast as the server reads."""
    count = len(columns["source_indices"])
    yield upload_pb2.UploadSynapsesRequest(
        sequence=0,
        begin=upload_pb2.UploadBegin(
            synapse_count=count,
            has_weights="weights" in columns,
            has_delays="delays_ms" in columns,
        ),
    )
    crc = 0
    sequence = 1
    for begin in range(0, count, CHUNK_SIZE):
        parts = {
            name: column[begin : begin + CHUNK_SIZE].tobytes()
            for name, column in columns.items()
        }
        for part in parts.values():
            crc = zlib.crc32(part, crc)
        yield upload_pb2.UploadSynapsesRequest(
            sequence=sequence, chunk=_chunk(parts)
        )
        sequence += 1
    yield upload_pb2.UploadSynapsesRequest(
        sequence=sequence,
        commit=upload_pb2.UploadCommit(synapse_count=count, crc32=crc),
    )


def _chunk(parts: dict[str, bytes]) -> upload_pb2.SynapseChunk:
    """Returns a chunk with these numbers.

    Packed numbers of a fixed size have the same bytes on the wire as in an
    array, so arrays are copied as a whole: one by one would take minutes.
    """
    wire = bytearray()
    for name, part in parts.items():
        field = upload_pb2.SynapseChunk.DESCRIPTOR.fields_by_name[name]
        wire += bytes([field.number << 3 | 2]) + _varint(len(part)) + part
    return upload_pb2.SynapseChunk.FromString(bytes(wire))


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)
