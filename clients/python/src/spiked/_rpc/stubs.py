# SPDX-License-Identifier: Apache-2.0
"""The stubs of all services on one channel."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from spiked.v1 import (
    change_pb2_grpc,
    model_pb2_grpc,
    recording_pb2_grpc,
    server_pb2_grpc,
    session_pb2_grpc,
    stimulus_pb2_grpc,
    upload_pb2_grpc,
)


@dataclass(frozen=True)
class Stubs:
    """One stub per service. Thread-safe, like the channels of gRPC."""

    model: model_pb2_grpc.ModelServiceStub
    network: change_pb2_grpc.NetworkServiceStub
    recording: recording_pb2_grpc.RecordingServiceStub
    server: server_pb2_grpc.ServerServiceStub
    session: session_pb2_grpc.SessionServiceStub
    stimulus: stimulus_pb2_grpc.StimulusServiceStub
    upload: upload_pb2_grpc.UploadServiceStub

    @staticmethod
    def on(channel: grpc.Channel) -> Stubs:
        """Returns the stubs on a channel."""
        return Stubs(
            model=model_pb2_grpc.ModelServiceStub(channel),
            network=change_pb2_grpc.NetworkServiceStub(channel),
            recording=recording_pb2_grpc.RecordingServiceStub(channel),
            server=server_pb2_grpc.ServerServiceStub(channel),
            session=session_pb2_grpc.SessionServiceStub(channel),
            stimulus=stimulus_pb2_grpc.StimulusServiceStub(channel),
            upload=upload_pb2_grpc.UploadServiceStub(channel),
        )
