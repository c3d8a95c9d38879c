// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/adex.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/adex.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/conductance_simd.h"
#include "core/numbers/simd_exp.h"
#include "core/numbers/simd_log.h"

#ifndef SPIKED_CORE_NEURONS_ADEX_ROWS_
#define SPIKED_CORE_NEURONS_ADEX_ROWS_
namespace spiked::adex {

enum Parameter {
  kCM,
  kGL,
  kEL,
  kVT,
  kDeltaT,
  kVPeak,
  kVReset,
  kTRef,
  kA,
  kTauW,
  kB,
  kEEx,
  kEIn,
  kTauEx,
  kTauIn,
  kIE,
  kParameterCount
};
enum Variable { kV, kW, kGEx, kGIn, kRefractory, kVariableCount };
enum Scheme { kSplitting, kEuler, kSchemeCount };

// Parameters in the form the kernel reads. h is dt for scheme euler and dt / 2
// for splitting.
template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : Rows(p, build.scheme == kEuler, build.dt_ms,
             build.scheme == kEuler ? build.dt_ms : build.dt_ms / 2) {}

  Rows(const Parameters& p, bool is_euler, double dt_ms, double h_ms)
      : membrane(p, kCM, kGL, kEL, kIE, h_ms),
        approach_w(Column(p, {kTauW},
                          [&](double tau) {
                            return is_euler ? h_ms / tau
                                            : lif::Approach(tau, h_ms);
                          })),
        step_in_tau_w(
            Column(p, {kTauW}, [&](double tau) { return dt_ms / tau; })),
        a(p.column(kA)),
        b(p.column(kB)),
        e_l(p.column(kEL)),
        v_t(p.column(kVT)),
        delta_t(p.column(kDeltaT)),
        per_delta_t(Column(
            p, {kDeltaT},
            [](double delta_t) { return delta_t == 0 ? 0 : 1 / delta_t; })),
        of_exponential(Column(p, {kCM, kGL, kDeltaT},
                              [&](double c_m, double g_l, double delta_t) {
                                return delta_t == 0 ? 0 : dt_ms * g_l / c_m;
                              })),
        exponent_at_peak(Column(p, {kVT, kDeltaT, kVPeak}, ExponentAtPeak)),
        left_at_peak(Column(p, {kVT, kDeltaT, kVPeak},
                            [](double v_t, double delta_t, double v_peak) {
                              if (delta_t == 0) return 0.0;
                              const double left = std::exp(
                                  -ExponentAtPeak(v_t, delta_t, v_peak));
                              // 0 in place of tiny numbers, whose products
                              // would be denormal.
                              return left < 1e-24 ? 0 : left;
                            })),
        excitatory(p, kCM, kTauEx, kEEx, Over(is_euler), dt_ms, h_ms),
        inhibitory(p, kCM, kTauIn, kEIn, Over(is_euler), dt_ms, h_ms),
        threshold(Column(p, {kVT, kDeltaT, kVPeak},
                         [](double v_t, double delta_t, double v_peak) {
                           return delta_t == 0 ? v_t : v_peak;
                         }),
                  p, kVReset, kTRef, dt_ms),
        euler(is_euler),
        uniform(AllUniform(membrane, approach_w, step_in_tau_w, a, b, e_l, v_t,
                           delta_t, per_delta_t, of_exponential,
                           exponent_at_peak, left_at_peak, excitatory,
                           inhibitory, threshold)) {}

  // Without a slope factor there is no exponential, and no path to the peak:
  // its terms are 0.
  static double ExponentAtPeak(double v_t, double delta_t, double v_peak) {
    return delta_t == 0 ? 0 : (v_peak - v_t) / delta_t;
  }
  static conductance::Over Over(bool euler) {
    return euler ? conductance::Over::kBeginning : conductance::Over::kMean;
  }

