# SPDX-License-Identifier: Apache-2.0
"""A session that simulates nothing, for the tests of the client."""

import threading
import uuid

import numpy as np

from spiked import v1


class FakeSession:
    """Spikes by a rule: neuron n at step k if (31 n + 17 k + seed) % 101 == 0.

    Stimulated neurons spike at each step of their stimulus. All methods expect
    `changed` to be held.
    """

    def __init__(self, request: v1.CreateSessionRequest, name: str) -> None:
        self.changed = threading.Condition()
        self.deleted = False
        self.stimuli: list[tuple[int, int, np.ndarray]] = []
        self.switches: list[tuple[int, v1.PlasticitySwitch]] = []
        self.pulses: list[tuple[int, v1.DopaminePulse]] = []
        self.changes: list[tuple[int, list[v1.Change]]] = []
        self.stream_count = 0
        populations, first = [], 0
        for p in request.network.populations:
            populations.append(
                v1.PopulationInfo(
                    name=p.name,
                    layer=p.layer,
                    model=p.model,
                    first_neuron=first,
                    size=p.size,
                    column_count=max(1, p.column_count),
                )
            )
            first += p.size
        self.info = v1.Session(
            name=name,
            incarnation_id=uuid.uuid4().hex,
            state=v1.PAUSED,
            pacing=request.pacing or v1.REAL_TIME,
            dt_ms=request.network.dt_ms,
            seed=(
                request.seed
                if request.HasField("seed")
                else request.network.seed
            ),
            neuron_count=first,
            thread_count=request.thread_count or 1,
            populations=populations,
            labels=request.labels,
            ttl_s=request.ttl_s,
            idle_timeout_s=request.idle_timeout_s,
        )
        if request.return_at_once:
            self.info.state = v1.CREATING

    def population(self, name: str) -> v1.PopulationInfo:
        """Returns a population; KeyError if there is none."""
        return {p.name: p for p in self.info.populations}[name]

    def move_to(self, step: int) -> None:
        """Takes all steps up to `step` at once."""
        self.info.step = step
        self.changed.notify_all()

    def update(self, request: v1.UpdateSessionRequest) -> None:
        """Changes the given settings."""
        self.info.pacing = request.pacing or self.info.pacing
        self.info.pace = request.pace or self.info.pace
        if request.HasField("labels"):
            self.info.ClearField("labels")
            self.info.labels.update(request.labels.entries)
        for name in ("ttl_s", "idle_timeout_s"):
            if request.HasField(name):
                setattr(self.info, name, getattr(request, name))
        self.changed.notify_all()

    def reset(self) -> None:
        """Goes back to step 0 with a new epoch."""
        self.info.state = v1.PAUSED
        self.info.epoch += 1
        self.stimuli.clear()
        self.move_to(0)

    def inject(self, stimulus: v1.Stimulus) -> tuple[int, bool]:
        """Returns (first step, whether it is late); KeyError if unknown."""
        start = self.info.step
        if stimulus.WhichOneof("start") == "start_step":
            start = stimulus.start_step
        elif stimulus.WhichOneof("start") == "start_ms":
            start = round(stimulus.start_ms / self.info.dt_ms)
        late = start < self.info.step
        start = max(start, self.info.step)
        if stimulus.WhichOneof("kind") == "plasticity":
            self.switches.append((start, stimulus.plasticity))
            return start, late
        if stimulus.WhichOneof("kind") == "dopamine":
            self.pulses.append((start, stimulus.dopamine))
            return start, late
        population = self.population(stimulus.population)
        indices = np.array(stimulus.neuron_indices or range(population.size))
        duration_ms = stimulus.current.duration_ms or self.info.dt_ms
        end = start + round(duration_ms / self.info.dt_ms)
        self.stimuli.append((start, end, population.first_neuron + indices))
        return start, late

    def is_late(self, stimulus: v1.Stimulus) -> bool:
        """Returns whether a stimulus should have started before now."""
        has_step = stimulus.WhichOneof("start") == "start_step"
        return has_step and stimulus.start_step < self.info.step

    def spikes_at(self, step: int) -> np.ndarray:
        """Returns the neurons that spike at a step, ascending."""
        n = np.arange(self.info.neuron_count)
        fires = (31 * n + 17 * step + self.info.seed) % 101 == 0
        for start, end, neurons in self.stimuli:
            if start <= step < end:
                fires[neurons] = True
        return np.flatnonzero(fires)

    def counts(self, first: int, request: v1.AdvanceSessionRequest) -> list:
        """Returns the spikes of each population and bin of an advance."""
        bounds = [p.first_neuron for p in self.info.populations]
        bounds.append(self.info.neuron_count)
        step, counts = first, []
        while step < first + request.step_count:
            end = step + request.count_bin_steps
            neurons = [self.spikes_at(s) for s in range(step, end)]
            counts.extend(np.histogram(np.concatenate(neurons), bounds)[0])
            step = end
        return counts

    def batch(
        self, first_step: int, end_step: int, encoding: int, wanted=None
    ) -> v1.SpikeBatch:
        """Returns the spikes of [first_step, end_step) as a message."""
        batch = v1.SpikeBatch(
            epoch=self.info.epoch,
            first_step=first_step,
            end_step=end_step,
            session_step=self.info.step,
        )
        last = first_step
        parts = []
        for step in range(first_step, end_step):
            neurons = self.spikes_at(step)
            if wanted is not None:
                neurons = neurons[np.isin(neurons, wanted)]
            if len(neurons):
                batch.step_offsets.append(step - last)
                batch.spike_counts.append(len(neurons))
                parts.append(neurons)
                last = step
        encode(batch, parts, encoding)
        return batch


def encode(batch: v1.SpikeBatch, parts: list, encoding: int) -> None:
    """Writes neurons, one array per step, into a message."""
    if encoding == v1.FIXED32_BYTES:
        batch.neurons_u32 = np.concatenate([[], *parts]).astype("<u4").tobytes()
    else:
        for part in parts:
            batch.neuron_deltas.extend(np.diff(part, prepend=0).tolist())
