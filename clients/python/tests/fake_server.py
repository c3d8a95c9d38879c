# SPDX-License-Identifier: Apache-2.0
"""A fake server with the API of spiked, in this process."""

import zlib
from concurrent import futures

import grpc
import numpy as np
from google.protobuf import any_pb2

from fake_session import FakeSession
from fake_streams import FakeRecording, FakeStimulus
from spiked import v1
from spiked.v1 import (
    change_pb2_grpc,
    model_pb2_grpc,
    recording_pb2_grpc,
    server_pb2_grpc,
    session_pb2_grpc,
    stimulus_pb2_grpc,
    upload_pb2_grpc,
)


class FakeServer:
    """Serves until `stop`; `address` is for `Client`.

    Attributes:
      sessions: by name.
      boot_id: that calls of CreateSession may require.
      refusal: (code, message, ErrorInfo, BadRequest) that the next call of
        CreateSession, AdvanceSession or ChangeNetwork fails with; None: it
        succeeds.
      max_advance_steps: most steps of a call of AdvanceSession.
      uploads: uploaded lists, by name.
      edits: requests of EditNetwork.
      script: messages that the next StreamSpikes sends instead of true ones.
      drained: number of calls of DrainServer.
      metadata: metadata of the last call of the ServerService, as a dict.
      peers: connections from which it was called.
      request: the last request of some of the methods.
    """

    def __init__(self, port: int = 0) -> None:
        self.sessions: dict[str, FakeSession] = {}
        self.boot_id = "b" * 32
        self.refusal = None
        self.max_advance_steps = 10**9
        self.script = None
        self.uploads: dict[str, dict] = {}
        self.edits: list[v1.EditNetworkRequest] = []
        self.drained = 0
        self.metadata: dict[str, str] = {}
        self.peers: set[str] = set()
        self.request = None
        self._server = grpc.server(futures.ThreadPoolExecutor(16))
        for add, servicer in (
            (session_pb2_grpc.add_SessionServiceServicer_to_server, _Sessions),
            (
                recording_pb2_grpc.add_RecordingServiceServicer_to_server,
                FakeRecording,
            ),
            (
                stimulus_pb2_grpc.add_StimulusServiceServicer_to_server,
                FakeStimulus,
            ),
            (upload_pb2_grpc.add_UploadServiceServicer_to_server, _Uploads),
            (model_pb2_grpc.add_ModelServiceServicer_to_server, _Models),
            (change_pb2_grpc.add_NetworkServiceServicer_to_server, _Networks),
            (server_pb2_grpc.add_ServerServiceServicer_to_server, _Server),
        ):
            add(servicer(self), self._server)
        port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self.address = f"127.0.0.1:{port}"
        self._server.start()

    def stop(self) -> None:
        self._server.stop(None).wait()

    def find(self, request, context: grpc.ServicerContext) -> FakeSession:
        """Returns the session of a request; ends the call if it isn't there."""
        by_name = "name" in request.DESCRIPTOR.fields_by_name
        name = request.name if by_name else request.session
        if name not in self.sessions:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no session {name}")
        session = self.sessions[name]
        if request.expected_incarnation_id not in (
            "",
            session.info.incarnation_id,
        ):
            self.refuse(context, "INCARNATION_MISMATCH")
        return session

    def check_boot_id(self, context: grpc.ServicerContext) -> None:
        """Ends a call that is for another start of the server."""
        metadata = dict(context.invocation_metadata())
        if metadata.get("spiked-boot-id", self.boot_id) != self.boot_id:
            self.refuse(context, "BOOT_ID_MISMATCH")

    def refuse(self, context: grpc.ServicerContext, reason: str) -> None:
        """Ends the call with ABORTED and a reason."""
        self.refusal = (
            grpc.StatusCode.ABORTED,
            reason,
            v1.ErrorInfo(reason=reason),
            v1.BadRequest(),
        )
        self.maybe_refuse(context)

    def maybe_refuse(self, context: grpc.ServicerContext) -> None:
        """Ends the call if `refusal` says so, with all details."""
        if self.refusal is None:
            return
        (code, message, info, request), self.refusal = self.refusal, None
        status = v1.Status(code=code.value[0], message=message)
        for name, detail in (("ErrorInfo", info), ("BadRequest", request)):
            status.details.append(
                any_pb2.Any(
                    type_url=f"type.googleapis.com/google.rpc.{name}",
                    value=detail.SerializeToString(),
                )
            )
        context.set_trailing_metadata(
            [("grpc-status-details-bin", status.SerializeToString())]
        )
        context.abort(code, message)