  lif::LeakRows<T> membrane;
  ParameterRow<T> approach_w;     // part of w's way to equilibrium done in h
  ParameterRow<T> step_in_tau_w;  // dt / tau_w
  ParameterRow<T> a, b, e_l, v_t, delta_t, per_delta_t;
  ParameterRow<T> of_exponential;    // q / exp((v - v_t) / delta_t)
  ParameterRow<T> exponent_at_peak;  // (v_peak - v_t) / delta_t
  ParameterRow<T> left_at_peak;      // exp(-exponent_at_peak)
  conductance::Rows<T> excitatory, inhibitory;
  lif::ThresholdRows<T> threshold;
  bool euler, uniform;
};

}  // namespace spiked::adex
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// The terms of the equations. The argument i is the neuron at which a vector
// begins. Mul and Add instead of MulAdd give the same bits on every vector
// target; comparisons instead of Min and Max keep NaN.
template <bool kUniform, class D>
class AdexTerms {
 public:
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;

  struct Neurons {
    V v, w;
  };
  // The linear part of v': h v' = drive - of_current w - x v.
  struct Linear {
    V x, drive;
  };

  // The path of v by the exponential alone, in terms of
  // exp(-(v - v_t) / delta_t) divided by its value at the start: this falls
  // from 1 to 1 - q, and v reaches the peak where it is 1 - at_peak.
  struct Path {
    V q, at_peak;
    HWY_INLINE hn::Mask<D> Reached() const { return hn::Ge(q, at_peak); }
  };

  AdexTerms(D d, const adex::Rows<T>& rows, const NeuronUpdate& update)
      : leak_(d, rows.membrane.leak, update.first),
        drive_(d, rows.membrane.drive, update.first),
        of_current_(d, rows.membrane.of_current, update.first),
        approach_w_(d, rows.approach_w, update.first),
        step_in_tau_w_(d, rows.step_in_tau_w, update.first),
        a_(d, rows.a, update.first),
        b_(d, rows.b, update.first),
        e_l_(d, rows.e_l, update.first),
        v_t_(d, rows.v_t, update.first),
        delta_t_(d, rows.delta_t, update.first),
        per_delta_t_(d, rows.per_delta_t, update.first),
        of_exponential_(d, rows.of_exponential, update.first),
        exponent_at_peak_(d, rows.exponent_at_peak, update.first),
        left_at_peak_(d, rows.left_at_peak, update.first),
        v_peak_(d, rows.threshold.v_th, update.first),
        v_reset_(d, rows.threshold.v_reset, update.first),
        refractory_steps_(d, rows.threshold.refractory_steps, update.first),
        excitatory_(d, rows.excitatory, update, adex::kGEx, lif::kExcitatory),
        inhibitory_(d, rows.inhibitory, update, adex::kGIn, lif::kInhibitory),
        current_(update, lif::kCurrent) {}

  // Moves the conductances by a step and returns the linear part of v' in this
  // step. Must be called once for each vector, because it consumes the input.
  HWY_INLINE Linear Advance(D d, int64_t i) const {
    Linear linear = {leak_.At(i), drive_.At(i)};
    excitatory_.Advance(d, i, linear.x, linear.drive);
    inhibitory_.Advance(d, i, linear.x, linear.drive);
    linear.drive = current_.AddTo(d, i, linear.drive, of_current_);
    return linear;
  }

  // A step of scheme `splitting` without the reset. Sets `path` to the path of
  // the exponential, which tells where v reached the peak. v of the neurons
  // `held` doesn't change.
  HWY_INLINE Neurons Split(D d, int64_t i, const Linear& linear, Neurons now,
                           hn::Mask<D> held, Path* path) const {
    const auto mean = MeanDecay(d, linear.x);
    const auto w = ApproachOfW(i, now.v, now.w);
    auto v = hn::Add(now.v, hn::Mul(mean, Slope(i, linear, now.v, w)));
    *path = PathFrom(d, i, v, hn::Set(d, T{1}));
    v = Rise(d, i, v, *path);
    v = hn::Add(v, hn::Mul(mean, Slope(i, linear, v, w)));
    v = hn::IfThenElse(held, now.v, v);
    return {v, ApproachOfW(i, v, w)};
  }

