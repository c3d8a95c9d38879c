# SPDX-License-Identifier: Apache-2.0
"""Every number of every request at its extremes, alone and in pairs.

The numbers are found in the contract itself, so a new field is tested, too.
Whatever a client sends, the answer has a code that blames the request, and
other sessions go on: a canary and health are watched meanwhile.

With SPIKED_ALL_PAIRS=1 every two numbers of a request take every pair of
values while the others stay valid, which takes about an hour.
"""

import importlib
import itertools
import math
import os
import pkgutil

import grpc
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as F

import networks
import spiked.v1
from pairs import covering_array

SESSION = "sessions/victim"
CALL_S = 1.0
# How many requests in a row may get no answer in time.
MAX_LATE = 25

# What a request may end with. A call may also take longer than its client
# wants, such as an advance of 2^60 steps.
ALLOWED = {
    grpc.StatusCode.OK,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.DEADLINE_EXCEEDED,
}


def integers(low, high):
    return [low, low + 1, -1, 0, 1, high - 1, high]


INT32 = integers(-(2**31), 2**31 - 1)
INT64 = [*integers(-(2**63), 2**63 - 1), 2**31, 2**32, 2**53 + 1]
EXTREMES = {
    F.TYPE_INT32: INT32,
    F.TYPE_SINT32: INT32,
    F.TYPE_INT64: INT64,
    F.TYPE_SINT64: INT64,
    F.TYPE_UINT32: [0, 1, 2**32 - 1],
    F.TYPE_UINT64: [0, 1, 2**64 - 1],
    F.TYPE_ENUM: [-1, 0, 1, 99, 2**31 - 1],
    F.TYPE_DOUBLE: [
        *(math.nan, math.inf, -math.inf, -1.0, -0.0, 1.0),
        *(5e-324, 1e-300, 1e-9, 1e9, 1e300, -1e300),
    ],
}

# For pairs.
FEW = {
    F.TYPE_INT32: [-(2**31), -1, 0, 1, 2**31 - 1],
    F.TYPE_SINT32: [-(2**31), -1, 0, 1, 2**31 - 1],
    F.TYPE_INT64: [-(2**63), -1, 0, 1, 2**63 - 1],
    F.TYPE_SINT64: [-(2**63), -1, 0, 1, 2**63 - 1],
    F.TYPE_UINT32: [0, 1, 2**32 - 1],
    F.TYPE_UINT64: [0, 1, 2**64 - 1],
    F.TYPE_ENUM: [-1, 0, 1, 2**31 - 1],
    F.TYPE_DOUBLE: [math.nan, -1.0, 0.0, 1e-9, 1e300],
}
# The bounds that comments of the contract give, by names of fields; those of
# 0, 1 and of the types themselves are among the extremes.
BOUNDS = {
    "amount": [-1e20, 1e20],
    "amplitudes": [-3.4e38, 3.4e38],
    "at_step": [2**60],
    "batch_window_ms": [1, 1000],
    "bin_count": [10_000],
    "bin_steps": [2**20, 10**9],
    "column_count": [20, 30],
    "count": [int(4.2e9)],
    "crc32": [2**32],
    "decay_mm": [1e-9, 1e9],
    "delays_ms": [65_535],
    "dt_ms": [0.001, 100],
    "duration_ms": [1e9],
    "idle_timeout_s": [0.001, 1e9],
    "inner_radius_mm": [1e9],
    "lower_mm": [-1e9, 1e9],
    "max_buffer_bytes": [1 << 18, 1 << 20, 4 << 20],
    "neuron_indices": [20, 30, 50],
    "offsets_ms": [1e9],
    "pace": [0.001, 1000],
    "page_size": [1000],
    "probability": [0.001, 1],
    "progress_interval_s": [0.001, 3600],
    "radius_mm": [1e-9, 1e9],
    "rates_hz": [1e9],
    "sample_fraction": [1],
    "size": [2**30],
    "start_step": [2**60],
    "std_mm": [1e-9, 1e9],
    "step_count": [10**9],
    "thread_count": [2, 16, 64],
    "tick_ms": [0.1, 100],
    "ttl_s": [0.001, 1e9],
    "weight": [3.4e38],
    "window_steps": [2, 20, 2**20],
}


