# SPDX-License-Identifier: Apache-2.0
"""Lists of synapses that don't fit into a request."""

from __future__ import annotations

import numpy as np

from spiked._rpc.upload import upload
from spiked.v1 import network_pb2, upload_pb2_grpc

# Networks of fewer bytes are sent as they are; servers take 16 MiB.
MAX_BYTES = 8 << 20


def upload_large_lists(
    network: network_pb2.Network,
    stub: upload_pb2_grpc.UploadServiceStub,
    max_bytes: int = MAX_BYTES,
) -> network_pb2.Network:
    """Uploads the longest lists of synapses until the rest is small enough.

    Returns:
      The network with the names of the uploads; the network itself if it is
      small.

    Raises:
      SpikedError: an upload failed.
    """
    if network.ByteSize() <= max_bytes:
        return network
    smaller = network_pb2.Network()
    smaller.CopyFrom(network)
    by_length = sorted(
        smaller.projections,
        key=lambda p: len(p.explicit_pairs.source_indices),
        reverse=True,
    )
    for projection in by_length:
        pairs = projection.explicit_pairs
        count = len(pairs.source_indices)
        # What is wrong is left to the server, which names it.
        if count == 0 or len(pairs.target_indices) != count:
            break
        columns = {}
        for name in ("weight", "delay_ms"):
            values = getattr(projection, name).list.values
            if len(values) == count:
                columns[name] = np.fromiter(values, np.float64, count)
        pairs.upload = upload(
            stub,
            np.fromiter(pairs.source_indices, np.int32, count),
            np.fromiter(pairs.target_indices, np.int32, count),
            columns.get("weight"),
            columns.get("delay_ms"),
            None,
        )
        del pairs.source_indices[:]
        del pairs.target_indices[:]
        for name in columns:
            projection.ClearField(name)
        if smaller.ByteSize() <= max_bytes:
            break
    return smaller