  // The state at the end of the step of neurons that reached the peak, either
  // on their path or only at the end of the step. `now` is the state at the
  // beginning of the step.
  HWY_INLINE Neurons AfterPeak(D d, int64_t i, const Linear& linear,
                               Neurons now, const Path& path) const {
    const auto zero = hn::Zero(d);
    const auto one = hn::Set(d, T{1});
    const auto two = hn::Set(d, T{2});

    // The part of the step until the peak, where w jumps.
    auto part = hn::IfThenElseZero(hn::Gt(path.at_peak, zero),
                                   hn::Div(path.at_peak, path.q));
    part = hn::IfThenElse(path.Reached(), part, one);
    const auto rest = hn::Sub(one, part);
    const auto w = hn::Add(PartOfW(d, i, now.v, now.w, part), b_.At(i));

    // v moves from the reset through the rest of the step, unless it is
    // refractory. x and drive are those of half a step, hence the factor 2.
    const auto halves = hn::Mul(two, rest);
    const auto reset = v_reset_.At(i);
    const auto mean = MeanDecay(d, hn::Mul(halves, linear.x));
    auto v = hn::Add(
        reset, hn::Mul(hn::Mul(halves, mean), Slope(i, linear, reset, w)));
    const Path again = PathFrom(d, i, v, rest);
    v = hn::IfThenElse(again.Reached(), v_peak_.At(i), Rise(d, i, v, again));
    v = hn::IfThenElse(hn::Gt(refractory_steps_.At(i), zero), reset, v);
    return {v, PartOfW(d, i, reset, w, rest)};
  }

  // A step of scheme `euler` without the reset.
  HWY_INLINE Neurons Euler(D d, int64_t i, const Linear& linear, Neurons now,
                           hn::Mask<D> held) const {
    const auto rise = hn::Mul(hn::Mul(of_exponential_.At(i), delta_t_.At(i)),
                              Exponential(d, i, now.v));
    const auto slope = hn::Add(Slope(i, linear, now.v, now.w), rise);
    return {hn::IfThenElse(held, now.v, hn::Add(now.v, slope)),
            ApproachOfW(i, now.v, now.w)};
  }

  HWY_INLINE V v_peak(int64_t i) const { return v_peak_.At(i); }
  HWY_INLINE V refractory_steps(int64_t i) const {
    return refractory_steps_.At(i);
  }
  HWY_INLINE Neurons Reset(int64_t i, Neurons now) const {
    return {v_reset_.At(i), hn::Add(now.w, b_.At(i))};
  }

 private:
  // h v' by the linear terms.
  HWY_INLINE V Slope(int64_t i, const Linear& linear, V v, V w) const {
    return hn::Sub(hn::Sub(linear.drive, hn::Mul(of_current_.At(i), w)),
                   hn::Mul(linear.x, v));
  }

  // tau_w w'.
  HWY_INLINE V SlopeOfW(int64_t i, V v, V w) const {
    return hn::Sub(hn::Mul(a_.At(i), hn::Sub(v, e_l_.At(i))), w);
  }
  // w after a time h with v constant.
  HWY_INLINE V ApproachOfW(int64_t i, V v, V w) const {
    return hn::Add(w, hn::Mul(approach_w_.At(i), SlopeOfW(i, v, w)));
  }
  // w after a part of the step with v constant.
  HWY_INLINE V PartOfW(D d, int64_t i, V v, V w, V part) const {
    const auto x = hn::Mul(step_in_tau_w_.At(i), part);
    return hn::Add(w, hn::Mul(hn::Mul(x, MeanDecay(d, x)), SlopeOfW(i, v, w)));
  }

  // exp((v - v_t) / delta_t), with v limited to the peak and the exponent to
  // [-30, 80].
  HWY_INLINE V Exponential(D d, int64_t i, V v) const {
    const auto low = hn::Set(d, T{-30});
    const auto high = hn::Set(d, T{80});
    const auto peak = exponent_at_peak_.At(i);
    auto x = hn::Mul(hn::Sub(v, v_t_.At(i)), per_delta_t_.At(i));
    x = hn::IfThenElse(hn::Gt(x, peak), peak, x);
    x = hn::IfThenElse(hn::Lt(x, low), low, x);
    return Exp(d, hn::IfThenElse(hn::Gt(x, high), high, x));
  }

