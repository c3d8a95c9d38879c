// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/hh_cond_exp.h"

#include <type_traits>
#include <vector>

#include "core/neurons/hh.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/hh_cond_exp.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/neurons/hh_simd.h"

#ifndef SPIKED_CORE_MODELS_HH_COND_EXP_ROWS_
#define SPIKED_CORE_MODELS_HH_COND_EXP_ROWS_
namespace spiked::hh_cond_exp {

// After hh::Parameter.
enum Parameter { kVT = hh::kMore, kEEx, kEIn, kTauEx, kTauIn };
// After hh::Variable.
enum Variable { kGEx = hh::kMoreVariables, kGIn, kRefractory };

template <typename T>
struct Conductance {
  Conductance(const Parameters& p, int tau_index, int e,
              const hh::SubSteps& steps)
      : decay(lif::Column(p, {tau_index},
                          [&](size_t i) {
                            return lif::Decay(p.Get(tau_index, i), steps.h_ms);
                          })),
        half_decay(lif::Column(p, {tau_index},
                               [&](size_t i) {
                                 return lif::Decay(p.Get(tau_index, i),
                                                   steps.h_ms / 2);
                               })),
        mean(lif::Column(p, {hh::kCM, tau_index},
                         [&](size_t i) {
                           const double tau = p.Get(tau_index, i);
                           return tau / p.Get(hh::kCM, i) *
                                  lif::Approach(tau, steps.h_ms);
                         })),
        reversal(p.column(e)) {}

  ParameterRow<T> decay, half_decay;
  // x by 1 nS at the beginning: h / c_m times the mean of exp(-t / tau).
  ParameterRow<T> mean;
  ParameterRow<T> reversal;
};

template <typename T>
struct Rows {
  Rows(const Parameters& p, const hh::SubSteps& steps, double dt_ms)
      : exponential(steps.exponential),
        membrane(p, steps, dt_ms),
        v_t(p.column(kVT)),
        excitatory(p, kTauEx, kEEx, steps),
        inhibitory(p, kTauIn, kEIn, steps) {}

  bool exponential;
  hh::Rows<T> membrane;
  ParameterRow<T> v_t;
  Conductance<T> excitatory, inhibitory;
};

}  // namespace spiked::hh_cond_exp
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

template <class D>
HWY_INLINE GateRates<D> TraubRates(D d, hn::Vec<D> u) {
  u = Bounded(d, u, -80, 200);
  GateRates<D> rates;
  rates.a_m = LinearRate(d, u, 1.28, 13, -4);
  rates.b_m = LinearRate(d, u, 1.4, 40, 5);
  rates.a_h = ExponentialRate(d, u, 0.128, 17, -18);
  rates.b_h = SigmoidRate(d, u, 4, 40, -5);
  rates.a_n = LinearRate(d, u, 0.16, 15, -5);
  rates.b_n = ExponentialRate(d, u, 0.5, 10, -40);
  return rates;
}

// The rates of Traub and Miles for voltages, or for v - v_t.
template <class RowD>
class TraubChannels {
 public:
  TraubChannels(RowD d, const ParameterRow<hn::TFromD<RowD>>& v_t,
                int64_t first)
      : v_t_(d, v_t, first) {}

  HWY_INLINE GateRates<RowD> At(RowD d, int64_t i, hn::Vec<RowD> v) const {
    return TraubRates(d, hn::Sub(v, v_t_.At(i)));
  }

 private:
  const LoadedRow<RowD> v_t_;
};

struct UnshiftedTraubChannels {
  template <class D>
  HWY_INLINE GateRates<D> At(D d, int64_t, hn::Vec<D> u) const {
    return TraubRates(d, u);
  }
};

template <class D>
class ExponentialConductance {
 public:
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using State = V;

  ExponentialConductance(D d, const hh_cond_exp::Conductance<T>& rows,
                         const hh::Rows<T>& membrane,
                         const NeuronUpdate& update, int variable, int receptor)
      : decay_(d, rows.decay, update.first),
        half_decay_(d, rows.half_decay, update.first),
        mean_(d, rows.mean, update.first),
        now_(d, membrane.of_current, update.first),
        reversal_(d, rows.reversal, update.first),
        row_(static_cast<T*>(update.variables) +
             static_cast<size_t>(variable) * update.stride),
        input_(update, receptor) {}

