// SPDX-License-Identifier: Apache-2.0
//
// Highway helpers of the Hodgkin-Huxley kernels: a step of neurons, for any
// rates of channels and any synapses. Included once per vector target, so the
// guard follows Highway's convention.

#if defined(SPIKED_CORE_NEURONS_HH_SIMD_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NEURONS_HH_SIMD_H_
#undef SPIKED_CORE_NEURONS_HH_SIMD_H_
#else
#define SPIKED_CORE_NEURONS_HH_SIMD_H_
#endif

#include <cstdint>

#include "core/neurons/hh.h"
#include "core/neurons/vector_model_simd.h"
#include "core/numbers/simd_exp.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// A parameter that is loaded where it is needed, because there are more
// parameters than vector registers.
template <class D>
using LoadedRow = ParameterVector<false, D>;

// Rates of opening (a) and closing (b) of the three gates, per ms.
template <class D>
struct GateRates {
  hn::Vec<D> a_m, b_m, a_h, b_h, a_n, b_n;
};

// Membrane potential and gates of a vector of neurons.
template <class D>
struct MembranePoint {
  hn::Vec<D> v, m, h, n;
};

// x limited to [low, high]; NaN stays NaN.
template <class D>
HWY_INLINE hn::Vec<D> Bounded(D d, hn::Vec<D> x, hn::TFromD<D> low,
                              hn::TFromD<D> high) {
  const auto bottom = hn::Set(d, low);
  const auto top = hn::Set(d, high);
  x = hn::IfThenElse(hn::Lt(x, bottom), bottom, x);
  return hn::IfThenElse(hn::Gt(x, top), top, x);
}

// scale B((x - zero) / width), B(y) = y / (exp(y) - 1). Written in the usual
// way, as scale / width (x - zero) / (exp((x - zero) / width) - 1), this rate
// would be 0 / 0 at x = zero.
template <class D>
HWY_INLINE hn::Vec<D> LinearRate(D d, hn::Vec<D> x, double scale, double zero,
                                 double width) {
  using T = hn::TFromD<D>;
  const auto offset = hn::Sub(x, hn::Set(d, static_cast<T>(zero)));
  const auto y = hn::Mul(offset, hn::Set(d, static_cast<T>(1 / width)));
  return hn::Mul(hn::Set(d, static_cast<T>(scale)), BernoulliFunction(d, y));
}

// scale exp((x - zero) / width)
template <class D>
HWY_INLINE hn::Vec<D> ExponentialRate(D d, hn::Vec<D> x, double scale,
                                      double zero, double width) {
  using T = hn::TFromD<D>;
  const auto offset = hn::Sub(x, hn::Set(d, static_cast<T>(zero)));
  const auto y = hn::Mul(offset, hn::Set(d, static_cast<T>(1 / width)));
  return hn::Mul(hn::Set(d, static_cast<T>(scale)), Exp(d, y));
}

// scale / (1 + exp((x - zero) / width))
template <class D>
HWY_INLINE hn::Vec<D> SigmoidRate(D d, hn::Vec<D> x, double scale, double zero,
                                  double width) {
  const auto one = hn::Set(d, hn::TFromD<D>{1});
  return hn::Div(hn::Set(d, static_cast<hn::TFromD<D>>(scale)),
                 hn::Add(one, ExponentialRate(d, x, 1, zero, width)));
}

// The value of a gate after a time h by g' = a (1 - g) - b g.
template <class D>
HWY_INLINE hn::Vec<D> RelaxedGate(D d, hn::Vec<D> gate, hn::Vec<D> a,
                                  hn::Vec<D> b, hn::Vec<D> h) {
  const auto rate = hn::Add(a, b);
  const auto steady = hn::Div(a, rate);
  const auto left = Exp(d, hn::Neg(hn::Mul(h, rate)));
  return hn::Add(steady, hn::Mul(hn::Sub(gate, steady), left));
}

