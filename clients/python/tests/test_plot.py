# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import numpy as np
import pytest

from spiked import Population, SpikeBatch
from spiked.plot import plot_raster, plot_trace
from spiked.plot.rows import arrange

POPULATIONS = [
    Population("a", "one", "m", 0, 4, column_count=2),
    Population("b", "two", "m", 4, 2, column_count=2),
    Population("c", "one", "m", 6, 2, column_count=2),
]


def spikes(steps, neurons, end_step=100):
    return SpikeBatch(
        np.array(steps, int), np.array(neurons, int), 0, end_step, 1.0
    )


def test_rows_are_ordered_by_column_then_layer():
    rows = arrange(POPULATIONS)
    np.testing.assert_array_equal(
        np.argsort(rows.row_of), [0, 1, 6, 4, 2, 3, 7, 5]
    )
    np.testing.assert_array_equal(rows.column_bounds, [0, 4, 8])
    assert rows.layers == ["one", "two"]
    np.testing.assert_array_equal(rows.layer_of, [0, 0, 0, 0, 1, 1, 0, 0])


def test_rows_of_some_populations_with_unequal_columns():
    rows = arrange([POPULATIONS[1], Population("d", "", "m", 9, 3)])
    np.testing.assert_array_equal(rows.column_bounds, [0, 4, 5])
    assert rows.layers == ["two", "d"]
    assert rows.row_of[0] == -1


def test_raster_names_axes_columns_and_layers(tmp_path):
    figure = plot_raster(
        spikes([1, 5, 7], [0, 5, 7]),
        POPULATIONS,
        stimulus_ms=(20, 40),
        stimulus_columns=[1],
        title="Title",
    )
    raster, rate = figure.axes
    assert raster.get_ylabel() == "column"
    assert [t.get_text() for t in raster.get_yticklabels()] == ["0", "1"]
    assert rate.get_xlabel() == "model time (s)"
    assert "Hz" in rate.get_ylabel()
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["one", "two", "stimulus"]
    np.testing.assert_allclose(
        raster.collections[-1].get_offsets(),
        [[0.002, 0.5], [0.006, 7.5], [0.008, 6.5]],
    )
    figure.savefig(tmp_path / "spikes.png")


def test_raster_of_silence_and_of_unknown_neurons(tmp_path):
    plot_raster(spikes([], []), POPULATIONS).savefig(tmp_path / "a.png")
    plot_raster(spikes([1], [99]), []).savefig(tmp_path / "b.png")


def test_trace_strokes_stand_on_the_sample_before_and_reach_the_peak(tmp_path):
    figure = plot_trace(
        np.array([1.0, 2.0, 3.0]),
        np.array([-60.0, -50.0, -65.0]),
        spike_times_ms=np.array([3.0]),
        stimulus_ms=(1, 2),
        zoom_ms=(2, 3),
        title="Neuron",
    )
    assert len(figure.axes) == 2
    (strokes,) = figure.axes[0].collections
    np.testing.assert_allclose(
        strokes.get_segments()[0], [[0.003, -50], [0.003, 30]]
    )
    assert figure.axes[0].get_ylabel() == "membrane potential (mV)"
    assert figure.axes[1].get_xlim() == pytest.approx((0.002, 0.003))
    figure.savefig(tmp_path / "trace.png")


def test_trace_of_nothing_and_of_wrong_shapes(tmp_path):
    plot_trace(np.empty(0), np.empty(0)).savefig(tmp_path / "trace.png")
    with pytest.raises(ValueError, match="same shape"):
        plot_trace(np.zeros(3), np.zeros((3, 1)))


def test_plotting_needs_no_display():
    code = (
        "import sys, spiked.plot; sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
