# SPDX-License-Identifier: Apache-2.0
"""The connection to a server."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType

import grpc

from spiked._rpc.address import check_address, stays_on_this_machine
from spiked._rpc.boot_ids import BootIds
from spiked._rpc.calls import invoke
from spiked._rpc.enums import enum_number
from spiked._rpc.identity import (
    tls_credentials,
    token_or_environment,
    with_identity,
)
from spiked._rpc.large_lists import upload_large_lists
from spiked._rpc.stubs import Stubs
from spiked._rpc.upload import Numbers, upload
from spiked.errors import InvalidArgument, Unavailable
from spiked.models import Models
from spiked.network_file import NetworkDocument, NetworkSource
from spiked.session import Session
from spiked.v1 import model_pb2, server_pb2, session_pb2

# A connection without traffic is pinged, so that streams notice a dead server.
# Servers limit their messages to a few MiB; the limit here only guards against
# corrupt lengths.
_CHANNEL_OPTIONS = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 64 << 20),
    # Clients share connections otherwise, and how long to wait after failures:
    # up to two minutes, also of a new client after a restart of the server.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)
# Where gRPC looks for a proxy.
_PROXY_VARIABLES = ("grpc_proxy", "https_proxy", "http_proxy")


class Client:
    """A connection to one server. Thread-safe; a context manager."""

    def __init__(
        self,
        address: str = "localhost:50051",
        *,
        token: str | None = None,
        tenant: str = "",
        ca_file: str | os.PathLike[str] | None = None,
        cert_file: str | os.PathLike[str] | None = None,
        key_file: str | os.PathLike[str] | None = None,
        allow_insecure: bool = False,
        credentials: grpc.ChannelCredentials | None = None,
        options: Sequence[tuple[str, object]] = (),
    ) -> None:
        """Prepares a connection; it is made by the first call.

        Args:
          address: "host:port", or "unix:path". On this machine no proxy of
            the environment is used.
          token: sent to servers that require tokens; None means the environment
            variable SPIKED_TOKEN, "" means none.
          tenant: tenant for which an admin's token acts; "" means its own.
          ca_file: for TLS, authorities that sign certificates of servers, in
            PEM.
          cert_file: for TLS, the client's own certificate, in PEM, with
            `key_file`, its private key.
          key_file: see `cert_file`.
          allow_insecure: whether to send a token to another machine over a
            connection without encryption.
          credentials: from `grpc.ssl_channel_credentials`, instead of the
            files. None without files means a connection without encryption.
          options: more options of the gRPC channel.

        Raises:
          OSError: a file can't be read.
          ValueError: the address has no port or is a URL, a token would be sent
            to another machine without encryption, or files and credentials
            don't fit together.
        """
        check_address(address)
        self.address = address
        token = token_or_environment(token)
        from_files = tls_credentials(ca_file, cert_file, key_file)
        if credentials is not None and from_files is not None:
            raise ValueError("give either credentials or files")
        credentials = credentials or from_files
        in_the_clear = bool(token) and credentials is None
        # Only where it matters, because it may have to resolve a name.
        stays_here = (
            in_the_clear or any(map(os.environ.get, _PROXY_VARIABLES))
        ) and stays_on_this_machine(address)
        # gRPC would send even "localhost" through a proxy that is meant for the
        # web, and a token with it.
        no_proxy = [("grpc.enable_http_proxy", 0)] if stays_here else []
        options = [*_CHANNEL_OPTIONS, *no_proxy, *options]
        if credentials is not None:
            self._channel = grpc.secure_channel(address, credentials, options)
        elif in_the_clear and not (allow_insecure or stays_here):
            raise ValueError(
                f"the token would be sent to {address} in the clear: use TLS "
                "(ca_file), or allow_insecure=True on a private network"
            )
        else:
            self._channel = grpc.insecure_channel(address, options)
        self._stubs = Stubs.on(with_identity(self._channel, token, tenant))
        self._boot_ids = BootIds(self._stubs.server)

    def wait_until_ready(self, timeout_s: float = 30.0) -> None:
        """Waits until the server takes connections; raises Unavailable."""
        try:
            grpc.channel_ready_future(self._channel).result(timeout_s)
        except grpc.FutureTimeoutError:
            raise Unavailable(
                f"no server answered at {self.address} within {timeout_s:g} s"
            ) from None

    def create_session(
        self,
        network: NetworkSource,
        *,
        session_id: str = "",
        pacing: str | int | None = None,
        pace: float = 0.0,
        lateness_policy: str | int | None = None,
        tick_ms: float = 0.0,
        seed: int | None = None,
        thread_count: int = 0,
        labels: Mapping[str, str] | None = None,
        ttl_s: float = 0.0,
        idle_timeout_s: float = 0.0,
        admission_policy: str | int | None = None,
        request_id: str = "",
        return_at_once: bool = False,
        timeout_s: float | None = None,
    ) -> Session:
        """Builds a network and returns its session, paused at step 0.

        Args:
          network: the path of a YAML or JSON file, a mapping of the same form,
            or a `v1.Network`. Lists of synapses that are too long for a
            request are uploaded before.
          session_id: a lower-case letter, then up to 62 of a-z, 0-9 and '-',
            not ending in '-'; "" lets the server choose.
          pacing: "real_time" (default), "free_run" or "lockstep".
          pace: model seconds per wall second, in [0.001, 1000]; 0 means 1. For
            "real_time" only.
          lateness_policy: "catch_up" (default) or "slip".
          tick_ms: wall time whose steps a "real_time" session computes
            together, in [0.1, 100]; 0 means 1. A long tick costs the server
            less, a short one answers stimuli sooner.
          seed: replaces the network's seed.
          thread_count: threads that step the session, at most the server's
            `max_session_thread_count`; 0 lets the server choose. Results don't
            depend on it.
          labels: texts by key to find the session by, at most 64.
          ttl_s: wall seconds after which the session is deleted; 0 means never.
          idle_timeout_s: wall seconds without a call or an open stream after
            which the session is deleted; 0 means never.
          admission_policy: action if its load in real time is too high:
            "run_late" (default) or "refuse".
          request_id: makes the call safe to repeat, e.g. after Unavailable: a
            call of this client with the same id returns the same session, or
            raises ServerRestarted if the server has restarted meanwhile. 1 to
            64 letters, digits, '-', '_' or '.'.
          return_at_once: doesn't wait until the network is built; see
            `Session.wait_until_built`.
          timeout_s: deadline in wall seconds; None means 30.

        Raises:
          InvalidNetworkError: the network is wrong: all violations, with the
            lines of its file.
          OSError: the file can't be read.
          AlreadyExists: the id is taken.
          ResourceExhausted: the network or the number of sessions passes the
            server's limits.
          ServerRestarted: see `request_id`.
          SpikedError: the call failed otherwise.
        """
        document = NetworkDocument.read(network)
        request = session_pb2.CreateSessionRequest(
            session_id=session_id,
            network=upload_large_lists(document.message, self._stubs.upload),
            pacing=enum_number(session_pb2.Pacing, pacing, "pacing"),
            pace=pace,
            lateness_policy=enum_number(
                session_pb2.LatenessPolicy, lateness_policy, "lateness_policy"
            ),
            tick_ms=tick_ms,
            seed=seed,
            thread_count=thread_count,
            labels=labels,
            ttl_s=ttl_s,
            idle_timeout_s=idle_timeout_s,
            admission_policy=enum_number(
                session_pb2.AdmissionPolicy,
                admission_policy,
                "admission_policy",
            ),
            request_id=request_id,
            return_at_once=return_at_once,
        )
        demand = self._boot_ids.demand(request_id, timeout_s)
        try:
            info = invoke(
                self._stubs.session.CreateSession, request, timeout_s, demand
            )
        except InvalidArgument as error:
            raise document.locate(error) from None
        return Session(self._stubs, info)

    def session(
        self,
        name: str,
        *,
        incarnation_id: str = "",
        timeout_s: float | None = None,
    ) -> Session:
        """Returns an existing session by its name or id.

        Args:
          name: "sessions/{id}" or the id.
          incarnation_id: `Session.incarnation_id` that it must have, for a
            program that goes on where another stopped; "" means any.
          timeout_s: deadline in wall seconds; None means 30.

        Raises:
          NotFound: there is no such session.
          SessionReplaced: the session of that name is another one.
        """
        if not name.startswith("sessions/"):
            name = f"sessions/{name}"
        request = session_pb2.GetSessionRequest(
            name=name, expected_incarnation_id=incarnation_id
        )
        info = invoke(self._stubs.session.GetSession, request, timeout_s)
        return Session(self._stubs, info)

    def list_sessions(
        self,
        *,
        labels: Mapping[str, str] | None = None,
        states: Iterable[str | int] = (),
        page_size: int = 0,
        timeout_s: float | None = None,
    ) -> Iterator[Session]:
        """Yields sessions, ordered by name, fetching pages as needed.

        Args:
          labels: select sessions that have all of these.
          states: select sessions in one of these states, e.g. ["running",
            "paused"]; empty means all.
          page_size: sessions per page, in [0, 1000]; 0 means 50.
          timeout_s: deadline of each page in wall seconds; None means 30.
        """
        request = session_pb2.ListSessionsRequest(
            page_size=page_size,
            labels=labels,
            states=[
                enum_number(session_pb2.SessionState, state, "states")
                for state in states
            ],
        )
        while True:
            page = invoke(self._stubs.session.ListSessions, request, timeout_s)
            for info in page.sessions:
                yield Session(self._stubs, info)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def upload_synapses(
        self,
        sources: Numbers,
        targets: Numbers,
        weights: Numbers | None = None,
        delays_ms: Numbers | None = None,
        *,
        timeout_s: float | None = None,
    ) -> str:
        """Sends a list of synapses, of any length, and returns its name.

        For a projection with the rule `{"explicit_pairs": {"upload": name}}`.
        Weights and delays that are given here must not be given there. The
        upload ends ten minutes after its last use.

        Args:
          sources: index of each synapse's source in its population, [synapses].
          targets: index of each synapse's target in its population, [synapses].
          weights: weights in the unit of the receptor, [synapses], or None.
          delays_ms: delays in ms, [synapses], or None.
          timeout_s: deadline in wall seconds; None means 30, and 30 more for
            each million of synapses.

        Raises:
          ValueError: the lists are not of the same length, or not numbers.
          InvalidArgument: a number is out of range; see `violations`.
          ResourceExhausted: the server has no memory for the list.
          DataLoss: a part of the list was lost on the way.
        """
        return upload(
            self._stubs.upload, sources, targets, weights, delays_ms, timeout_s
        )

    def list_models(
        self,
        kind: str | int | None = None,
        *,
        timeout_s: float | None = None,
    ) -> list[model_pb2.Model]:
        """Returns the server's models, ordered by kind, then by name.

        Args:
          kind: "neuron", "synapse", "input" or "encoder"; None means all.
          timeout_s: deadline in wall seconds; None means 30.
        """
        request = model_pb2.ListModelsRequest(
            kind=enum_number(model_pb2.ModelKind, kind, "kind")
        )
        response = invoke(self._stubs.model.ListModels, request, timeout_s)
        return list(response.models)

    @property
    def models(self) -> Models:
        """The server's models by name, asked for when read.

        `client.models["adex"]` has equations, parameters, receptors and schemes
        as attributes; it prints as text, and in notebooks as tables.
        """
        return Models(self.list_models())

    def server_info(
        self, *, timeout_s: float | None = None
    ) -> server_pb2.ServerInfo:
        """Returns version, limits and state of the server."""
        request = server_pb2.GetServerInfoRequest()
        return invoke(self._stubs.server.GetServerInfo, request, timeout_s)

    def drain_server(self, *, timeout_s: float | None = None) -> None:
        """Tells the server to stop in order; needs the token of an admin.

        New sessions are refused, streams end with their last message, and the
        server ends. Raises PermissionDenied without such a token.
        """
        request = server_pb2.DrainServerRequest()
        invoke(self._stubs.server.DrainServer, request, timeout_s)

    def close(self) -> None:
        """Closes the connection and its streams; sessions are kept."""
        self._channel.close()

    def __enter__(self) -> Client:
        """Returns the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the connection."""
        self.close()