// The dynamics of a population's membranes and channels. Channels gives the
// rates:
//   GateRates<D> At(D, int64_t i, Vec<D> v) const
// Synapse is a synaptic input of exponential or other shape. Its State holds
// the variables of the synapses of one vector of neurons:
//   State Load(D, int64_t i) const;            at the beginning of a step
//   State HalfWay(D, int64_t i, State) const;  half a sub-step later
//   State Next(D, int64_t i, State) const;     a sub-step later
//   void Store(D, int64_t i, State) const;     at the end, adds arrivals
//   void AddMean(D, int64_t i, State, Vec<D>& x, Vec<D>& drive) const;
//   void AddNow(D, int64_t i, State, Vec<D>& x, Vec<D>& drive) const;
// The last two add the contributions of the synapses to x = h G / c_m and to
// `drive`, the part of h v' that does not depend on v. AddMean adds their mean
// over the sub-step that begins with the state, AddNow their value at the
// state.
template <class Channels, class Synapse, class D>
class HhDynamics {
 public:
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using Point = MembranePoint<D>;
  using State = typename Synapse::State;

  HhDynamics(D d, const hh::Rows<T>& rows, const NeuronUpdate& update,
             const Channels& channels, const Synapse& excitatory,
             const Synapse& inhibitory)
      : leak_(d, rows.membrane.leak, update.first),
        sodium_(d, rows.sodium, update.first),
        potassium_(d, rows.potassium, update.first),
        e_na_(d, rows.e_na, update.first),
        e_k_(d, rows.e_k, update.first),
        h_(hn::Set(d, rows.h_ms)),
        channels_(channels),
        excitatory_(excitatory),
        inhibitory_(inhibitory) {}

  // ExponentialEuler and RungeKutta move neurons by a sub-step. `drive` is the
  // part of h v' by leak and currents that does not depend on v. `ex` and `in`
  // are the states of the synapses at the beginning of the sub-step; `_half`
  // and `_end` are those in its middle and at its end.
  HWY_INLINE Point ExponentialEuler(D d, int64_t i, V drive, Point p,
                                    const State& ex, const State& in) const {
    const GateRates<D> rates = channels_.At(d, i, p.v);
    p.m = RelaxedGate(d, p.m, rates.a_m, rates.b_m, h_);
    p.h = RelaxedGate(d, p.h, rates.a_h, rates.b_h, h_);
    p.n = RelaxedGate(d, p.n, rates.a_n, rates.b_n, h_);
    V x = leak_.At(i);
    excitatory_.AddMean(d, i, ex, x, drive);
    inhibitory_.AddMean(d, i, in, x, drive);
    AddChannels(i, p, x, drive);
    // v relaxes to drive / x, and exp(-x) of the distance is left. So v changes
    // by (drive - x v) (1 - exp(-x)) / x, where (1 - exp(-x)) / x = 1 / B(-x).
    const V change = hn::Sub(drive, hn::Mul(x, p.v));
    p.v = hn::Add(p.v, hn::Div(change, BernoulliFunction(d, hn::Neg(x))));
    return p;
  }

  HWY_INLINE Point RungeKutta(D d, int64_t i, V drive, Point p, const State& ex,
                              const State& in, const State& ex_half,
                              const State& in_half, const State& ex_end,
                              const State& in_end) const {
    const V one = hn::Set(d, T{1});
    const V half = hn::Set(d, T{0.5});
    const V two = hn::Set(d, T{2});
    const V sixth = hn::Set(d, static_cast<T>(1.0 / 6));

    // Changes by the slopes at the beginning, twice in the middle, and at the
    // end of the sub-step.
    const Point k1 = Change(d, i, drive, p, ex, in);
    const Point k2 = Change(d, i, drive, Along(p, k1, half), ex_half, in_half);
    const Point k3 = Change(d, i, drive, Along(p, k2, half), ex_half, in_half);
    const Point k4 = Change(d, i, drive, Along(p, k3, one), ex_end, in_end);

    // Their weighted mean: (k1 + 2 k2 + 2 k3 + k4) / 6.
    const auto weigh = [&](V q1, V q2, V q3, V q4) {
      return hn::Add(hn::Add(q1, hn::Mul(two, q2)),
                     hn::Add(hn::Mul(two, q3), q4));
    };
    const Point sum = {
        weigh(k1.v, k2.v, k3.v, k4.v), weigh(k1.m, k2.m, k3.m, k4.m),
        weigh(k1.h, k2.h, k3.h, k4.h), weigh(k1.n, k2.n, k3.n, k4.n)};
    p = Along(p, sum, sixth);
    p.m = Bounded(d, p.m, 0, 1);
    p.h = Bounded(d, p.h, 0, 1);
    p.n = Bounded(d, p.n, 0, 1);
    return p;
  }

