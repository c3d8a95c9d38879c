// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/hh_psc_alpha.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/hh_psc_alpha.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/hh_simd.h"

#ifndef SPIKED_CORE_NEURONS_HH_PSC_ALPHA_ROWS_
#define SPIKED_CORE_NEURONS_HH_PSC_ALPHA_ROWS_
#include <cmath>

namespace spiked::hh_psc_alpha {

// The parameters that follow those of hh::Parameter.
enum Parameter { kTauEx = hh::kMore, kTauIn, kParameterCount };
// The variables that follow those of hh::Variable: each current i_syn, and
// after it di_syn, here called its slope.
enum Variable {
  kCurrentEx = hh::kMoreVariables,
  kSlopeEx,
  kCurrentIn,
  kSlopeIn,
  kRefractory,
  kVariableCount
};

// The integral of u exp(-u) over u from 0 to x: 1 - (1 + x) exp(-x).
inline double AlphaIntegral(double x) {
  // A power series where that cancels.
  if (x < 1e-3) return x * x * (0.5 + x * (-1.0 / 3 + x / 8));
  return -std::expm1(-x) - x * std::exp(-x);
}

// The coefficients of a synaptic current over a sub-step h.
template <typename T>
struct Current {
  Current(const Parameters& p, int tau_syn, const hh::SubSteps& steps)
      : decay(Column(p, {tau_syn},
                     [&](double tau) { return lif::Decay(tau, steps.h_ms); })),
        half_decay(Column(
            p, {tau_syn},
            [&](double tau) { return lif::Decay(tau, steps.h_ms / 2); })),
        jump(
            Column(p, {tau_syn}, [](double tau) { return std::exp(1) / tau; })),
        mean_of_current(Column(p, {hh::kCM, tau_syn},
                               [&](double c_m, double tau) {
                                 return tau / c_m *
                                        lif::Approach(tau, steps.h_ms);
                               })),
        mean_of_slope(
            Column(p, {hh::kCM, tau_syn}, [&](double c_m, double tau) {
              return tau * tau / c_m * AlphaIntegral(steps.h_ms / tau);
            })) {}

  ParameterRow<T> decay, half_decay;
  ParameterRow<T> jump;  // of the slope, by an arrival of 1 pA
  // Mean contributions to h v' of a current of 1 pA, and of a slope of 1 pA/ms,
  // at the beginning of the sub-step.
  ParameterRow<T> mean_of_current, mean_of_slope;
};

template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : hh(p, build),
        excitatory(p, kTauEx, hh::SubSteps(build)),
        inhibitory(p, kTauIn, hh::SubSteps(build)) {}

  hh::Rows<T> hh;
  Current<T> excitatory, inhibitory;
};

}  // namespace spiked::hh_psc_alpha
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Channels of HhDynamics with the rates of Hodgkin and Huxley 1952.
struct SquidChannels {
  template <class D>
  HWY_INLINE GateRates<D> At(D d, int64_t, hn::Vec<D> v) const {
    v = Bounded(d, v, -200, 200);
    GateRates<D> rates;
    rates.a_m = LinearRate(d, v, 1, -40, -10);
    rates.b_m = ExponentialRate(d, v, 4, -65, -18);
    rates.a_h = ExponentialRate(d, v, 0.07, -65, -20);
    rates.b_h = SigmoidRate(d, v, 1, -35, -10);
    rates.a_n = LinearRate(d, v, 0.1, -55, -10);
    rates.b_n = ExponentialRate(d, v, 0.125, -65, -80);
    return rates;
  }
};

// Synapse of HhDynamics: an alpha-shaped current.
template <class D>
class AlphaCurrent {
 public:
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  struct State {
    V current, slope;
  };

  AlphaCurrent(D d, const hh_psc_alpha::Current<T>& rows, const hh::Rows<T>& hh,
               const NeuronUpdate& update, int variable, int receptor)
      : decay_(d, rows.decay, update.first),
        half_decay_(d, rows.half_decay, update.first),
        jump_(d, rows.jump, update.first),
        mean_of_current_(d, rows.mean_of_current, update.first),
        mean_of_slope_(d, rows.mean_of_slope, update.first),
        of_current_(d, hh.membrane.of_current, update.first),
        h_(hh.h_ms),
        current_row_(update.Variable<T>(variable)),
        slope_row_(update.Variable<T>(variable + 1)),
        input_(update, receptor) {}

  HWY_INLINE State Load(D d, int64_t i) const {
    return {hn::Load(d, current_row_ + i), hn::Load(d, slope_row_ + i)};
  }

  HWY_INLINE State HalfWay(D d, int64_t i, const State& s) const {
    return After(d, half_decay_.At(i), h_ / 2, s);
  }

  HWY_INLINE State Next(D d, int64_t i, const State& s) const {
    return After(d, decay_.At(i), h_, s);
  }

  HWY_INLINE void Store(D d, int64_t i, const State& s) const {
    hn::Store(s.current, d, current_row_ + i);
    const V jump = hn::Mul(jump_.At(i), input_.Take(d, i));
    hn::Store(hn::Add(s.slope, jump), d, slope_row_ + i);
  }

