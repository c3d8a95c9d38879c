// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stp_markram.h"

#include <utility>

#include "core/numbers/decay_table.h"
#include "core/synapses/short_term_kernel.h"

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kU, kTauRec, kTauFac };

class MarkramRule {
 public:
  // State of a source as of its last spike.
  struct Source {
    double u;
    double x;
    int64_t step = -1;  // -1: has never spiked
  };

  MarkramRule(const Parameters& parameters, double dt_ms)
      : increment_(parameters.Get(kU)),
        recovery_(dt_ms, parameters.Get(kTauRec)),
        facilitation_(dt_ms, parameters.Get(kTauFac)) {}

  double Spike(int64_t step, Source& s) const {
    if (s.step < 0) {
      s = {increment_, 1, step};
    } else {
      const uint32_t h = StepsBetween(s.step, step);
      s.x = 1 + (s.x - s.x * s.u - 1) * recovery_.At(h);
      s.u = increment_ + s.u * (1 - increment_) * facilitation_.At(h);
      s.step = step;
    }
    return s.u * s.x;
  }

  template <class Visit>
  static void VisitNumbers(const Source& s, const Visit& visit) {
    visit(static_cast<double>(s.step));
    if (s.step < 0) return;
    visit(s.u);
    visit(s.x);
  }

 private:
  double increment_;
  DecayTable<double> recovery_;
  DecayTable<double> facilitation_;  // tau 0: 0 after one step
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "stp_markram";
  info.summary =
      "Short-term depression and facilitation with two variables (u, x); "
      "tsodyks2_synapse of NEST.";
  info.equations =
      "A spike delivers w u x. From one spike to the next, after h: x = 1 + (x "
      "- x u - 1) exp(-h / tau_rec_ms), u = U + u (1 - U) exp(-h / "
      "tau_fac_ms); first x = 1, u = U. Maass & Markram 2002, "
      "doi:10.1016/S0893-6080(01)00144-7.";
  info.parameters = {
      {"u", "", "U: the utilisation of the first spike.", 0.5, 0, 1, true},
      {"tau_rec_ms", "ms", "Time constant of recovery from depression.", 800},
      {"tau_fac_ms", "ms",
       "Time constant of facilitation; 0: there is no facilitation.", 0, 0},
  };
  info.parameters[kTauRec].min = 0;
  info.parameters[kTauRec].min_exclusive = true;
  return info;
}

}  // namespace

const ModelInfo& StpMarkram::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

std::unique_ptr<SynapseKernel> StpMarkram::Compile(
    const Parameters& parameters, SynapseLayout layout,
    const Network& network) const {
  return MakeShortTermKernel<MarkramRule>(parameters, std::move(layout),
                                          network);
}

double StpMarkram::StateBytesPerSource(Precision /*precision*/) const {
  return sizeof(MarkramRule::Source);
}

double StpMarkram::TableBytes(const Parameters& parameters, double dt_ms,
                              Precision /*precision*/) const {
  return DecayTable<double>::Bytes(
      dt_ms, {parameters.Get(kTauRec), parameters.Get(kTauFac)});
}

}  // namespace spiked