 private:
  // Adds the contributions of the channels to x and drive.
  HWY_INLINE void AddChannels(int64_t i, const Point& p, V& x, V& drive) const {
    const V m3 = hn::Mul(hn::Mul(p.m, p.m), p.m);
    const V n2 = hn::Mul(p.n, p.n);
    const V sodium = hn::Mul(hn::Mul(sodium_.At(i), m3), p.h);
    const V potassium = hn::Mul(hn::Mul(potassium_.At(i), n2), n2);
    x = hn::Add(x, hn::Add(sodium, potassium));
    drive = hn::Add(drive, hn::Add(hn::Mul(sodium, e_na_.At(i)),
                                   hn::Mul(potassium, e_k_.At(i))));
  }

  // h times the slope at a point.
  HWY_INLINE Point Change(D d, int64_t i, V drive, const Point& p,
                          const State& ex, const State& in) const {
    V x = leak_.At(i);
    excitatory_.AddNow(d, i, ex, x, drive);
    inhibitory_.AddNow(d, i, in, x, drive);
    AddChannels(i, p, x, drive);
    const GateRates<D> rates = channels_.At(d, i, p.v);
    const auto of_gate = [&](V gate, V a, V b) {
      return hn::Mul(h_, hn::Sub(a, hn::Mul(hn::Add(a, b), gate)));
    };
    return {hn::Sub(drive, hn::Mul(x, p.v)), of_gate(p.m, rates.a_m, rates.b_m),
            of_gate(p.h, rates.a_h, rates.b_h),
            of_gate(p.n, rates.a_n, rates.b_n)};
  }

  // p + t k.
  static HWY_INLINE Point Along(const Point& p, const Point& k, V t) {
    return {hn::Add(p.v, hn::Mul(t, k.v)), hn::Add(p.m, hn::Mul(t, k.m)),
            hn::Add(p.h, hn::Mul(t, k.h)), hn::Add(p.n, hn::Mul(t, k.n))};
  }

  const LoadedRow<D> leak_, sodium_, potassium_, e_na_, e_k_;
  const V h_;
  const Channels channels_;
  const Synapse excitatory_, inhibitory_;
};