def near(field, bound) -> list:
    """A bound and its neighbours."""
    if field.type == F.TYPE_DOUBLE:
        return [
            math.nextafter(bound, -math.inf),
            float(bound),
            math.nextafter(bound, math.inf),
        ]
    return [bound - 1, bound, bound + 1]


def extremes(field) -> list:
    values = list(EXTREMES[field.type])
    for bound in BOUNDS.get(field.name, []):
        for value in near(field, bound):
            # An int32 "size" takes no bound of an int64 one.
            is_value = field.type == F.TYPE_DOUBLE or value <= max(values)
            if is_value and value not in values:
                values.append(value)
    return values


def network() -> dict:
    """A small network with a bit of everything that has numbers."""
    it = networks.noisy(30)
    it["populations"][0]["positions"] = {
        "grid": {"shape": [6, 5], "spacing_mm": [0.1, 0.1]}
    }
    it["populations"].append(
        {"name": "lif", "size": 20, "model": "lif_exp", "column_count": 4}
    )
    it["projections"].append(
        {
            "name": "plastic",
            "source": "cells",
            "target": "lif",
            "receptor": "current_exp",
            "pairwise_bernoulli": {"probability": 0.3},
            "weight": {"uniform": {"low": 0, "high": 1}},
            "delay_ms": {"constant": 2},
            "synapse": {
                "model": "stdp_pair",
                "parameters": {"tau_plus_ms": {"constant": 20}},
            },
        }
    )
    it["stimuli"] = stimuli()
    return it


def stimuli() -> list[dict]:
    return [
        {
            "population": "cells",
            "start_step": 3,
            "neuron_indices": [1],
            "current": {"amplitudes": [1], "duration_ms": 2},
        },
        {"population": "lif", "start_ms": 4, "columns": [1], "rates": rates()},
        {"population": "lif", "spikes": {"offsets_ms": [1], "weight": 1}},
    ]


def rates() -> dict:
    return {"rates_hz": [10], "duration_ms": 5, "weight": 1}


ADDED = {
    "populations": [{"name": "more", "size": 5, "model": "izhikevich"}],
    "projections": [
        {
            "source": "cells",
            "target": "more",
            "fixed_total_number": {"count": 7},
            "weight": {"normal": {"mean": 1, "std": 0.1, "min": 0}},
            "delay_ms": {"constant": 1},
        }
    ],
}

# A valid request of each method that has numbers.
REQUESTS = {
    "CreateSession": {"session_id": "made", "network": network(), "pace": 1},
    "StartSession": {"name": SESSION, "stop_step": 3},
    "UpdateSession": {"name": SESSION, "pacing": "REAL_TIME", "pace": 2},
    "AdvanceSession": {
        "name": SESSION,
        "step_count": 2,
        "count_bin_steps": 1,
        "stimuli": stimuli(),
    },
    "InjectStimulus": {"session": SESSION, "stimuli": stimuli()},
    "StreamStimuli": {"session": SESSION, "stimuli": stimuli()},
    "ChangeNetwork": {
        "session": SESSION,
        "changes": [
            {"set_weights": {"projection": "links", "factor": 1}},
            {
                "set_state": {
                    "population": "cells",
                    "neuron_indices": [1],
                    "values": {"v_mv": {"constant": -60}},
                }
            },
            {
                "set_input": {
                    "input": "normal_noise_current->cells",
                    "parameters": {"std": {"constant": 5}},
                }
            },
            {"silence": {"population": "cells", "neuron_indices": [2]}},
        ],
    },
    "EditNetwork": {"session": SESSION, "add": ADDED},
    "StreamSpikes": {"session": SESSION, "neuron_indices": [1]},
    "StreamState": {
        "session": SESSION,
        "population": "cells",
        "variables": ["v_mv"],
        "neuron_indices": [1],
        "interval_steps": 1,
    },
    "StreamRates": {"session": SESSION, "bin_steps": 1},
    "ReadSynapses": {
        "session": SESSION,
        "projection": "links",
        "source_indices": [1],
    },
    "GetWeightHistogram": {"session": SESSION, "projection": "links"},
    "GetPopulationSpectrum": {
        "session": SESSION,
        "population": "cells",
        "window_steps": 8,
        "bin_steps": 1,
    },
    "ListSessions": {"page_size": 5},
    "ListModels": {},
    "UploadSynapses": {
        "begin": {"synapse_count": 3, "source_size": 30, "target_size": 20}
    },
}