  // The path from v by the exponential alone, during a part of the step.
  HWY_INLINE Path PathFrom(D d, int64_t i, V v, V part) const {
    const auto exponential = Exponential(d, i, v);
    return {
        hn::Mul(part, hn::Mul(of_exponential_.At(i), exponential)),
        hn::Sub(hn::Set(d, T{1}), hn::Mul(left_at_peak_.At(i), exponential))};
  }

  // v at the end of its path; where the path reaches the peak, v unchanged.
  HWY_INLINE V Rise(D d, int64_t i, V v, const Path& path) const {
    const auto q = hn::IfThenZeroElse(path.Reached(), path.q);
    const auto left = hn::Sub(hn::Set(d, T{1}), q);
    return hn::Sub(v, hn::Mul(delta_t_.At(i), Log(d, left)));
  }

  const ParameterVector<kUniform, D> leak_, drive_, of_current_, approach_w_,
      step_in_tau_w_, a_, b_, e_l_, v_t_, delta_t_, per_delta_t_,
      of_exponential_, exponent_at_peak_, left_at_peak_, v_peak_, v_reset_,
      refractory_steps_;
  const SynapticConductance<kUniform, D> excitatory_, inhibitory_;
  const InjectedCurrent<D> current_;
};

// Moves a run of neurons by one step.
template <bool kEuler, bool kUniform, typename T>
int64_t UpdateAdex(const adex::Rows<T>& rows, const NeuronUpdate& update) {
  using D = VectorTag<T>;
  using Terms = AdexTerms<kUniform, D>;
  using Neurons = typename Terms::Neurons;
  const D d;
  const Terms terms(d, rows, update);
  T* const v_row = update.Variable<T>(adex::kV);
  T* const w_row = update.Variable<T>(adex::kW);
  T* const refractory_row = update.Variable<T>(adex::kRefractory);
  SpikeWriter spikes(update);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const Neurons now = {hn::Load(d, v_row + i), hn::Load(d, w_row + i)};
    const auto linear = terms.Advance(d, i);
    RefractoryCount<D> refractory(d, refractory_row, i);
    const auto held = refractory.now();

    // The step without the reset.
    Neurons next;
    typename Terms::Path path;
    if constexpr (kEuler) {
      next = terms.Euler(d, i, linear, now, held);
    } else {
      next = terms.Split(d, i, linear, now, held, &path);
    }
    // Neurons that reached the peak spike and are reset.
    auto reached = hn::Ge(next.v, terms.v_peak(i));
    if constexpr (!kEuler) reached = hn::Or(reached, path.Reached());
    reached = hn::AndNot(held, reached);
    if (HWY_UNLIKELY(spikes.Write(d, i, reached))) {
      Neurons reset;
      if constexpr (kEuler) {
        reset = terms.Reset(i, next);
      } else {
        reset = terms.AfterPeak(d, i, linear, now, path);
      }
      next.v = hn::IfThenElse(reached, reset.v, next.v);
      next.w = hn::IfThenElse(reached, reset.w, next.w);
      refractory.Begin(reached, terms.refractory_steps(i));
    }
    hn::Store(next.v, d, v_row + i);
    hn::Store(NotTiny(d, next.w), d, w_row + i);
    refractory.Store(d);
  }
  return spikes.count();
}

template <typename T>
int64_t UpdateAdex(const adex::Rows<T>& rows, const NeuronUpdate& update) {
  return WithConstants(
      [&](auto euler, auto uniform) {
        return UpdateAdex<euler, uniform>(rows, update);
      },
      rows.euler, rows.uniform);
}