// Moves a run of neurons by one step. Mul and Add instead of MulAdd give the
// same bits on every vector target.
template <bool kExponential, class Channels, class Synapse, class D>
int64_t UpdateHh(D d, const hh::Rows<hn::TFromD<D>>& rows,
                 const NeuronUpdate& update, const Channels& channels,
                 const Synapse& excitatory, const Synapse& inhibitory,
                 int refractory_variable) {
  using T = hn::TFromD<D>;
  using State = typename Synapse::State;
  const HhDynamics<Channels, Synapse, D> dynamics(d, rows, update, channels,
                                                  excitatory, inhibitory);
  T* const v_row = update.Variable<T>(hh::kV);
  T* const m_row = update.Variable<T>(hh::kM);
  T* const h_row = update.Variable<T>(hh::kH);
  T* const n_row = update.Variable<T>(hh::kN);
  T* const refractory_row = update.Variable<T>(refractory_variable);
  const LoadedRow<D> drive_row(d, rows.membrane.drive, update.first);
  const LoadedRow<D> of_current(d, rows.membrane.of_current, update.first);
  const LoadedRow<D> v_spike_row(d, rows.v_spike, update.first);
  const LoadedRow<D> criterion_row(d, rows.criterion, update.first);
  const LoadedRow<D> steps_row(d, rows.refractory_steps, update.first);
  const InjectedCurrent<D> current(update, lif::kCurrent);
  SpikeWriter spikes(update);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    // The state at the beginning of the step. Initial values of gates may be
    // outside [0, 1].
    MembranePoint<D> p = {hn::Load(d, v_row + i),
                          Bounded(d, hn::Load(d, m_row + i), 0, 1),
                          Bounded(d, hn::Load(d, h_row + i), 0, 1),
                          Bounded(d, hn::Load(d, n_row + i), 0, 1)};
    State ex = excitatory.Load(d, i);
    State in = inhibitory.Load(d, i);
    const auto drive = current.AddTo(d, i, drive_row.At(i), of_current);

    // Criterion 0 is must_cross, 1 is must_fall, and 2 is neither.
    const auto v_spike = v_spike_row.At(i);
    const auto criterion = criterion_row.At(i);
    const auto must_cross = hn::Lt(criterion, hn::Set(d, T{1}));
    const auto must_fall = hn::Eq(criterion, hn::Set(d, T{1}));
    auto spiked = hn::Lt(v_spike, v_spike);  // no neuron yet

    for (int step = 0; step < rows.sub_steps; ++step) {
      const auto v = p.v;
      const State ex_end = excitatory.Next(d, i, ex);
      const State in_end = inhibitory.Next(d, i, in);
      if constexpr (kExponential) {
        p = dynamics.ExponentialEuler(d, i, drive, p, ex, in);
      } else {
        p = dynamics.RungeKutta(d, i, drive, p, ex, in,
                                excitatory.HalfWay(d, i, ex),
                                inhibitory.HalfWay(d, i, in), ex_end, in_end);
      }
      ex = ex_end;
      in = in_end;
      // The test for a spike.
      const auto above = hn::Ge(p.v, v_spike);
      const auto stayed = hn::And(must_cross, hn::Ge(v, v_spike));
      const auto rose = hn::And(must_fall, hn::Ge(p.v, v));
      spiked = hn::Or(spiked, hn::AndNot(hn::Or(stayed, rose), above));
    }

    // The state at the end of the step, with the arrivals of this step.
    hn::Store(p.v, d, v_row + i);
    hn::Store(p.m, d, m_row + i);
    hn::Store(p.h, d, h_row + i);
    hn::Store(p.n, d, n_row + i);
    excitatory.Store(d, i, ex);
    inhibitory.Store(d, i, in);

    // Refractory neurons report no spike.
    RefractoryCount<D> refractory(d, refractory_row, i);
    spiked = hn::AndNot(refractory.now(), spiked);
    if (HWY_UNLIKELY(spikes.Write(d, i, spiked))) {
      refractory.Begin(spiked, steps_row.At(i));
    }
    refractory.Store(d);
  }
  return spikes.count();
}

template <class Channels, class Synapse, class D>
int64_t UpdateHh(D d, const hh::Rows<hn::TFromD<D>>& rows,
                 const NeuronUpdate& update, const Channels& channels,
                 const Synapse& excitatory, const Synapse& inhibitory,
                 int refractory_variable) {
  return WithConstants(
      [&](auto exponential) {
        return UpdateHh<exponential>(d, rows, update, channels, excitatory,
                                     inhibitory, refractory_variable);
      },
      rows.exponential);
}

// The steady state of m, h and n at a voltage.
template <class Channels>
HWY_INLINE void SteadyGates(const Channels& channels, double v, double* gates) {
  const hn::CappedTag<double, 1> d;
  const auto rates = channels.At(d, 0, hn::Set(d, v));
  const auto steady = [&](auto a, auto b) {
    return hn::GetLane(hn::Div(a, hn::Add(a, b)));
  };
  gates[0] = steady(rates.a_m, rates.b_m);
  gates[1] = steady(rates.a_h, rates.b_h);
  gates[2] = steady(rates.a_n, rates.b_n);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NEURONS_HH_SIMD_H_