def methods():
    """The contract's methods that have requests with numbers, by name."""
    found = {}
    for module in pkgutil.iter_modules(spiked.v1.__path__):
        if not module.name.endswith("_pb2"):
            continue
        pb2 = importlib.import_module(f"spiked.v1.{module.name}")
        for service in pb2.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                found[method.name] = (service.full_name, method)
    return found


METHODS = methods()


def is_repeated(field) -> bool:
    repeated = getattr(field, "is_repeated", None)
    return field.label == F.LABEL_REPEATED if repeated is None else repeated


def numbers(message, path=(), types=()):
    """Yields (path, field) of every number that a request can have."""
    for field in message.DESCRIPTOR.fields:
        kind = field.message_type
        if kind is None:
            if field.type in EXTREMES:
                yield (*path, (field.name, None)), field
            continue
        if kind in types:
            continue  # a Value in a mixture of a Value
        value = getattr(message, field.name)
        if kind.GetOptions().map_entry:
            if kind.fields_by_name["value"].message_type is not None:
                for key in value:
                    step = (field.name, key)
                    yield from numbers(value[key], (*path, step), types)
        elif is_repeated(field):
            for i, item in enumerate(value):
                step = (field.name, i)
                yield from numbers(item, (*path, step), (*types, kind))
        else:
            yield from numbers(
                value, (*path, (field.name, None)), (*types, kind)
            )


def set_number(message, path, field, value):
    for name, index in path[:-1]:
        message = getattr(message, name)
        if index is not None:
            message = message[index]
    if is_repeated(field):
        values = getattr(message, field.name)
        del values[:]
        values.append(value)
    else:
        setattr(message, field.name, value)


def request_class(method):
    module = method.input_type.file.name.rsplit("/", 1)[-1]
    pb2 = importlib.import_module(
        f"spiked.v1.{module.removesuffix('.proto')}_pb2"
    )
    return getattr(pb2, method.input_type.name)


# They leave a session that the next request doesn't fit, or none.
RENEWED = {"EditNetwork", "UpdateSession", "ChangeNetwork"}


class Caller:
    """Sends requests as bytes; reads at most one answer of a stream."""

    def __init__(self, address: str, token: str = ""):
        self.channel = grpc.insecure_channel(address)
        self.metadata = [("authorization", f"Bearer {token}")] if token else []

    def call(self, name: str, request) -> grpc.StatusCode:
        service, method = METHODS[name]
        path = f"/{service}/{name}"
        data = request.SerializeToString()
        options = {"timeout": CALL_S, "metadata": self.metadata}
        if method.client_streaming:
            call = self.channel.stream_stream(path)(iter([data]), **options)
        elif method.server_streaming:
            call = self.channel.unary_stream(path)(data, **options)
        else:
            try:
                self.channel.unary_unary(path)(data, **options)
            except grpc.RpcError as error:
                return error.code()
            return grpc.StatusCode.OK
        try:
            next(call, None)
        except grpc.RpcError as error:
            return error.code()
        call.cancel()
        return grpc.StatusCode.OK

    def send(self, method: str, **fields) -> grpc.StatusCode:
        return self.call(method, request_class(METHODS[method][1])(**fields))

    def renew_victim(self):
        """A session at step 0, whatever has become of the last one."""
        self.send("DeleteSession", name=SESSION)
        request = json_format.ParseDict(
            {
                "session_id": "victim",
                "network": network(),
                "pacing": "FREE_RUN",
            },
            request_class(METHODS["CreateSession"][1])(),
        )
        assert self.call("CreateSession", request) == grpc.StatusCode.OK

    def prepare(self, method: str):
        """Makes the victim ready for a request."""
        if method in RENEWED:
            self.renew_victim()
        else:
            self.send("ResetSession", name=SESSION)
        if method == "GetPopulationSpectrum":
            self.send("AdvanceSession", name=SESSION, step_count=20)