UpdateFunctions<adex::Rows> AdexFunctions() {
  return {UpdateAdex<float>, UpdateAdex<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::adex {
namespace {

HWY_EXPORT(AdexFunctions);

std::vector<CellClassInfo> MakeCellClasses() {
  std::vector<CellClassInfo> classes;
  const auto brette_gerstner = [&](const char* name, const char* description,
                                   double a, double tau_w, double b,
                                   double v_reset) {
    classes.push_back({name,
                       description,
                       {{"c_m_pf", 281},
                        {"g_l_ns", 30},
                        {"e_l_mv", -70.6},
                        {"v_t_mv", -50.4},
                        {"delta_t_mv", 2},
                        {"v_peak_mv", -40.4},
                        {"v_reset_mv", v_reset},
                        {"t_ref_ms", 0},
                        {"a_ns", a},
                        {"tau_w_ms", tau_w},
                        {"b_pa", b}}});
  };
  brette_gerstner("brette_gerstner_2005",
                  "Regular spiking of Brette & Gerstner 2005, "
                  "doi:10.1152/jn.00686.2005.",
                  4, 144, 80.5, -70.6);
  brette_gerstner("brette_gerstner_2005_bursting",
                  "The same neuron, bursting, as in Brian2's example.", 4, 20,
                  500, -45.4);
  brette_gerstner("brette_gerstner_2005_fast_spiking",
                  "The same neuron, fast spiking, as in Brian2's example.",
                  2 * 281.0 / 144, 144, 0, -70.6);

  const auto naud = [&](const char* name, const char* current, double c_m,
                        double g_l, double e_l, double a, double tau_w,
                        double b, double v_reset) {
    std::string description = "Firing pattern after Naud et al. 2008, ";
    description += "doi:10.1007/s00422-008-0264-7, as in Brian2's example; ";
    description += "with i_e_pa or a current of ";
    description += current;
    classes.push_back({std::string("naud_2008_") + name,
                       description + " pA.",
                       {{"c_m_pf", c_m},
                        {"g_l_ns", g_l},
                        {"e_l_mv", e_l},
                        {"v_t_mv", -50},
                        {"delta_t_mv", 2},
                        {"v_peak_mv", 0},
                        {"v_reset_mv", v_reset},
                        {"t_ref_ms", 0},
                        {"a_ns", a},
                        {"tau_w_ms", tau_w},
                        {"b_pa", b}}});
  };
  naud("tonic", "500", 200, 10, -70, 2, 30, 0, -58);
  naud("adaptation", "500", 200, 12, -70, 2, 300, 60, -58);
  naud("initial_burst", "400", 130, 18, -58, 4, 150, 120, -50);
  naud("regular_bursting", "210", 200, 10, -58, 2, 120, 100, -46);
  naud("delayed_accelerating", "300", 200, 12, -70, -10, 300, 0, -58);
  naud("delayed_regular_bursting", "110", 100, 10, -65, -10, 90, 30, -47);
  naud("transient", "180", 100, 10, -65, 10, 90, 100, -47);
  naud("irregular", "160", 100, 12, -60, -11, 130, 30, -48);

  const auto with = [&](std::map<std::string, double> parameters) {
    parameters.insert(classes[0].parameters.begin(),
                      classes[0].parameters.end());
    return parameters;
  };
  classes.push_back({"nest_aeif_cond_exp",
                     "Defaults of NEST's aeif_cond_exp, whose reset and peak "
                     "are not those of Brette & Gerstner.",
                     with({{"v_peak_mv", 0},
                           {"v_reset_mv", -60},
                           {"e_ex_mv", 0},
                           {"e_in_mv", -85},
                           {"tau_syn_ex_ms", 0.2},
                           {"tau_syn_in_ms", 2}})});
  classes.push_back({"pynn_eif_cond_exp_isfa_ista",
                     "Defaults of PyNN's EIF_cond_exp_isfa_ista.",
                     with({{"g_l_ns", 281 / 9.3667},
                           {"v_peak_mv", -40},
                           {"t_ref_ms", 0.1},
                           {"e_ex_mv", 0},
                           {"e_in_mv", -80},
                           {"tau_syn_ex_ms", 5},
                           {"tau_syn_in_ms", 5}})});
  return classes;
}

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "adex";
  info.summary =
      "Adaptive exponential integrate-and-fire neurons with an excitatory and "
      "an inhibitory exponential synaptic conductance.";
  info.equations =
      "c_m_pf v' = g_l_ns (e_l_mv - v) + "
      "g_l_ns delta_t_mv exp((v - v_t_mv) / delta_t_mv) + "
      "g_ex (e_ex_mv - v) + g_in (e_in_mv - v) - w + i_e_pa + current; "
      "tau_w_ms w' = a_ns (v - e_l_mv) - w; g_ex' = -g_ex / tau_syn_ex_ms, "
      "g_in' = -g_in / tau_syn_in_ms, and a spike adds its weight; at "
      "v >= v_peak_mv: spike, v = v_reset_mv for t_ref_ms, w = w + b_pa. "
      "Brette & Gerstner 2005, doi:10.1152/jn.00686.2005; NEST's "
      "aeif_cond_exp.";
  Append(
      info.parameters, kParameterCount,
      {{kCM,
        PositiveParameter("c_m_pf", "pF", "Capacitance of the membrane.", 281)},
       {kGL, {"g_l_ns", "nS", "Leak conductance.", 30, 0}},
       {kEL, {"e_l_mv", "mV", "Reversal potential of the leak.", -70.6}},
       {kVT,
        {"v_t_mv", "mV",
         "Threshold: where the exponential is as steep as the leak.", -50.4}},
       {kDeltaT,
        {"delta_t_mv", "mV",
         "Slope factor; 0: a leaky neuron without the exponential, which "
         "spikes at v_t_mv.",
         2, 0}},
       {kVPeak,
        {"v_peak_mv", "mV", "Where a spike is found and v reset.", -40.4}},
       {kVReset,
        {"v_reset_mv", "mV", "Membrane potential after a spike.", -70.6}},
       {kTRef, lif::RefractoryTime(lif::kRefractoryTime, 0)},
       {kA, {"a_ns", "nS", "Adaptation below the threshold.", 4}},
       {kTauW, PositiveParameter("tau_w_ms", "ms",
                                 "Time constant of adaptation.", 144)},
       {kB, {"b_pa", "pA", "Adaptation by a spike.", 80.5}},
       {kEEx, {"e_ex_mv", "mV", "Reversal potential of excitation.", 0}},
       {kEIn, {"e_in_mv", "mV", "Reversal potential of inhibition.", -85}},
       {kTauEx,
        PositiveParameter("tau_syn_ex_ms", "ms",
                          "Time constant of the excitatory conductance.", 0.2)},
       {kTauIn,
        PositiveParameter("tau_syn_in_ms", "ms",
                          "Time constant of the inhibitory conductance.", 2)},
       {kIE, {"i_e_pa", "pA", "Constant current.", 0}}});
  info.order = {{"v_t_mv", "v_peak_mv"}, {"v_reset_mv", "v_peak_mv"}};
  Append(info.variables, kVariableCount,
         {{kV, lif::MembranePotential()},
          {kW, {"w_pa", "pA", "Adaptation current.", "0"}},
          {kGEx, {"g_ex_ns", "nS", "Excitatory conductance.", "0"}},
          {kGIn, {"g_in_ns", "nS", "Inhibitory conductance.", "0"}},
          {kRefractory, lif::RefractorySteps()}});
  info.receptors = lif::ConductanceReceptors();
  Append(
      info.schemes, kSchemeCount,
      {{kSplitting,
        {"splitting",
         "The exponential is solved exactly, between half steps of the rest, "
         "and "
         "the reset comes when v_peak_mv is reached within the step; second "
         "order, always stable."}},
       {kEuler,
        {"euler",
         "v and w by dt with the slopes of the step's beginning, reset at the "
         "step's end, as in published scripts; first order."}}});
  info.cell_classes = MakeCellClasses();
  return info;
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .initialize = StartAtParameter<kEL>,
      .update = [] { return HWY_DYNAMIC_DISPATCH(AdexFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::adex
#endif  // HWY_ONCE
