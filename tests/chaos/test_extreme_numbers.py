# SPDX-License-Identifier: Apache-2.0
"""Every number of every request at its extremes.

The numbers are found in the contract itself, so a new field is tested, too.
Whatever a client sends, the answer has a code that blames the request, and
other sessions go on: a canary and health are watched meanwhile.
"""

import importlib
import math
import pkgutil

import grpc
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as F

import networks
import spiked.v1

SESSION = "sessions/victim"
CALL_S = 1.0

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

    def __init__(self, address: str):
        self.channel = grpc.insecure_channel(address)

    def call(self, name: str, request) -> grpc.StatusCode:
        service, method = METHODS[name]
        path = f"/{service}/{name}"
        data = request.SerializeToString()
        if method.client_streaming:
            call = self.channel.stream_stream(path)(iter([data]), CALL_S)
        elif method.server_streaming:
            call = self.channel.unary_stream(path)(data, CALL_S)
        else:
            try:
                self.channel.unary_unary(path)(data, CALL_S)
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


@pytest.mark.parametrize("name", requests_with_numbers())
def test_every_number_of_a_request_may_be_anything(shared_watch, name):
    caller = Caller(shared_watch.address)
    caller.renew_victim()
    caller.prepare(name)
    valid = json_format.ParseDict(
        REQUESTS[name], request_class(METHODS[name][1])()
    )
    assert caller.call(name, valid) == grpc.StatusCode.OK, "isn't valid"
    bad = []
    count = 0
    for path, field in numbers(valid):
        for value in EXTREMES[field.type]:
            caller.prepare(name)
            request = type(valid)()
            request.CopyFrom(valid)
            set_number(request, path, field, value)
            code = caller.call(name, request)
            count += 1
            if code not in ALLOWED:
                bad.append((path, value, code))
            if name == "CreateSession":
                caller.send("DeleteSession", name="sessions/made")
    assert not bad
    assert count >= 3
