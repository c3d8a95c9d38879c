// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/hh_cond_exp.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/hh_cond_exp.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/hh_simd.h"

#ifndef SPIKED_CORE_NEURONS_HH_COND_EXP_ROWS_
#define SPIKED_CORE_NEURONS_HH_COND_EXP_ROWS_
namespace spiked::hh_cond_exp {

// The parameters that follow those of hh::Parameter.
enum Parameter { kVT = hh::kMore, kEEx, kEIn, kTauEx, kTauIn, kParameterCount };
// The variables that follow those of hh::Variable.
enum Variable { kGEx = hh::kMoreVariables, kGIn, kRefractory, kVariableCount };

// The coefficients of a synaptic conductance over a sub-step h.
template <typename T>
struct Conductance {
  Conductance(const Parameters& p, int tau_syn, int e,
              const hh::SubSteps& steps)
      : decay(Column(p, {tau_syn},
                     [&](double tau) { return lif::Decay(tau, steps.h_ms); })),
        half_decay(Column(
            p, {tau_syn},
            [&](double tau) { return lif::Decay(tau, steps.h_ms / 2); })),
        mean(Column(p, {hh::kCM, tau_syn},
                    [&](double c_m, double tau) {
                      return tau / c_m * lif::Approach(tau, steps.h_ms);
                    })),
        reversal(p.column(e)) {}

  ParameterRow<T> decay, half_decay;
  // The mean contribution to x of a conductance that is 1 nS at the beginning:
  // h / c_m times the mean of exp(-t / tau).
  ParameterRow<T> mean;
  ParameterRow<T> reversal;
};

template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : hh(p, build),
        v_t(p.column(kVT)),
        excitatory(p, kTauEx, kEEx, hh::SubSteps(build)),
        inhibitory(p, kTauIn, kEIn, hh::SubSteps(build)) {}

  hh::Rows<T> hh;
  ParameterRow<T> v_t;
  Conductance<T> excitatory, inhibitory;
};

}  // namespace spiked::hh_cond_exp
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// The rates of Traub and Miles at u = v - v_t.
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

// Channels of HhDynamics with these rates.
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

// The same with u in place of v, for SteadyGates.
struct UnshiftedTraubChannels {
  template <class D>
  HWY_INLINE GateRates<D> At(D d, int64_t, hn::Vec<D> u) const {
    return TraubRates(d, u);
  }
};

// Synapse of HhDynamics: an exponential conductance.
template <class D>
class ExponentialConductance {
 public:
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using State = V;

  ExponentialConductance(D d, const hh_cond_exp::Conductance<T>& rows,
                         const hh::Rows<T>& hh, const NeuronUpdate& update,
                         int variable, int receptor)
      : decay_(d, rows.decay, update.first),
        half_decay_(d, rows.half_decay, update.first),
        mean_(d, rows.mean, update.first),
        now_(d, hh.membrane.of_current, update.first),
        reversal_(d, rows.reversal, update.first),
        row_(update.Variable<T>(variable)),
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

// Moves a run of neurons by one step.
template <typename T>
int64_t UpdateHhCondExp(const hh_cond_exp::Rows<T>& rows,
                        const NeuronUpdate& update) {
  using D = VectorTag<T>;
  const D d;
  const TraubChannels<D> channels(d, rows.v_t, update.first);
  const ExponentialConductance<D> excitatory(
      d, rows.excitatory, rows.hh, update, hh_cond_exp::kGEx, lif::kExcitatory);
  const ExponentialConductance<D> inhibitory(
      d, rows.inhibitory, rows.hh, update, hh_cond_exp::kGIn, lif::kInhibitory);
  return UpdateHh(d, rows.hh, update, channels, excitatory, inhibitory,
                  hh_cond_exp::kRefractory);
}

UpdateFunctions<hh_cond_exp::Rows> HhCondExpFunctions() {
  return {UpdateHhCondExp<float>, UpdateHhCondExp<double>};
}

void SteadyTraubGates(double u, double* gates) {
  SteadyGates(UnshiftedTraubChannels(), u, gates);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::hh_cond_exp {
namespace {

HWY_EXPORT(HhCondExpFunctions);
HWY_EXPORT(SteadyTraubGates);

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
  Append(
      info.parameters, kParameterCount,
      {{kVT,
        {"v_t_mv", "mV", "Shift of the rates; about where spikes begin.", -63}},
       {kEEx, {"e_ex_mv", "mV", "Reversal potential of excitation.", 0}},
       {kEIn, {"e_in_mv", "mV", "Reversal potential of inhibition.", -80}},
       {kTauEx,
        PositiveParameter("tau_syn_ex_ms", "ms",
                          "Time constant of the excitatory conductance.", 5)},
       {kTauIn, PositiveParameter(
                    "tau_syn_in_ms", "ms",
                    "Time constant of the inhibitory conductance.", 10)}});
  info.variables = hh::MembraneVariables("e_l_mv");
  Append(info.variables, kVariableCount,
         {{kGEx, {"g_ex_ns", "nS", "Excitatory conductance.", "0"}},
          {kGIn, {"g_in_ns", "nS", "Inhibitory conductance.", "0"}},
          {kRefractory, lif::RefractorySteps()}});
  info.receptors = lif::ConductanceReceptors();
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

void Initialize(const Parameters& p, int64_t i, absl::Span<double> variables) {
  double& v = variables[hh::kV];
  if (std::isnan(v)) v = p.Get(hh::kEL, i);
  double gates[3];
  HWY_DYNAMIC_DISPATCH(SteadyTraubGates)(v - p.Get(kVT, i), gates);
  StartAt(variables, {v, gates[0], gates[1], gates[2]});
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .initialize = Initialize,
      .update = [] { return HWY_DYNAMIC_DISPATCH(HhCondExpFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::hh_cond_exp
#endif  // HWY_ONCE
