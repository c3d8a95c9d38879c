# SPDX-License-Identifier: Apache-2.0
import grpc
import pytest

import spiked
from small_network import NETWORK
from spiked import v1
from spiked._rpc.status import error_from_call


class FakeCall:
    """A call that has ended."""

    def __init__(self, code, trailers=(), details="why"):
        self._code = code
        self._trailers = trailers
        self._details = details

    def code(self):
        return self._code

    def details(self):
        return self._details

    def trailing_metadata(self):
        return self._trailers


@pytest.mark.parametrize(
    "code, cls",
    [
        (grpc.StatusCode.NOT_FOUND, spiked.NotFound),
        (grpc.StatusCode.ALREADY_EXISTS, spiked.AlreadyExists),
        (grpc.StatusCode.FAILED_PRECONDITION, spiked.FailedPrecondition),
        (grpc.StatusCode.ABORTED, spiked.StepMismatch),
        (grpc.StatusCode.OUT_OF_RANGE, spiked.OutOfRange),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, spiked.ResourceExhausted),
        (grpc.StatusCode.UNAUTHENTICATED, spiked.Unauthenticated),
        (grpc.StatusCode.PERMISSION_DENIED, spiked.PermissionDenied),
        (grpc.StatusCode.UNAVAILABLE, spiked.Unavailable),
        (grpc.StatusCode.DATA_LOSS, spiked.DataLoss),
        (grpc.StatusCode.INTERNAL, spiked.SpikedError),
    ],
)
def test_class_by_code(code, cls):
    error = error_from_call(FakeCall(code))
    assert type(error) is cls
    assert error.code is code
    assert error.message == "why"


def test_a_call_that_the_server_cancels_without_a_reason_is_unavailable():
    cancelled = grpc.StatusCode.CANCELLED
    assert type(error_from_call(FakeCall(cancelled))) is spiked.Unavailable
    here = FakeCall(cancelled, details="Locally cancelled by application!")
    assert type(error_from_call(here)) is spiked.Cancelled
    status = v1.Status(code=1, message="why")
    status.details.add(
        type_url="type.googleapis.com/google.rpc.ErrorInfo",
        value=v1.ErrorInfo(reason="CANCELLED").SerializeToString(),
    )
    trailers = [("grpc-status-details-bin", status.SerializeToString())]
    error = error_from_call(FakeCall(cancelled, trailers))
    assert type(error) is spiked.Cancelled


def test_quota_and_time_to_wait_are_told():
    status = v1.Status(code=8, message="why")
    quota = v1.QuotaFailure(violations=[{"subject": "streams"}])
    retry = v1.RetryInfo(retry_delay={"seconds": 2, "nanos": 500_000_000})
    for name, detail in (("QuotaFailure", quota), ("RetryInfo", retry)):
        status.details.add(
            type_url=f"type.googleapis.com/google.rpc.{name}",
            value=detail.SerializeToString(),
        )
    trailers = [("grpc-status-details-bin", status.SerializeToString())]
    call = FakeCall(grpc.StatusCode.RESOURCE_EXHAUSTED, trailers)
    error = error_from_call(call)
    assert (error.quota, error.retry_after_s) == ("streams", 2.5)
    error = error_from_call(FakeCall(grpc.StatusCode.RESOURCE_EXHAUSTED))
    assert (error.quota, error.retry_after_s) == ("", None)


def test_garbled_details_are_left_out():
    call = FakeCall(
        grpc.StatusCode.NOT_FOUND, [("grpc-status-details-bin", b"\xff\xff")]
    )
    assert str(error_from_call(call)) == "why"


def test_violations_are_in_the_text_once():
    error = spiked.InvalidArgument(
        "2 fields are wrong; a: 1: no", violations=[("a", "1: no"), ("b", "x")]
    )
    assert str(error) == "2 fields are wrong; a: 1: no\n  b: x"


def test_network_violations_get_their_lines(server, client, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(
        "dt_ms: 1\n"
        "populations:\n"
        "- name: p\n"
        "  size: 1\n"
        "  model: izhikevich\n"
        "  parameters:\n"
        "    a: {constant: 1}\n"
        "    vee: {constant: 1}\n"
    )
    fields = [
        'network.populations[0].parameters["vee"]',
        "network.populations[0].initial_values",
        "pace",
    ]
    server.refusal = (
        grpc.StatusCode.INVALID_ARGUMENT,
        "3 violations",
        v1.ErrorInfo(reason="INVALID_NETWORK"),
        v1.BadRequest(
            field_violations=[
                v1.BadRequest.FieldViolation(field=f, description="no")
                for f in fields
            ]
        ),
    )
    with pytest.raises(spiked.InvalidNetworkError) as caught:
        client.create_session(path)
    assert str(caught.value).splitlines() == [
        f"net.yaml:8: {fields[0]}: no",
        f"net.yaml:3: {fields[1]}: no",
        "net.yaml: pace: no",
    ]
    assert caught.value.violations == [(f, "no") for f in fields]
    assert caught.value.reason == "INVALID_NETWORK"


def test_other_invalid_arguments_stay_what_they_are(server, client):
    server.refusal = (
        grpc.StatusCode.INVALID_ARGUMENT,
        "pace: -1: must be positive",
        v1.ErrorInfo(reason="INVALID_ARGUMENT"),
        v1.BadRequest(
            field_violations=[
                v1.BadRequest.FieldViolation(
                    field="pace", description="-1: must be positive"
                )
            ]
        ),
    )
    with pytest.raises(spiked.InvalidArgument) as caught:
        client.create_session(NETWORK)
    assert not isinstance(caught.value, spiked.InvalidNetworkError)
    assert str(caught.value) == "pace: -1: must be positive"
