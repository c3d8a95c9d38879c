// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SESSION_OPTIONS_H_
#define SPIKED_SERVER_SESSION_SESSION_OPTIONS_H_

#include "server/session/scheduling/pacer.h"

namespace spiked {

enum class Pacing { kRealTime, kFreeRun, kLockstep };

// How a real-time session is treated whose load doesn't fit.
enum class AdmissionPolicy { kRunLate, kRefuse };

struct SessionOptions {
  Pacing pacing = Pacing::kRealTime;
  double pace = 1;  // used while the pacing is kRealTime
  LatenessPolicy lateness_policy = LatenessPolicy::kCatchUp;
  double tick_ms = 1;    // of wall time, about; used while it is kRealTime
  int thread_count = 0;  // 0: ChooseThreadCount decides
  AdmissionPolicy admission_policy = AdmissionPolicy::kRunLate;

  bool operator==(const SessionOptions&) const = default;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_OPTIONS_H_
