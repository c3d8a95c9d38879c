// SPDX-License-Identifier: Apache-2.0

#include "server/session/session.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/build/compile.h"
#include "core/step.h"
#include "server/base/status_payload.h"
#include "server/session/session_key.h"

namespace spiked {
namespace {

// A slice of work that is not paced: short, because a real-time session may be
// waiting behind it, and with a deadline that puts it behind one that is due.
constexpr int64_t kSliceNanos = 500'000;
constexpr int64_t kSliceDeadlineNanos = 20'000'000;
// A session that waits for a reader is woken by it, and looks by itself whether
// its caller has gone away.
constexpr int64_t kWaitNanos = 20'000'000;
// Commands between two looks at the time.
constexpr int kMaxCommandsPerSlice = 64;
// Steps between two checks that all numbers are finite.
constexpr int64_t kStepsPerCheck = 64;

const char* StateName(SessionState state) {
  switch (state) {
    case SessionState::kCreating:
      return "CREATING";
    case SessionState::kPaused:
      return "PAUSED";
    case SessionState::kRunning:
      return "RUNNING";
    case SessionState::kFailed:
      return "FAILED";
    case SessionState::kDeleting:
      return "DELETING";
  }
  return "";
}

}  // namespace

Session::Session(std::string key, SessionOptions options,
                 Environment environment)
    : key_(std::move(key)),
      id_(IdOf(key_)),
      environment_(std::move(environment)),
      create_time_(std::chrono::system_clock::now()),
      lifetime_(std::make_shared<SessionLifetime>(environment_.clock)),
      options_(options) {
  current_.options = options;
  published_.options = options;
}

void Session::Attach(std::unique_ptr<const Network> network,
                     int64_t memory_bytes, int thread_count, NetworkSpec spec) {
  const bool paced = options_.pacing == Pacing::kRealTime;
  auto built = std::make_shared<SessionNetwork>(std::move(network),
                                                std::move(spec), thread_count);
  built->spikes = MakeRing({});
  current_.built = built;
  if (thread_count > 1) team_ = std::make_unique<ThreadTeam>(thread_count);
  cost_.Estimate(
      TimeFirstSteps(*built->network, team_.get(), environment_.clock));
  state_ = MakeState(*built->network);
  meter_ = SessionMeter(built->network->dt_ms, built->network->neuron_count,
                        paced ? options_.pace : 0);
  memory_bytes_ = memory_bytes;
  pacer_ = MakePacer();
  SetState(SessionState::kPaused);
  Publish();  // lets commands in
}

std::shared_ptr<SpikeRing> Session::MakeRing(SpikeRing::Position begin) {
  SpikeRing::Options options;
  options.max_bytes = environment_.history_bytes;
  options.budget = environment_.history_budget;
  options.on_room = WakeUp();
  options.memory_guard = environment_.memory_guard;
  options.tenant = TenantOf(key_);
  return std::make_shared<SpikeRing>(std::move(options), begin);
}

void Session::Abandon() {
  SetState(SessionState::kDeleting);
  Publish();
}

void Session::FailBuilding(std::string why) {
  current_.failure = std::move(why);
  SetState(SessionState::kFailed);
  Publish();
}

absl::Status Session::NotBuilt() const {
  const SessionStatus now = status();
  if (now.state != SessionState::kFailed) {
    return Refusal(Reason::kSessionState,
                   absl::StrCat("session \"sessions/", id_,
                                "\" is CREATING; wait until it is built"));
  }
  return Refusal(Reason::kSessionState,
                 absl::StrCat("session \"sessions/", id_,
                              "\" could not be built and can only be deleted: ",
                              now.failure));
}

std::function<void()> Session::WakeUp() {
  return [scheduler = environment_.scheduler, weak = weak_from_this()] {
    if (const auto self = weak.lock()) scheduler->Wake(self);
  };
}

void Session::PostOrRun(AdvanceCommand command, Callback<AdvanceCommand> done,
                        Built made_for) {
  if (Accept(std::make_unique<LetterOf<AdvanceCommand>>(
          std::move(command), std::move(done), std::move(made_for)))) {
    environment_.scheduler->RunOrWake(shared_from_this());
  }
}

Session::Built Session::built() const {
  MutexLock lock(&mutex_);
  return published_.built;
}

bool Session::Accept(std::unique_ptr<Letter> letter) {
  if (built() == nullptr) {
    letter->Refuse({NotBuilt(), status()});
    return false;
  }
  if (Enqueue(letter)) return true;
  letter->Refuse({Refusal(Reason::kLimitReached,
                          absl::StrCat(kMaxWaitingCommands,
                                       " commands are waiting in session "
                                       "\"sessions/",
                                       id_, "\"")),
                  status()});
  return false;
}

bool Session::Enqueue(std::unique_ptr<Letter>& letter) {
  MutexLock lock(&mutex_);
  if (mailbox_.size() >= kMaxWaitingCommands) return false;
  mailbox_.push_back(std::move(letter));
  lifetime_->BeginUse();
  return true;
}

SessionStatus Session::status() const {
  MutexLock lock(&mutex_);
  return published_;
}

SessionMetrics Session::metrics() const {
  SessionMetrics metrics;
  std::shared_ptr<DurationHistogram> lateness;
  {
    MutexLock lock(&mutex_);
    metrics = published_metrics_;
    lateness = published_lateness_;
  }
  if (lateness != nullptr) {
    const auto seconds = [&](double fraction) {
      return static_cast<double>(lateness->QuantileNanos(fraction)) / 1e9;
    };
    metrics.lateness_p50_s = seconds(0.5);
    metrics.lateness_p99_s = seconds(0.99);
  }
  metrics.stream_count = stream_count_;
  if (environment_.loads != nullptr) {
    metrics.free_load = environment_.loads->Look(this).free;
  }
  return metrics;
}

std::optional<bool> Session::admitted() const {
  const SessionStatus now = status();
  if (now.state != SessionState::kRunning ||
      now.options.pacing != Pacing::kRealTime) {
    return std::nullopt;
  }
  return environment_.loads == nullptr || environment_.loads->Look(this).fits;
}

// ---- Commands

bool Session::HasMail() const {
  MutexLock lock(&mutex_);
  return !mailbox_.empty();
}

void Session::ExecuteMailbox() {
  const int max_commands =
      std::exchange(short_slice_, false) ? 1 : kMaxCommandsPerSlice;
  for (int i = 0; i < max_commands && !lent_; ++i) {
    std::unique_ptr<Letter> letter;
    {
      MutexLock lock(&mutex_);
      if (mailbox_.empty()) return;
      letter = std::move(mailbox_.front());
      mailbox_.pop_front();
    }
    if (absl::Status refusal = CheckLetter(*letter); !refusal.ok()) {
      Publish();
      letter->Refuse(MakeOutcome(std::move(refusal)));
    } else if (!letter->Execute(*this)) {
      continue;  // FinishAdvance ends the use
    }
    lifetime_->EndUse();
  }
}

absl::Status Session::CheckLetter(const Letter& letter) const {
  if (current_.state == SessionState::kDeleting) {
    return Refusal(Reason::kSessionNotFound,
                   absl::StrCat("session \"sessions/", id_, "\" was deleted"));
  }
  if (letter.made_for() != nullptr && letter.made_for() != current_.built) {
    return Refusal(
        Reason::kNetworkEdited,
        absl::StrCat("the network of session \"sessions/", id_,
                     "\" was edited meanwhile; look at it, and ask again"));
  }
  return absl::OkStatus();
}

Outcome Session::MakeOutcome(absl::Status status) const {
  Outcome outcome;
  outcome.status = std::move(status);
  outcome.session = current_;
  return outcome;
}

absl::Status Session::NotInState(const char* wanted) const {
  std::string text = absl::StrCat(
      "session \"sessions/", id_, "\" is ",
      advance_.has_value() ? "being advanced" : StateName(current_.state));
  if (current_.state == SessionState::kFailed) {
    absl::StrAppend(&text, " (", current_.failure, ")");
  }
  return Refusal(Reason::kSessionState,
                 absl::StrCat(text, "; it must be ", wanted));
}

Outcome Session::Execute(const PauseCommand&) {
  if (current_.state == SessionState::kFailed) {
    return MakeOutcome(NotInState("PAUSED or RUNNING"));
  }
  if (advance_.has_value()) FinishAdvance(absl::OkStatus());
  if (current_.state == SessionState::kRunning) {
    SetState(SessionState::kPaused);
  }
  return MakeOutcome(absl::OkStatus());
}

Outcome Session::Execute(const ResetCommand&) {
  if (advance_.has_value()) FinishAdvance(absl::OkStatus());
  state_ = MakeState(network());
  ReleaseChanges();
  UpdateOverview();
  const bool paced = options_.pacing == Pacing::kRealTime;
  meter_ = SessionMeter(network().dt_ms, network().neuron_count,
                        paced ? options_.pace : 0);
  current_.step = 0;
  current_.stop_step = 0;
  current_.failure.clear();
  ++current_.epoch;
  ring().Reset(current_.epoch);
  SetState(SessionState::kPaused);
  return MakeOutcome(absl::OkStatus());
}

Outcome Session::Execute(const DeleteCommand&) {
  if (advance_.has_value()) FinishAdvance(absl::OkStatus());
  probes_.clear();
  SetState(SessionState::kDeleting);
  return MakeOutcome(absl::OkStatus());
}

std::optional<AdvanceResult> Session::Begin(const AdvanceCommand& command,
                                            Callback<AdvanceCommand>& done) {
  if (current_.state != SessionState::kPaused || advance_.has_value()) {
    return AdvanceResult{MakeOutcome(NotInState("PAUSED"))};
  }
  if (command.expected_step.has_value() &&
      *command.expected_step != state_.step) {
    return AdvanceResult{MakeOutcome(Refusal(
        Reason::kStepMismatch,
        absl::StrCat("expected_step: ", *command.expected_step,
                     " is not the session's step (", state_.step, ")")))};
  }
  InjectResult injected;
  if (absl::Status status =
          Inject(command.stimuli, LatePolicy::kApplyNext, &injected);
      !status.ok()) {
    return AdvanceResult{MakeOutcome(std::move(status))};
  }
  advance_.emplace(command, std::move(done), state_.step);
  return std::nullopt;
}

InjectResult Session::Execute(const InjectCommand& command) {
  if (current_.state == SessionState::kFailed && !command.stimuli.empty()) {
    return {MakeOutcome(NotInState("PAUSED or RUNNING"))};
  }
  InjectResult result{MakeOutcome(absl::OkStatus())};
  result.status = Inject(command.stimuli, command.late_policy, &result);
  result.stimulus_room =
      kMaxWaitingStimuli - static_cast<int64_t>(state_.stimuli.size());
  return result;
}

Outcome Session::Execute(const ProbeCommand& command) {
  size_t values = command.probe->values_per_sample();
  for (const auto& probe : probes_) values += probe->values_per_sample();
  if (values > kMaxProbedValues) {
    return MakeOutcome(Refusal(
        Reason::kLimitReached,
        absl::StrCat(values, " values would be recorded of session \"sessions/",
                     id_, "\" in one step; at most ", kMaxProbedValues,
                     " are allowed")));
  }
  probes_.push_back(command.probe);
  return MakeOutcome(absl::OkStatus());
}

HashResult Session::Execute(const HashCommand&) {
  return {MakeOutcome(absl::OkStatus()), HashState(network(), state_)};
}

absl::Status Session::CheckRoomFor(
    const std::vector<StimulusSpec>& stimuli) const {
  auto count = static_cast<int64_t>(state_.stimuli.size());
  int64_t neurons = state_.stimuli.neuron_count();
  for (const StimulusSpec& spec : stimuli) {
    count += CountCompiled(network(), spec);
    neurons += CountStimulated(network(), spec);
    if (count <= kMaxWaitingStimuli && neurons <= kMaxStimulatedNeurons) {
      continue;
    }
    return Refusal(
        Reason::kLimitReached,
        absl::StrCat("too many stimuli would wait in session \"sessions/", id_,
                     "\"; at most ", kMaxWaitingStimuli, " of them, for ",
                     kMaxStimulatedNeurons, " neurons added up, are allowed"));
  }
  return absl::OkStatus();
}

absl::Status Session::Inject(const std::vector<StimulusSpec>& stimuli,
                             LatePolicy late_policy, InjectResult* result) {
  result->applied_step = state_.step;
  if (stimuli.empty()) return absl::OkStatus();
  if (absl::Status status = CheckRoomFor(stimuli); !status.ok()) return status;
  const auto take = [&](int64_t count) {
    return environment_.tenant == nullptr
               ? absl::OkStatus()
               : environment_.tenant->TakeStimuli(
                     count, environment_.clock->NowNanos());
  };
  // Stimuli that are refused as late cost nothing of the quota.
  const bool may_refuse = late_policy == LatePolicy::kRefuse;
  if (absl::Status quota = take(may_refuse ? 0 : std::ssize(stimuli));
      !quota.ok()) {
    return quota;
  }
  auto memory = TakeForStimuli(stimuli);
  if (!memory.ok()) return memory.status();
  int64_t late_count = 0;
  std::vector<Stimulus> compiled;
  for (const StimulusSpec& spec : stimuli) {
    for (Stimulus& stimulus :
         CompileStimulus(network(), spec, state_.step, &late_count)) {
      compiled.push_back(std::move(stimulus));
    }
  }
  if (may_refuse && late_count > 0) {
    result->late_count = late_count;
    return Refusal(
        Reason::kLateStimulus,
        absl::StrCat(late_count, late_count == 1 ? " stimulus" : " stimuli",
                     " would start later than asked for: session \"sessions/",
                     id_, "\" is at step ", state_.step,
                     "; none was injected"));
  }
  if (may_refuse) {
    if (absl::Status quota = take(std::ssize(stimuli)); !quota.ok()) {
      return quota;
    }
  }
  HoldUntilTheyEnd(*std::move(memory), &compiled);
  result->applied_step = compiled.front().begin_step;
  for (Stimulus& stimulus : compiled) {
    result->applied_step = std::min(result->applied_step, stimulus.begin_step);
    state_.stimuli.Add(std::move(stimulus));
  }
  result->late_count = late_count;
  Statistics& statistics = *environment_.statistics;
  for (const StimulusSpec& spec : stimuli) {
    if (std::holds_alternative<CurrentStimulusSpec>(spec.kind)) {
      statistics.current_stimuli.Add();
    } else if (std::holds_alternative<SpikeStimulusSpec>(spec.kind)) {
      statistics.spike_stimuli.Add();
    } else if (std::holds_alternative<RateStimulusSpec>(spec.kind)) {
      statistics.rate_stimuli.Add();
    } else if (std::holds_alternative<PlasticitySwitchSpec>(spec.kind)) {
      statistics.plasticity_switches.Add();
    } else if (std::holds_alternative<DopaminePulseSpec>(spec.kind)) {
      statistics.dopamine_pulses.Add();
    } else {
      statistics.encoder_values.Add();
    }
  }
  statistics.late_stimuli.Add(late_count);
  meter_.AddStimuli(static_cast<int64_t>(compiled.size()), late_count);
  return absl::OkStatus();
}

// ---- Time

Schedulable::Due Session::RunSlice() {
  if (lent_) TakeBack();
  ExecuteMailbox();
  if (lent_) return {};
  std::erase_if(probes_, [](const auto& probe) { return probe->closed(); });
  if (advance_.has_value()) {
    RunAdvanceSlice();
  } else if (current_.state == SessionState::kRunning) {
    if (options_.pacing == Pacing::kFreeRun) {
      if (!WaitsForReader()) RunFreeSlice();
    } else if (open_tick_.has_value() ||
               environment_.clock->NowNanos() >= pacer_.due_nanos()) {
      RunRealTimeTick();
    }
  }
  Publish();
  return NextDue();
}

Schedulable::Due Session::NextDue() const {
  if (open_tick_.has_value()) {
    return {.idle = false,
            .due_nanos = environment_.clock->NowNanos(),
            .deadline_nanos = pacer_.due_nanos(),
            .paced = true};
  }
  if (HasMail() || advance_.has_value() ||
      (current_.state == SessionState::kRunning &&
       options_.pacing == Pacing::kFreeRun)) {
    const int64_t now = environment_.clock->NowNanos();
    const int64_t due = !HasMail() && WaitsForReader() ? now + kWaitNanos : now;
    return {.idle = false,
            .due_nanos = due,
            .deadline_nanos = due + kSliceDeadlineNanos};
  }
  if (current_.state != SessionState::kRunning) return {};
  return {.idle = false,
          .due_nanos = pacer_.due_nanos(),
          .deadline_nanos = pacer_.deadline_nanos(),
          .paced = true};
}

void Session::RunRealTimeTick() {
  Statistics& statistics = *environment_.statistics;
  const int64_t begin = environment_.clock->NowNanos();
  if (!open_tick_.has_value()) {
    open_tick_ =
        OpenTick{pacer_.Begin(begin), state_.step + pacer_.steps_per_tick()};
  }
  const auto [tick, end_step] = *open_tick_;
  RunSteps(end_step, [&] {
    return environment_.clock->NowNanos() >= begin + kSliceNanos;
  });
  if (current_.state == SessionState::kRunning && state_.step < end_step) {
    return;  // others may have an earlier deadline
  }
  open_tick_.reset();
  const int64_t end = environment_.clock->NowNanos();
  // The next tick is due when the period of this one ends.
  const bool overran = end > pacer_.due_nanos();
  meter_.AddTick(end, tick.lateness_nanos, tick.slipped_nanos, overran);
  statistics.tick_lateness.Add(tick.lateness_nanos);
  statistics.slipped_nanos.Add(tick.slipped_nanos);
  if (overran) statistics.overruns.Add();
}

void Session::RunFreeSlice() {
  const int64_t end = environment_.clock->NowNanos() + kSliceNanos;
  RunSteps(std::numeric_limits<int64_t>::max(),
           [&] { return environment_.clock->NowNanos() >= end; });
}

bool Session::AnyProbeBlocks() const {
  return std::any_of(probes_.begin(), probes_.end(),
                     [](const auto& probe) { return probe->blocked(); });
}

bool Session::WaitsForReader() const {
  return ring().blocked() || AnyProbeBlocks();
}

bool Session::AdvanceIsOver() const {
  const AdvanceCommand& command = advance_->command();
  const bool abandoned = command.cancelled != nullptr && *command.cancelled;
  return current_.state == SessionState::kFailed ||
         state_.step == advance_->end_step() || advance_->full() || abandoned ||
         environment_.clock->NowNanos() >= command.deadline_nanos;
}

void Session::RunAdvanceSlice() {
  if (WaitsForReader()) {
    if (AdvanceIsOver()) FinishAdvance(absl::OkStatus());
    return;
  }
  const int64_t begin = environment_.clock->NowNanos();
  RunSteps(advance_->end_step(), [&] {
    return environment_.clock->NowNanos() >= begin + kSliceNanos;
  });
  if (AdvanceIsOver()) FinishAdvance(absl::OkStatus());
}

void Session::FinishAdvance(absl::Status status) {
  OngoingAdvance advance = std::move(*advance_);
  advance_.reset();
  if (current_.state == SessionState::kFailed) status = NotInState("PAUSED");
  AdvanceResult result{MakeOutcome(std::move(status))};
  advance.Tell(state_.step, &result);
  Publish();
  advance.Finish(std::move(result));
  lifetime_->EndUse();
}

void Session::RunSteps(int64_t end_step, const std::function<bool()>& stop) {
  const Network& network = this->network();
  if (current_.state == SessionState::kRunning && current_.stop_step > 0) {
    end_step = std::min(end_step, current_.stop_step);
  }
  const int64_t begin_nanos = environment_.clock->NowNanos();
  const int64_t begin_step = state_.step;
  run_.Clear();
  while (state_.step < end_step) {
    Step(network, state_, team_.get());
    const size_t before = run_.neurons.size();
    AppendLastSpikes(network, state_, &run_.neurons);
    if (run_.neurons.size() > before) {
      run_.steps.push_back(
          {state_.step - 1,
           static_cast<int32_t>(run_.neurons.size() - before)});
    }
    for (const auto& probe : probes_) {
      probe->Sample(network, state_, current_.epoch);
    }
    // A tick doesn't wait for readers.
    if (!open_tick_.has_value() && AnyProbeBlocks()) break;
    if (state_.step % kStepsPerCheck == 0) {
      current_.failure = FindNonFinite(network, state_);
      if (!current_.failure.empty()) break;
    }
    if (stop()) break;
  }
  const int64_t end_nanos = environment_.clock->NowNanos();
  const auto spikes = static_cast<int64_t>(run_.neurons.size());
  meter_.AddSteps(state_.step, spikes, begin_nanos, end_nanos);
  MeasureLoad(state_.step - begin_step, begin_nanos, end_nanos);
  NoteStepTime(state_.step - begin_step, end_nanos - begin_nanos);

  PacingStatistics& statistics =
      environment_.statistics->by_pacing[static_cast<int>(options_.pacing)];
  const int64_t steps = state_.step - begin_step;
  statistics.steps.Add(steps);
  statistics.spikes.Add(spikes);
  statistics.model_nanos.Add(
      std::llround(static_cast<double>(steps) * network.dt_ms * 1e6));
  statistics.tick_compute.Add(end_nanos - begin_nanos);

  if (advance_.has_value()) advance_->Add(run_, state_.step);
  ring().Append(run_, state_.step);

  current_.step = state_.step;
  if (!current_.failure.empty()) {
    environment_.statistics->sessions_failed.Add();
    SetState(SessionState::kFailed);
  } else if (current_.state == SessionState::kRunning &&
             current_.stop_step > 0 && state_.step >= current_.stop_step) {
    SetState(SessionState::kPaused);
  }
}

void Session::SetState(SessionState state) {
  open_tick_.reset();  // if there is one, it ends here
  if (state != SessionState::kRunning) environment_.Leave(this);
  current_.state = state;
  ++current_.revision;
}

void Session::Publish() {
  UpdateOverview();
  MutexLock lock(&mutex_);
  published_ = current_;
  published_metrics_ = meter_.metrics();
  if (current_.built != nullptr) {
    published_metrics_.expected_load = ExpectedLoad(options_);
  }
  published_lateness_ = meter_.lateness();
}

}  // namespace spiked