  HWY_INLINE V Load(D d, int64_t i) const { return hn::Load(d, row_ + i); }

  HWY_INLINE V HalfWay(D d, int64_t i, V g) const {
    return Decayed(d, half_decay_.At(i), g);
  }

  HWY_INLINE V Next(D d, int64_t i, V g) const {
    return Decayed(d, decay_.At(i), g);
  }

  HWY_INLINE void Store(D d, int64_t i, V g) const {
    hn::Store(hn::Add(g, input_.Take(d, i)), d, row_ + i);
  }

  HWY_INLINE void AddMean(D, int64_t i, V g, V& x, V& drive) const {
    Add(i, hn::Mul(mean_.At(i), g), x, drive);
  }

  HWY_INLINE void AddNow(D, int64_t i, V g, V& x, V& drive) const {
    Add(i, hn::Mul(now_.At(i), g), x, drive);
  }

 private:
  HWY_INLINE void Add(int64_t i, V rate, V& x, V& drive) const {
    x = hn::Add(x, rate);
    drive = hn::Add(drive, hn::Mul(rate, reversal_.At(i)));
  }

  const LoadedRow<D> decay_, half_decay_, mean_, now_, reversal_;
  T* const row_;
  const ReceptorReader<D> input_;
};

template <typename T>
int64_t UpdateHhCondExp(const hh_cond_exp::Rows<T>& rows,
                        const NeuronUpdate& update) {
  using D = hn::CappedTag<T, ParameterRow<T>::kLanes>;
  const D d;
  const TraubChannels<D> channels(d, rows.v_t, update.first);
  const ExponentialConductance<D> excitatory(d, rows.excitatory, rows.membrane,
                                             update, hh_cond_exp::kGEx, 0);
  const ExponentialConductance<D> inhibitory(d, rows.inhibitory, rows.membrane,
                                             update, hh_cond_exp::kGIn, 1);
  const auto run = [&](auto exponential) {
    return UpdateHh<decltype(exponential)::value>(
        d, rows.membrane, update, channels, excitatory, inhibitory, 2,
        hh_cond_exp::kRefractory);
  };
  return rows.exponential ? run(std::true_type()) : run(std::false_type());
}

int64_t UpdateHhCondExpF32(const hh_cond_exp::Rows<float>& rows,
                           const NeuronUpdate& update) {
  return UpdateHhCondExp(rows, update);
}
int64_t UpdateHhCondExpF64(const hh_cond_exp::Rows<double>& rows,
                           const NeuronUpdate& update) {
  return UpdateHhCondExp(rows, update);
}