  HWY_INLINE void AddMean(D, int64_t i, const State& s, V&, V& drive) const {
    drive = hn::Add(drive, hn::Add(hn::Mul(mean_of_current_.At(i), s.current),
                                   hn::Mul(mean_of_slope_.At(i), s.slope)));
  }

  HWY_INLINE void AddNow(D, int64_t i, const State& s, V&, V& drive) const {
    drive = hn::Add(drive, hn::Mul(of_current_.At(i), s.current));
  }

 private:
  // The state after a time in which an exponential decays by the factor
  // `decay`.
  static HWY_INLINE State After(D d, V decay, T time, const State& s) {
    const V sum = hn::Add(s.current, hn::Mul(hn::Set(d, time), s.slope));
    return {Decayed(d, decay, sum), Decayed(d, decay, s.slope)};
  }

  const LoadedRow<D> decay_, half_decay_, jump_;
  const LoadedRow<D> mean_of_current_, mean_of_slope_, of_current_;
  const T h_;
  T* const current_row_;
  T* const slope_row_;
  const ReceptorReader<D> input_;
};

// Moves a run of neurons by one step.
template <typename T>
int64_t UpdateHhPscAlpha(const hh_psc_alpha::Rows<T>& rows,
                         const NeuronUpdate& update) {
  using D = VectorTag<T>;
  const D d;
  const AlphaCurrent<D> excitatory(d, rows.excitatory, rows.hh, update,
                                   hh_psc_alpha::kCurrentEx, lif::kExcitatory);
  const AlphaCurrent<D> inhibitory(d, rows.inhibitory, rows.hh, update,
                                   hh_psc_alpha::kCurrentIn, lif::kInhibitory);
  return UpdateHh(d, rows.hh, update, SquidChannels(), excitatory, inhibitory,
                  hh_psc_alpha::kRefractory);
}

UpdateFunctions<hh_psc_alpha::Rows> HhPscAlphaFunctions() {
  return {UpdateHhPscAlpha<float>, UpdateHhPscAlpha<double>};
}

void SteadySquidGates(double v, double* gates) {
  SteadyGates(SquidChannels(), v, gates);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::hh_psc_alpha {
namespace {

HWY_EXPORT(HhPscAlphaFunctions);
HWY_EXPORT(SteadySquidGates);

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "hh_psc_alpha";
  info.summary =
      "Hodgkin and Huxley's neurons of 1952 with alpha-shaped synaptic "
      "currents.";
  info.equations =
      "c_m_pf v' = g_l_ns (e_l_mv - v) + g_na_ns m^3 h (e_na_mv - v) + g_k_ns "
      "n^4 (e_k_mv - v) + i_syn_ex + i_syn_in + i_e_pa + current; m' = a (1 - "
      "m) - b m with the rates of Hodgkin & Huxley 1952, "
      "doi:10.1113/jphysiol.1952.sp004764, h and n likewise; a spike adds "
      "weight t / tau_syn exp(1 - t / tau_syn) to i_syn, negative weights "
      "inhibit. NEST's hh_psc_alpha.";
  info.parameters =
      hh::MembraneParameters({100, 30, 12000, 3600, -54.402, 50, -77});
  Append(info.parameters, kParameterCount,
         {{kTauEx,
           PositiveParameter("tau_syn_ex_ms", "ms",
                             "Time to peak of the excitatory current.", 0.2)},
          {kTauIn,
           PositiveParameter("tau_syn_in_ms", "ms",
                             "Time to peak of the inhibitory current.", 2)}});
  info.variables = hh::MembraneVariables("-65");
  Append(
      info.variables, kVariableCount,
      {{kCurrentEx, {"i_syn_ex_pa", "pA", "Excitatory synaptic current.", "0"}},
       {kSlopeEx,
        {"di_syn_ex_pa_per_ms", "pA/ms", "What raises i_syn_ex_pa.", "0"}},
       {kCurrentIn, {"i_syn_in_pa", "pA", "Inhibitory synaptic current.", "0"}},
       {kSlopeIn,
        {"di_syn_in_pa_per_ms", "pA/ms", "What raises i_syn_in_pa.", "0"}},
       {kRefractory, lif::RefractorySteps()}});
  info.receptors =
      lif::CurrentReceptors("Peak of an excitatory current.",
                            "Peak of an inhibitory current; below 0.");
  info.schemes = hh::Schemes();
  info.cell_classes = {
      {"nest_hh_psc_alpha",
       "NEST's hh_psc_alpha: the defaults, with spikes at their peak.",
       {{"spike_criterion", 1}}},
  };
  return info;
}

void Initialize(const Parameters&, int64_t, absl::Span<double> variables) {
  double& v = variables[hh::kV];
  if (std::isnan(v)) v = -65;
  double gates[3];
  HWY_DYNAMIC_DISPATCH(SteadySquidGates)(v, gates);
  StartAt(variables, {v, gates[0], gates[1], gates[2]});
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .initialize = Initialize,
      .update = [] { return HWY_DYNAMIC_DISPATCH(HhPscAlphaFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::hh_psc_alpha
#endif  // HWY_ONCE
