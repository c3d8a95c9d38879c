# SPDX-License-Identifier: Apache-2.0
"""Pictures of spikes and membrane potentials.

Figures belong to no window, so no display is needed: save them with
`figure.savefig("spikes.png", dpi=150)`.
"""

from spiked.plot.raster import plot_raster
from spiked.plot.trace import plot_trace

__all__ = ["plot_raster", "plot_trace"]
