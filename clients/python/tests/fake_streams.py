# SPDX-License-Identifier: Apache-2.0
"""The streams of the fake server."""

import grpc
import numpy as np

from spiked import v1
from spiked.v1 import recording_pb2_grpc, stimulus_pb2_grpc


class FakeRecording(recording_pb2_grpc.RecordingServiceServicer):
    """Streams data of FakeSession, in batches of at most 100 steps."""

    def __init__(self, server) -> None:
        self.server = server

    def StreamSpikes(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        wanted = _neurons(session, request.populations, context)
        self.server.request = request
        if self.server.script is not None:
            script, self.server.script = self.server.script, None
            yield from script
            return
        step = session.info.step
        if request.HasField("start_step"):
            step = request.start_step
        context.send_initial_metadata(())
        for sequence, last in _turns(session, context):
            with session.changed:
                end = step if last else min(session.info.step, step + 100)
                batch = session.batch(step, end, request.encoding, wanted)
            batch.sequence = sequence
            batch.end_of_stream = last
            yield batch
            step = end

    def StreamState(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        _neurons(session, [request.population], context)
        step = session.info.step
        context.send_initial_metadata(())
        for sequence, last in _turns(session, context):
            with session.changed:
                end = step if last else min(session.info.step, step + 100)
            steps = [
                s
                for s in range(step + 1, end + 1)
                if s % (request.interval_steps or 1) == 0
            ]
            yield v1.StateBatch(
                sequence=sequence,
                steps=steps,
                values=_values(session, request, steps),
                end_of_stream=last,
            )
            step = end

    def GetWeightHistogram(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        self.server.request = request
        return v1.GetWeightHistogramResponse(
            step=session.info.step,
            counts=[1, 0, 4],
            min_weight=0.0,
            max_weight=3.0,
            above_count=2,
            synapse_count=7,
            mean=1.5,
            standard_deviation=0.5,
            largest=4.0,
        )

    def GetPopulationSpectrum(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        self.server.request = request
        return v1.GetPopulationSpectrumResponse(
            end_step=session.info.step,
            frequencies_hz=[10.0, 20.0],
            power=[1.0, 2.0],
            spike_count=9,
        )

    def GetStateHash(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        step = session.info.step
        return v1.GetStateHashResponse(
            step=step, hash=2**64 - 1 - step - session.info.seed
        )


class FakeStimulus(stimulus_pb2_grpc.StimulusServiceServicer):
    """Injects into FakeSession."""

    def __init__(self, server) -> None:
        self.server = server

    def InjectStimulus(self, request, context):  # noqa: N802
        session = self.server.find(request, context)
        self.server.request = request
        with session.changed:
            results = [session.inject(s) for s in request.stimuli]
        return v1.InjectStimulusResponse(
            applied_step=min(step for step, _ in results),
            late_count=sum(late for _, late in results),
        )

    def StreamStimuli(self, requests, context):  # noqa: N802
        session = None
        for expected, request in enumerate(requests):
            if session is None:
                session = self.server.find(request, context)
            if request.sequence != expected:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "sequence gap")
            answer = v1.StreamStimuliResponse(
                sequence=request.sequence,
                applied_step=session.info.step,
                credits=1000 - len(session.stimuli),
            )
            late = [s for s in request.stimuli if session.is_late(s)]
            if late and request.late_policy == v1.REFUSE_LATE:
                answer.error = "late"
                answer.late_count = len(late)
                answer.refused_count = len(request.stimuli)
                yield answer
                continue
            try:
                with session.changed:
                    for stimulus in request.stimuli:
                        answer.applied_step, late = session.inject(stimulus)
                        answer.late_count += late
            except KeyError as error:
                answer.error = f"unknown population {error}"
            yield answer
            if request.end_of_input:
                return
        context.abort(grpc.StatusCode.DATA_LOSS, "no end_of_input")


def _turns(session, context):
    """Yields (sequence, whether it is the last message) of a stream."""
    sequence = 0
    while context.is_active():
        last = session.deleted
        yield sequence, last
        if last:
            return
        sequence += 1
        with session.changed:
            session.changed.wait(0.02)


def _neurons(session, populations, context):
    """Returns the neurons of some populations; None means all."""
    parts = []
    for name in populations:
        try:
            population = session.population(name)
        except KeyError:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT, f'unknown population "{name}"'
            )
        parts.append(population.first_neuron + np.arange(population.size))
    return np.concatenate(parts) if parts else None


def _values(session, request, steps) -> bytes:
    """Returns step + 1000 * variable + neuron / 100 for each value."""
    size = session.population(request.population).size
    neurons = np.array(request.neuron_indices or range(size))
    values = (
        np.array(steps, dtype=float)[:, None, None]
        + 1000 * np.arange(len(request.variables))[None, :, None]
        + neurons[None, None, :] / 100
    )
    double = request.encoding == v1.FLOAT64_BYTES
    return values.astype("<f8" if double else "<f4").tobytes()