class _Sessions(session_pb2_grpc.SessionServiceServicer):
    def __init__(self, server: FakeServer) -> None:
        self.server = server

    def CreateSession(self, request, context):  # noqa: N802
        self.server.check_boot_id(context)
        self.server.maybe_refuse(context)
        sessions = self.server.sessions
        name = f"sessions/{request.session_id or f'fake-{len(sessions)}'}"
        if name in sessions:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, f"{name} exists")
        sessions[name] = FakeSession(request, name)
        return sessions[name].info

    def GetSession(self, request, context):  # noqa: N802
        return self.server.find(request, context).info

    def ListSessions(self, request, context):  # noqa: N802
        names = sorted(
            name
            for name, session in self.server.sessions.items()
            if request.labels.items() <= session.info.labels.items()
            and (not request.states or session.info.state in request.states)
        )
        begin = int(request.page_token or 0)
        end = begin + (request.page_size or 50)
        return v1.ListSessionsResponse(
            sessions=[self.server.sessions[n].info for n in names[begin:end]],
            next_page_token=str(end) if end < len(names) else "",
        )

    def DeleteSession(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        with session.changed:
            session.deleted = True
            session.changed.notify_all()
        del self.server.sessions[request.name]
        return v1.DeleteSessionResponse()

    def StartSession(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        with session.changed:
            session.info.stop_step = request.stop_step
            if request.stop_step:
                session.move_to(request.stop_step)
            else:
                session.info.state = v1.RUNNING
                session.changed.notify_all()
        return session.info

    def UpdateSession(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        with session.changed:
            session.update(request)
        return session.info

    def PauseSession(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        with session.changed:
            session.info.state = v1.PAUSED
            session.changed.notify_all()
        return session.info

    def ResetSession(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        with session.changed:
            session.reset()
        return session.info

    def AdvanceSession(self, request, context):  # noqa: N802
        self.server.maybe_refuse(context)
        session = self.server.find(request, context)
        with session.changed:
            first = session.info.step
            for stimulus in request.stimuli:
                session.inject(stimulus)
            count = min(request.step_count, self.server.max_advance_steps)
            session.move_to(first + count)
            answer = v1.AdvanceSessionResponse(
                completed_step_count=count, step=session.info.step
            )
            if request.return_spikes:
                answer.spikes.CopyFrom(
                    session.batch(first, first + count, request.spike_encoding)
                )
            if request.count_bin_steps:
                answer.spike_counts.extend(session.counts(first, request))
        return answer

    def WatchSession(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        context.send_initial_metadata(())
        while not session.deleted and context.is_active():
            with session.changed:
                yield v1.WatchSessionResponse(session=session.info)
                session.changed.wait(0.1)

    def GetSessionMetrics(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        return v1.SessionMetrics(step=session.info.step)


class _Uploads(upload_pb2_grpc.UploadServiceServicer):
    def __init__(self, server: FakeServer) -> None:
        self.server = server

    def UploadSynapses(self, requests, context):  # noqa: N802
        lists: dict[str, list] = {}
        crc = 0
        for expected, request in enumerate(requests):
            assert request.sequence == expected
            answer = v1.UploadSynapsesResponse(sequence=expected)
            for field, values in request.chunk.ListFields():
                lists.setdefault(field.name, []).extend(values)
                form = "<i4" if "indices" in field.name else "<f8"
                crc = zlib.crc32(np.array(values, form).tobytes(), crc)
            answer.synapse_count = len(lists.get("source_indices", ()))
            if request.HasField("commit"):
                if request.commit.crc32 != crc:
                    context.abort(grpc.StatusCode.DATA_LOSS, "crc32")
                answer.upload = f"uploads/{len(self.server.uploads)}"
                self.server.uploads[answer.upload] = lists
            yield answer


class _Networks(change_pb2_grpc.NetworkServiceServicer):
    def __init__(self, server: FakeServer) -> None:
        self.server = server

    def ChangeNetwork(self, request, context):  # noqa: N802
        self.server.maybe_refuse(context)
        session = self.server.find(request, context)
        step = session.info.step
        applied = request.at_step if request.HasField("at_step") else step
        session.changes.append((applied, list(request.changes)))
        return v1.ChangeNetworkResponse(
            applied_step=applied, step=step, epoch=session.info.epoch
        )

    def EditNetwork(self, request, context):  # noqa: N802
        self.server.edits.append(request)
        info = self.server.find(request, context).info
        answer = v1.EditNetworkResponse(applied_step=10, session=info)
        answer.session.network_revision = 1
        del answer.session.populations[:]
        for population in request.add.populations:
            answer.session.populations.add(
                name=population.name, size=population.size, column_count=1
            )
        return answer


class _Models(model_pb2_grpc.ModelServiceServicer):
    def __init__(self, server: FakeServer) -> None:
        pass

    def ListModels(self, request, context):  # noqa: N802
        models = [
            v1.Model(kind=v1.NEURON, name="izhikevich"),
            v1.Model(kind=v1.SYNAPSE, name="static"),
        ]
        return v1.ListModelsResponse(
            models=[m for m in models if request.kind in (0, m.kind)]
        )


class _Server(server_pb2_grpc.ServerServiceServicer):
    def __init__(self, server: FakeServer) -> None:
        self.server = server

    def DrainServer(self, request, context):  # noqa: N802
        self.server.drained += 1
        return v1.DrainServerResponse()

    def GetServerInfo(self, request, context):  # noqa: N802
        self.server.metadata = dict(context.invocation_metadata())
        self.server.peers.add(context.peer())
        return v1.ServerInfo(
            version="0.0.0",
            boot_id=self.server.boot_id,
            session_count=len(self.server.sessions),
        )
