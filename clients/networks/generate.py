#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the network files that are too long or similar to write by hand.

    python3 clients/networks/generate.py [name ...]

writes brunel_2000_a.yaml to brunel_2000_d.yaml, izhikevich_2003.yaml,
potjans_diesmann_2014.yaml and potjans_diesmann_2014_10.yaml, or only those
named, into its own folder. A test compares them with the files in git.
"""

import math
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

BRUNEL_2000 = """\
# SPDX-License-Identifier: Apache-2.0
#
# Brunel's network of sparsely connected neurons:
# %(state)s.
#
# Brunel 2000, doi:10.1023/A:1008925309027, model A, as in its figure 8%(set)s:
# inhibition is %(g)s times as strong as excitation, and the external rate is
# %(eta)s times the one that reaches the threshold. Potentials are from rest.
#
# 12,500 neurons, 15,625,000 synapses;
# %(activity)s. Written by generate.py.

description: >-
  Brunel 2000, figure 8%(set)s: %(state)s.

dt_ms: 0.1
precision: FLOAT32
seed: 1

populations:
  - &neurons
    name: exc
    size: 10000
    model: lif_delta
    cell_class: brunel_2000
    initial_values:
      v_mv: {uniform: {low: 0, high: 20}}
  - {<<: *neurons, name: inh, size: 2500}

projections:
  - &excitatory
    source: exc
    target: exc
    receptor: delta
    fixed_indegree: {degree: 1000}
    weight: {constant: 0.1}  # mV
    delay_ms: {constant: 1.5}
  - {<<: *excitatory, target: inh}
  - &inhibitory
    <<: *excitatory
    source: inh
    fixed_indegree: {degree: 250}
    weight: {constant: %(inhibitory)s}
  - {<<: *inhibitory, target: inh}

inputs:
  # 1,000 external neurons of %(each)s Hz for each neuron.
  - &background
    population: exc
    model: poisson_background
    receptor: delta
    parameters: {rate_hz: {constant: %(external)s}, weight: {constant: 0.1}}
  - {<<: *background, population: inh}
"""

# Relative strength of inhibition, external rate in units of the threshold
# rate, state, activity.
BRUNEL_SETS = {
    "a": (3, 2, "synchronous and regular", "333 Hz, near saturation"),
    "b": (
        6,
        4,
        "synchronous and irregular, fast",
        "60 Hz, in an oscillation of 180 Hz",
    ),
    "c": (5, 2, "asynchronous and irregular", "37.8 Hz"),
    "d": (
        4.5,
        0.9,
        "synchronous and irregular, slow",
        "5.6 Hz, in an oscillation of 22 Hz",
    ),
}

IZHIKEVICH_2003 = """\
# SPDX-License-Identifier: Apache-2.0
#
# Izhikevich's network of a thousand neurons, every pair connected.
#
# The program net.m of Izhikevich 2003, doi:10.1109/TNN.2003.820440: 800
# excitatory neurons between regular spiking and chattering, 200 inhibitory ones
# between fast and low-threshold spiking, noise, steps of 1 ms in two halves.
# It draws r from U(0, 1) for each neuron and sets c = -65 + 15 r^2 and
# d = 8 - 6 r^2, or a = .02 + .08 r and b = .25 - .05 r. Here r takes evenly
# spaced values instead, since one number determines two parameters.
#
# 1,000 neurons, 1,000,000 synapses. 7.3 Hz and 6.7 Hz (exc, inh) in a rhythm of
# about 8 Hz. Written by generate.py.

description: >-
  Izhikevich 2003: 800 excitatory and 200 inhibitory neurons, all to all.

dt_ms: 1
precision: FLOAT32
seed: 1

populations:
  - name: exc
    size: 800
    model: izhikevich
    scheme: half_steps
    parameters:
      a: {constant: 0.02}
      b: {constant: 0.2}
      c:
        list:
          values: %(c)s
      d:
        list:
          values: %(d)s
    initial_values:
      v_mv: {constant: -65}
  - name: inh
    size: 200
    model: izhikevich
    scheme: half_steps
    parameters:
      a:
        list:
          values: %(a)s
      b:
        list:
          values: %(b)s
      c: {constant: -65}
      d: {constant: 2}
    initial_values:
      v_mv: {constant: -65}

