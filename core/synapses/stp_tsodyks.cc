// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stp_tsodyks.h"

#include <cmath>
#include <utility>

#include "core/numbers/decay_table.h"
#include "core/synapses/short_term_kernel.h"

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kU, kTauRec, kTauFac, kTauPsc };

class TsodyksRule {
 public:
  // State of a source as of its last spike.
  struct Source {
    double u = 0;
    double x = 1;
    double y = 0;
    int64_t step = -1;  // -1: has never spiked
  };

  TsodyksRule(const Parameters& parameters, double dt_ms)
      : dt_ms_(dt_ms),
        increment_(parameters.Get(kU)),
        tau_rec_ms_(parameters.Get(kTauRec)),
        tau_psc_ms_(parameters.Get(kTauPsc)),
        are_equal_(std::abs(tau_psc_ms_ - tau_rec_ms_) < 1e-7 * tau_rec_ms_),
        recovery_(dt_ms, tau_rec_ms_),
        facilitation_(dt_ms, parameters.Get(kTauFac)),
        inactivation_(dt_ms, tau_psc_ms_) {}

  double Spike(int64_t step, Source& s) const {
    if (s.step >= 0) Pass(StepsBetween(s.step, step), s);
    s.u += increment_ * (1 - s.u);
    const double delivered = s.u * s.x;
    s.x -= delivered;
    s.y += delivered;
    s.step = step;
    return delivered;
  }

  template <class Visit>
  static void VisitNumbers(const Source& s, const Visit& visit) {
    visit(static_cast<double>(s.step));
    if (s.step < 0) return;
    visit(s.u);
    visit(s.x);
    visit(s.y);
  }

 private:
  // Updates the state for h steps without a spike.
  void Pass(uint32_t h, Source& s) const {
    const double active = inactivation_.At(h);
    const double z = 1 - s.x - s.y;
    s.u *= facilitation_.At(h);
    s.x += Recovered(h) * s.y + (1 - recovery_.At(h)) * z;
    s.y *= active;
  }

  // The part of the active resources that has recovered after h steps.
  double Recovered(uint32_t h) const {
    const double rec = recovery_.At(h);
    if (are_equal_) return 1 - rec * (1 + h * dt_ms_ / tau_rec_ms_);
    return ((rec - 1) * tau_rec_ms_ - (inactivation_.At(h) - 1) * tau_psc_ms_) /
           (tau_psc_ms_ - tau_rec_ms_);
  }

  double dt_ms_;
  double increment_;
  double tau_rec_ms_;
  double tau_psc_ms_;
  bool are_equal_;  // tau_psc and tau_rec
  DecayTable<double> recovery_;
  DecayTable<double> facilitation_;  // tau 0: 0 after one step
  DecayTable<double> inactivation_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "stp_tsodyks";
  info.summary =
      "Short-term depression and facilitation with three states of the "
      "resources (x, y, z); tsodyks_synapse of NEST.";
  info.equations =
      "y' = -y / tau_psc_ms, z' = y / tau_psc_ms - z / tau_rec_ms, x = 1 - y - "
      "z, u' = -u / tau_fac_ms; spike: u = u + U (1 - u), d = u x, x = x - d, "
      "y = y + d, and w d is delivered. Tsodyks, Pawelzik & Markram 1998, "
      "doi:10.1162/089976698300017502.";
  const auto positive = [](ParameterInfo parameter) {
    parameter.min = 0;
    parameter.min_exclusive = true;
    return parameter;
  };
  info.parameters = {
      {"u", "", "U: the utilisation of the first spike.", 0.5, 0, 1, true},
      positive({"tau_rec_ms", "ms", "Time constant of recovery.", 800}),
      {"tau_fac_ms", "ms",
       "Time constant of facilitation; 0: there is no facilitation.", 0, 0},
      positive({"tau_psc_ms", "ms",
                "Time constant of inactivation: of the synaptic current.", 3}),
  };
  return info;
}

}  // namespace

const ModelInfo& StpTsodyks::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

std::unique_ptr<SynapseKernel> StpTsodyks::Compile(
    const Parameters& parameters, SynapseLayout layout,
    const Network& network) const {
  return MakeShortTermKernel<TsodyksRule>(parameters, std::move(layout),
                                          network);
}

double StpTsodyks::StateBytesPerSource(Precision /*precision*/) const {
  return sizeof(TsodyksRule::Source);
}

double StpTsodyks::TableBytes(const Parameters& parameters, double dt_ms,
                              Precision /*precision*/) const {
  return DecayTable<double>::Bytes(
      dt_ms, {parameters.Get(kTauRec), parameters.Get(kTauFac),
              parameters.Get(kTauPsc)});
}

}  // namespace spiked
