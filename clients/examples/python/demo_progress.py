# SPDX-License-Identifier: Apache-2.0
"""Live progress of a session."""

from __future__ import annotations

from types import TracebackType

from tqdm import tqdm

from spiked import Session, v1


class Progress:
    """A progress bar of model time, with metrics of the session."""

    def __init__(self, session: Session, step_count: int) -> None:
        """Shows an empty bar for `step_count` steps."""
        self._session = session
        self._bar = tqdm(
            total=step_count * session.dt_ms / 1000,
            bar_format="{l_bar}{bar}| {n:.1f}/{total:.1f} s{postfix}",
            dynamic_ncols=True,
            mininterval=0,
        )

    def update(self) -> None:
        """Fetches the session's metrics and shows them."""
        metrics = self._session.metrics()
        neuron_count = self._session.info.neuron_count
        spikes_per_s = metrics.spike_rate_hz * neuron_count
        self._bar.set_postfix_str(
            f"{spikes_per_s:,.0f} spikes/s, {self._timing(metrics)}",
            refresh=False,
        )
        self._bar.n = metrics.model_time_s
        self._bar.refresh()

    def _timing(self, metrics: v1.SessionMetrics) -> str:
        if self._session.info.pacing != v1.REAL_TIME:
            return f"real-time factor {metrics.real_time_factor:.3f}"
        return (
            f"load {metrics.load:.0%}, "
            f"worst lateness {metrics.lateness_max_s * 1000:.2f} ms"
        )

    def __enter__(self) -> Progress:
        """Returns the progress itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leaves the bar as it is."""
        self._bar.close()