projections:
  - &excitatory
    source: exc
    target: exc
    all_to_all: {}
    allow_autapses: true
    weight: {uniform: {low: 0, high: 0.5}}  # mV/ms for one step
    delay_ms: {constant: 1}
  - {<<: *excitatory, target: inh}
  - &inhibitory
    <<: *excitatory
    source: inh
    weight: {uniform: {low: -1, high: 0}}
  - {<<: *inhibitory, target: inh}

inputs:
  # A new current for each neuron at each step, in mV/ms.
  - population: exc
    model: normal_noise_current
    parameters: {mean: {constant: 0}, std: {constant: 5}}
  - population: inh
    model: normal_noise_current
    parameters: {mean: {constant: 0}, std: {constant: 2}}
"""

POTJANS_DIESMANN_2014_HEAD = """\
# SPDX-License-Identifier: Apache-2.0
#
# The cortical microcircuit of Potjans and Diesmann at full scale.
#
# Potjans & Diesmann 2014, doi:10.1093/cercor/bhs358: the neurons below 1 mm^2
# of early sensory cortex, four layers of an excitatory and an inhibitory
# population each. Numbers as in the reference implementation,
# github.com/INM-6/microcircuit-PD14-model, with Poisson background.
#
# The article gives the probability C of at least one synapse between two
# neurons; the number of synapses between two populations is
# K = round(ln(1 - C) / ln(1 - 1 / (N_source N_target))), drawn with
# replacement. Weights are normal with a standard deviation of 10 %%, drawn
# again if their sign is wrong; delays are normal, drawn again below one step.
#
# 77,169 neurons, %(total)s synapses. Rates in Hz:
#
#   L23E  L23I  L4E   L4I   L5E   L5I   L6E   L6I
#   0.90  2.97  4.41  5.88  7.57  8.63  1.11  7.83
#
# The first half second is a transient. Written by generate.py.

description: >-
  Potjans and Diesmann 2014: cortical microcircuit, full scale, Poisson
  background.

"""

POTJANS_DIESMANN_2014_10_HEAD = """\
# SPDX-License-Identifier: Apache-2.0
#
# The cortical microcircuit of Potjans and Diesmann with a tenth of its neurons.
#
# potjans_diesmann_2014.yaml, which see, scaled down as its reference
# implementation and PyNN's example Potjans2014 do it: a tenth of the neurons,
# of the synapses to each of them and of the neurons outside. Weights are larger
# by 1 / sqrt(0.1), which keeps the variance of the input, and a constant
# current makes up for the mean that is lost: with the in-degrees K, weights w
# and rates r of the full network,
# tau_syn (1 - sqrt(0.1)) (sum over K w r + K_external w 8 Hz).
# The rates r are those of PyNN's example (full_mean_rates). They matter: with
# those of the reference implementation, which differ by 2 to 12 %%, layer 2/3
# ends up a third slower.
#
# %(neurons)s neurons, %(total)s synapses. Rates in Hz, by Romaro et al. 2021,
# doi:10.1162/neco_a_01400, table A.1, and here:
#
#   L23E  L23I  L4E   L4I   L5E   L5I   L6E   L6I
#   0.75  3.28  4.76  6.20  6.55  8.97  1.10  8.06
#   0.72  3.13  4.41  7.01  7.53  7.76  1.19  8.13
#
# The first half second is a transient. Written by generate.py.

description: >-
  Potjans and Diesmann 2014: cortical microcircuit, a tenth of the neurons and
  of the synapses to each, Poisson background.

"""

POTJANS_DIESMANN_2014 = """\
dt_ms: 0.1
precision: FLOAT32
seed: 1

populations:
  # Potentials begin near those of the network at work ("optimized" in the
  # reference implementation), which shortens the transient.
  - &neurons
    name: L23E
    layer: L2/3
    size: %(first_size)d
    model: lif_exp
    parameters:
      c_m_pf: {constant: 250}
      tau_m_ms: {constant: 10}
      tau_syn_ms: {constant: 0.5}
      t_ref_ms: {constant: 2}
      e_l_mv: {constant: -65}
      v_th_mv: {constant: -50}
      v_reset_mv: {constant: -65}
    initial_values: {v_mv: {normal: {mean: -68.28, std: 5.36}}}
%(populations)s

projections:
  # Excitation%(of_excitation)s.
  - &excitatory
    source: L23E
    target: L23E
    receptor: current_exp
    fixed_total_number: {count: %(first)d}
    allow_autapses: true
    allow_multapses: true
    weight: {normal: {mean: %(weight)s, std: %(weight_std)s, min: 0}}
    delay_ms: {normal: {mean: 1.5, std: 0.75, min: 0.1}}