void SteadyTraubGates(double u, double* gates) {
  SteadyGates(UnshiftedTraubChannels(), u, gates);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked {
namespace {

HWY_EXPORT(UpdateHhCondExpF32);
HWY_EXPORT(UpdateHhCondExpF64);
HWY_EXPORT(SteadyTraubGates);

template <typename T>
class Kernel : public NeuronKernel {
 public:
  Kernel(const Parameters& parameters, const NeuronBuild& build)
      : rows_(parameters, hh::SubSteps(build.scheme, build.dt_ms),
              build.dt_ms) {}

  bool ReadsCounts() const override { return sizeof(T) == 4; }

  int64_t Update(const NeuronUpdate& update) const override {
    if constexpr (sizeof(T) == 4) {
      return HWY_DYNAMIC_DISPATCH(UpdateHhCondExpF32)(rows_, update);
    } else {
      return HWY_DYNAMIC_DISPATCH(UpdateHhCondExpF64)(rows_, update);
    }
  }

 private:
  hh_cond_exp::Rows<T> rows_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "hh_cond_exp";
  info.summary =
      "Hodgkin-Huxley neurons with the rates of Traub and Miles and "
      "exponential "
      "synaptic conductances.";
  info.equations =
      "c_m_pf v' = g_l_ns (e_l_mv - v) + g_na_ns m^3 h (e_na_mv - v) + g_k_ns "
      "n^4 (e_k_mv - v) + g_ex (e_ex_mv - v) + g_in (e_in_mv - v) + i_e_pa + "
      "current; m' = a (1 - m) - b m with the rates of Traub & Miles 1991 for "
      "v - v_t_mv, h and n likewise; g' = -g / tau_syn, and a spike adds its "
      "weight. As in Brette et al. 2007, doi:10.1007/s10827-007-0038-6; NEST's "
      "hh_cond_exp_traub, PyNN's HH_cond_exp.";
  info.parameters =
      hh::MembraneParameters({200, 10, 20000, 6000, -60, 50, -90});
  for (const ParameterInfo& p : std::vector<ParameterInfo>{
           {"v_t_mv", "mV", "Shift of the rates; about where spikes begin.",
            -63},
           {"e_ex_mv", "mV", "Reversal potential of excitation.", 0},
           {"e_in_mv", "mV", "Reversal potential of inhibition.", -80},
           lif::PositiveParameter(
               "tau_syn_ex_ms", "ms",
               "Time constant of the excitatory conductance.", 5),
           lif::PositiveParameter(
               "tau_syn_in_ms", "ms",
               "Time constant of the inhibitory conductance.", 10)}) {
    info.parameters.push_back(p);
  }
  info.variables = hh::MembraneVariables("e_l_mv");
  for (const VariableInfo& v : std::vector<VariableInfo>{
           {"g_ex_ns", "nS", "Excitatory conductance.", "0"},
           {"g_in_ns", "nS", "Inhibitory conductance.", "0"},
           lif::RefractorySteps()}) {
    info.variables.push_back(v);
  }
  info.receptors = {
      {"excitatory", "nS", "Step of the excitatory conductance."},
      {"inhibitory", "nS", "Step of the inhibitory conductance."},
      {"current", "pA", "Current that acts for one step."},
  };
  info.schemes = hh::Schemes();
  info.cell_classes = {
      {"brette_2007_coba_hh",
       "Benchmark 3 of Brette et al. 2007, doi:10.1007/s10827-007-0038-6, as "
       "in Brian's COBAHH; weights 6 and 67 nS.",
       {{"v_spike_mv", -20}, {"spike_criterion", 2}, {"t_ref_ms", 3}}},
      {"genn_traub_miles",
       "Usual parameters of GeNN's TraubMiles.",
       {{"c_m_pf", 143},
        {"g_l_ns", 26.72},
        {"g_na_ns", 7150},
        {"g_k_ns", 1430},
        {"e_l_mv", -63.563},
        {"e_k_mv", -95}}},
      {"nest_hh_cond_exp_traub",
       "NEST's hh_cond_exp_traub: the defaults, with spikes at their peak.",
       {{"v_spike_mv", -33}, {"spike_criterion", 1}}},
      {"pynn_hh_cond_exp",
       "Defaults of PyNN's HH_cond_exp.",
       {{"e_l_mv", -65}, {"tau_syn_ex_ms", 0.2}, {"tau_syn_in_ms", 2}}},
  };
  return info;
}

}  // namespace

const ModelInfo& HhCondExp::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void HhCondExp::Initialize(const Parameters& parameters, int64_t i,
                           absl::Span<double> variables) const {
  double& v = variables[hh::kV];
  if (std::isnan(v)) v = parameters.Get(hh::kEL, i);
  double gates[3];
  HWY_DYNAMIC_DISPATCH(SteadyTraubGates)
  (v - parameters.Get(hh_cond_exp::kVT, i), gates);
  for (int k = 0; k < 3; ++k) {
    double& gate = variables[hh::kM + k];
    if (std::isnan(gate)) gate = gates[k];
  }
  for (double& x : variables.subspan(hh::kMoreVariables)) {
    if (std::isnan(x)) x = 0;
  }
}

std::unique_ptr<NeuronKernel> HhCondExp::Compile(
    const Parameters& parameters, const NeuronBuild& build) const {
  return MakeNeuronKernel<Kernel<float>, Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
