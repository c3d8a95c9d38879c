# SPDX-License-Identifier: Apache-2.0
"""A client that the tests suspend and kill.

client_process.py ADDRESS SESSION WHAT: begins a call, prints "open", goes on
until the call ends, and prints the kind of end. WHAT is "unary",
"server_stream", "bidi", "slow", which reads a stream of spikes slowly, or one
of CALLS.
"""

import json
import sys
import threading
import time

import grpc

import networks
import spiked
from spiked import Client, v1
from spiked.network_file import load_network


def create(name):
    return v1.CreateSessionRequest(
        session_id="other", network=load_network(networks.large())
    )


def upload(name):
    return v1.UploadSynapsesRequest(begin=v1.UploadBegin(synapse_count=1000))


# Calls by name: a method, and its first message.
CALLS = {
    "create": ("SessionService/CreateSession", create),
    "states": (
        "RecordingService/StreamState",
        lambda name: v1.StreamStateRequest(
            session=name, population="cells", variables=["v_mv"]
        ),
    ),
    "rates": (
        "RecordingService/StreamRates",
        lambda name: v1.StreamRatesRequest(session=name, bin_steps=5),
    ),
    "watch": (
        "SessionService/WatchSession",
        lambda name: v1.WatchSessionRequest(name=name),
    ),
    "synapses": (
        "RecordingService/ReadSynapses",
        lambda name: v1.ReadSynapsesRequest(session=name, projection="many"),
    ),
    "upload": ("UploadService/UploadSynapses", upload),
}


def call(address, name, what):
    """Sends one message and leaves its side open; reads to the end."""
    path, make = CALLS[what]
    ended = threading.Event()

    def requests():
        yield make(name).SerializeToString()
        ended.wait()

    if what == "create":
        print("open", flush=True)
    with grpc.insecure_channel(address) as channel:
        answers = channel.stream_stream(f"/spiked.v1.{path}")(requests())
        try:
            for i, _ in enumerate(answers):
                if i == 0 and what != "create":
                    print("open", flush=True)
                if what == "synapses":
                    time.sleep(0.02)  # so that the spikes last
            return {}
        except grpc.RpcError as error:
            return {"error": error.code().name.title()}
        finally:
            ended.set()


def advance(session):
    print("open", flush=True)
    session.advance(1_000_000_000, timeout_s=600)
    return {}


def read(session, pause_s=0.0):
    sent = dropped = 0
    with session.spikes(on_loss="ignore", batch_window_ms=1) as stream:
        for i, batch in enumerate(stream):
            if i == 0:
                print("open", flush=True)
            sent += len(batch)
            dropped += batch.dropped
            time.sleep(pause_s)
    return {"sent": sent, "dropped": dropped}


def stimulate(session):
    with session.stimulus_stream() as stream:
        stream.send_all()
        print("open", flush=True)
        while True:
            stream.send_all()
            time.sleep(0.01)


def main():
    address, name, what = sys.argv[1:]
    if what in CALLS:
        print(json.dumps(call(address, name, what)), flush=True)
        return
    with Client(address) as client:
        session = client.session(name)
        try:
            result = {
                "unary": advance,
                "server_stream": read,
                "bidi": stimulate,
                "slow": lambda s: read(s, 0.01),
            }[what](session)
        except spiked.SpikedError as error:
            result = {"error": type(error).__name__}
    print(json.dumps(result), flush=True)


main()