%(excitatory)s

  # Twice as strong.
  - <<: *excitatory
    source: L4E
    target: L23E
    fixed_total_number: {count: %(doubled)d}
    weight: {normal: {mean: %(twice)s, std: %(twice_std)s, min: 0}}

  # Inhibition, four times as strong.
  - &inhibitory
    <<: *excitatory
    source: L23I
    target: L23E
    fixed_total_number: {count: %(first_inhibitory)d}
    weight: {normal: {mean: -%(four)s, std: %(four_std)s, max: 0}}
    delay_ms: {normal: {mean: 0.75, std: 0.375, min: 0.1}}
%(inhibitory)s

inputs:
  # What %(outside)s neurons outside send, at 8 Hz each.
  - &background
    population: L23E
    model: poisson_background
    receptor: current_exp
    parameters: {rate_hz: {constant: %(rate)d}, weight: {constant: %(weight)s}}
%(inputs)s
"""

# Name, layer, neurons, external synapses, initial potential (mean, std).
POPULATIONS = (
    ("L23E", "L2/3", 20683, 1600, -68.28, 5.36),
    ("L23I", "L2/3", 5834, 1500, -63.16, 4.57),
    ("L4E", "L4", 21915, 2100, -63.33, 4.74),
    ("L4I", "L4", 5479, 1900, -63.45, 4.94),
    ("L5E", "L5", 4850, 2000, -63.11, 4.94),
    ("L5I", "L5", 1065, 1900, -61.66, 4.55),
    ("L6E", "L6", 14395, 2900, -66.72, 5.46),
    ("L6I", "L6", 2948, 2100, -61.43, 4.48),
)
# Rates of the full network in Hz, for which the current in a smaller network
# compensates: full_mean_rates of PyNN's example Potjans2014.
FULL_RATES_HZ = {
    "L23E": 0.971,
    "L23I": 2.868,
    "L4E": 4.746,
    "L4I": 5.396,
    "L5E": 8.142,
    "L5I": 9.078,
    "L6E": 0.991,
    "L6I": 7.523,
}
# Probability of at least one synapse, [target][source].
PROBABILITIES = (
    (0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0, 0.0076, 0),
    (0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0, 0.0042, 0),
    (0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0),
    (0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0, 0.1057, 0),
    (0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0),
    (0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0),
    (0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252),
    (0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443),
)


def brunel_2000(letter: str) -> str:
    """Returns the text of one of brunel_2000_a.yaml to brunel_2000_d.yaml."""
    g, eta, state, activity = BRUNEL_SETS[letter]
    return BRUNEL_2000 % {
        "set": letter.upper(),
        "g": g,
        "eta": eta,
        "state": state,
        "activity": activity,
        "inhibitory": f"{-0.1 * g:.3g}",
        "each": f"{10 * eta:g}",
        "external": f"{10000 * eta:g}",
    }


def izhikevich_2003() -> str:
    """Returns the text of izhikevich_2003.yaml."""

    def listed(values):
        numbers = [f"{value:.5g}" for value in values]
        lines = [
            ", ".join(numbers[i : i + 8]) for i in range(0, len(numbers), 8)
        ]
        indent = "\n" + " " * 12
        return "[" + indent + ("," + indent).join(lines) + "]"

    exc = [(i + 0.5) / 800 for i in range(800)]
    inh = [(i + 0.5) / 200 for i in range(200)]
    return IZHIKEVICH_2003 % {
        "c": listed(-65 + 15 * r * r for r in exc),
        "d": listed(8 - 6 * r * r for r in exc),
        "a": listed(0.02 + 0.08 * r for r in inh),
        "b": listed(0.25 - 0.05 * r for r in inh),
    }


def potjans_diesmann_2014(percent: int = 100) -> str:
    """Returns the text of potjans_diesmann_2014.yaml, or of the smaller one."""
    scale = percent / 100
    full = {name: size for name, _, size, _, _, _ in POPULATIONS}
    sizes = {name: round(size * scale) for name, size in full.items()}

    def factor(source: str, target: str) -> int:
        if source[-1] == "I":
            return -4
        return 2 if (source, target) == ("L4E", "L23E") else 1

    excitatory, inhibitory, counts, recurrent = [], [], {}, {}
    for target, row in zip(POPULATIONS, PROBABILITIES, strict=True):
        recurrent[target[0]] = 0
        for source, probability in zip(POPULATIONS, row, strict=True):
            if probability == 0:
                continue
            pairs = source[2] * target[2]
            full_count = round(
                math.log(1 - probability) / math.log((pairs - 1) / pairs)
            )
            recurrent[target[0]] += (
                full_count
                / target[2]
                * factor(source[0], target[0])
                * FULL_RATES_HZ[source[0]]
            )
            count = round(full_count * scale * scale)
            counts[source[0], target[0]] = count
            anchor = "excitatory" if source[0][-1] == "E" else "inhibitory"
            line = (
                f"  - {{<<: *{anchor}, source: {source[0]}, "
                f"target: {target[0]}, "
                f"fixed_total_number: {{count: {count}}}}}"
            )
            if (source[0], target[0]) not in (
                ("L23E", "L23E"),
                ("L4E", "L23E"),
                ("L23I", "L23E"),
            ):
                (excitatory if anchor == "excitatory" else inhibitory).append(
                    line
                )
    weight = 87.8085 / math.sqrt(scale)
    numbers = {
        "weight": f"{weight:.6g}",
        "weight_std": f"{weight / 10:.6g}",
        "twice": f"{2 * weight:.6g}",
        "twice_std": f"{weight / 5:.6g}",
        "four": f"{4 * weight:.6g}",
        "four_std": f"{4 * weight / 10:.6g}",
    }
    populations = [
        f"  - {{<<: *neurons, name: {name}, layer: {layer}, "
        f"size: {sizes[name]}, "
        f"initial_values: "
        f"{{v_mv: {{normal: {{mean: {mean}, std: {std}}}}}}}}}"
        for name, layer, _, _, mean, std in POPULATIONS[1:]
    ]
    outside = {p[0]: round(p[3] * scale) for p in POPULATIONS}
    inputs = [
        f"  - {{<<: *background, population: {name}, parameters: "
        f"{{rate_hz: {{constant: {8 * outside[name]}}}, "
        f"weight: {{constant: {numbers['weight']}}}}}}}"
        for name, *_ in POPULATIONS[1:]
    ]
    if percent != 100:
        inputs += [
            "",
            "  # The mean input that was lost with the other synapses, in pA.",
        ]
    for name, _, _, external, _, _ in POPULATIONS if percent != 100 else ():
        lost_pa = (
            0.5e-3  # tau_syn in s
            * (1 - math.sqrt(scale))
            * 87.8085
            * (recurrent[name] + 8 * external)
        )
        inputs.append(
            f"  - {{population: {name}, model: dc_current, "
            f"parameters: {{amplitude: {{constant: {lost_pa:.6g}}}}}}}"
        )
    head = (
        POTJANS_DIESMANN_2014_HEAD
        if percent == 100
        else POTJANS_DIESMANN_2014_10_HEAD
    )
    return (head + POTJANS_DIESMANN_2014) % {
        **numbers,
        "neurons": f"{sum(sizes.values()):,}",
        "total": f"{sum(counts.values()):,}",
        "populations": "\n".join(populations),
        "of_excitation": (
            ", 87.8 pA: a postsynaptic potential of 0.15 mV"
            if percent == 100
            else ", 87.8 pA / sqrt(0.1)"
        ),
        "first_size": sizes["L23E"],
        "first": counts["L23E", "L23E"],
        "excitatory": "\n".join(excitatory),
        "doubled": counts["L4E", "L23E"],
        "first_inhibitory": counts["L23I", "L23E"],
        "inhibitory": "\n".join(inhibitory),
        "outside": f"{min(outside.values()):,} to {max(outside.values()):,}",
        "rate": 8 * outside["L23E"],
        "inputs": "\n".join(inputs),
    }


FILES = {
    "brunel_2000_a": lambda: brunel_2000("a"),
    "brunel_2000_b": lambda: brunel_2000("b"),
    "brunel_2000_c": lambda: brunel_2000("c"),
    "brunel_2000_d": lambda: brunel_2000("d"),
    "izhikevich_2003": izhikevich_2003,
    "potjans_diesmann_2014": potjans_diesmann_2014,
    "potjans_diesmann_2014_10": lambda: potjans_diesmann_2014(10),
}

if __name__ == "__main__":
    for file in sys.argv[1:] or FILES:
        (FOLDER / f"{file}.yaml").write_text(FILES[file]())