def requests_with_numbers() -> list[str]:
    return sorted(
        name
        for name, (_, method) in METHODS.items()
        if any(numbers(request_class(method)()))
    )


def valid_request(name):
    return json_format.ParseDict(
        REQUESTS[name], request_class(METHODS[name][1])()
    )


class Attempts:
    """Sends variants of a valid request, and collects bad answers."""

    def __init__(self, address: str, name: str):
        self.valid = valid_request(name)
        self.count = 0
        self.bad: list[tuple] = []
        self._late: list = []  # those without an answer since the last one
        self._name = name
        self._caller = Caller(address)
        self._caller.renew_victim()
        assert self._send(self.valid) == grpc.StatusCode.OK, "isn't valid"

    def _send(self, request) -> grpc.StatusCode:
        self._caller.prepare(self._name)
        code = self._caller.call(self._name, request)
        if self._name == "CreateSession":
            self._caller.send("DeleteSession", name="sessions/made")
        return code

    def send(self, chosen):
        """Sends the request with (path, field, value) of the chosen ones."""
        request = type(self.valid)()
        request.CopyFrom(self.valid)
        for path, field, value in chosen:
            set_number(request, path, field, value)
        code = self._send(request)
        self.count += 1
        at = [(path, value) for path, _, value in chosen]
        if code not in ALLOWED:
            self.bad.append((code, at))
        if code != grpc.StatusCode.DEADLINE_EXCEEDED:
            self._late = []
            return
        # Building a large network may take so long, and a few in a row, but the
        # server always comes back.
        self._late.append(at)
        assert len(self._late) < MAX_LATE, f"stuck since {self._late[0]}"

    def check(self):
        """Nothing was answered wrongly, and networks are still built."""
        assert not self.bad
        assert self.count >= 3
        self._caller.renew_victim()

    def send_pairs(self, fields, values_of):
        """Sends all pairs of values of two of the fields, in few requests."""
        values = [values_of(field) for _, field in fields]
        for row in covering_array([len(v) for v in values]):
            chosen = [
                (path, field, values[i][k])
                for i, ((path, field), k) in enumerate(
                    zip(fields, row, strict=True)
                )
            ]
            self.send([c for c in chosen if c[2] is not None])


def siblings(fields) -> list[list]:
    """The fields by the message that has them."""
    by_message: dict[tuple, list] = {}
    for path, field in fields:
        by_message.setdefault(path[:-1], []).append((path, field))
    return [group for group in by_message.values() if len(group) > 1]


def few(field) -> list:
    return FEW[field.type]


def few_or_valid(field) -> list:
    return [None, *few(field)]


def test_every_bound_is_of_a_number():
    known: dict[str, set] = {}
    for name in requests_with_numbers():
        for _, field in numbers(valid_request(name)):
            known.setdefault(field.name, set()).add(field.type)
    assert set(BOUNDS) <= set(known)


@pytest.mark.parametrize("name", requests_with_numbers())
def test_every_number_of_a_request_may_be_anything(shared_watch, name):
    attempts = Attempts(shared_watch.address, name)
    for path, field in numbers(attempts.valid):
        for value in extremes(field):
            attempts.send([(path, field, value)])
    attempts.check()


@pytest.mark.parametrize("name", requests_with_numbers())
def test_pairs_of_numbers_of_a_request_may_be_anything(shared_watch, name):
    attempts = Attempts(shared_watch.address, name)
    fields = list(numbers(attempts.valid))
    attempts.send_pairs(fields, few_or_valid)
    # The first wrong number of many may hide the others. Those of one message
    # are computed with together, so they vary while the others stay valid.
    for group in siblings(fields):
        attempts.send_pairs(group, few)
    attempts.check()


@pytest.mark.skipif(
    not os.environ.get("SPIKED_ALL_PAIRS"), reason="takes about an hour"
)
@pytest.mark.parametrize("name", requests_with_numbers())
def test_every_pair_of_numbers_alone(shared_watch, name):
    attempts = Attempts(shared_watch.address, name)
    fields = list(numbers(attempts.valid))
    for pair in itertools.combinations(fields, 2):
        attempts.send_pairs(pair, few)
    attempts.check()
