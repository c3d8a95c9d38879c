// SPDX-License-Identifier: Apache-2.0

#include "server/session/make_letter.h"

#include <optional>
#include <type_traits>
#include <utility>

#include "server/session/command_bytes.h"
#include "server/session/session_body.h"

namespace spiked {
namespace {

template <typename Command>
class LetterOf : public Letter {
 public:
  LetterOf(Command command, AnswerTo<Command> answer,
           std::shared_ptr<const SessionNetwork> made_for)
      : Letter(kKind, BytesHeld(command), std::move(made_for)),
        command_(std::move(command)),
        answer_(std::move(answer)) {}

  void Execute(SessionBody& body) override {
    std::optional<ResultOf<Command>> result = body.Begin(command_, answer_);
    if (!result.has_value()) return;  // the body has the answer
    Free();
    // A client that has its answer must find the session as the answer says.
    body.Publish();
    std::exchange(answer_.done, nullptr)(*std::move(result));
  }
  void Refuse(Outcome why) override {
    if (answer_.done == nullptr) return;
    Free();
    std::exchange(answer_.done, nullptr)({std::move(why)});
  }

  const AdvanceCommand* advance() const override {
    if constexpr (std::is_same_v<Command, AdvanceCommand>) return &command_;
    return nullptr;
  }

 private:
  static constexpr Kind kKind =
      std::is_same_v<Command, DeleteCommand>  ? Kind::kDeletion
      : std::is_same_v<Command, PauseCommand> ? Kind::kPause
                                              : Kind::kOrdinary;

  // A client that has its answer must find the memory as it is then.
  void Free() {
    command_ = Command();
    Hold({});
  }

  Command command_;
  AnswerTo<Command> answer_;
};

template <typename Command>
using Maker = std::unique_ptr<Letter>(Command, AnswerTo<Command>,
                                      std::shared_ptr<const SessionNetwork>);

}  // namespace

template <typename Command>
std::unique_ptr<Letter> MakeLetter(
    Command command, AnswerTo<Command> answer,
    std::shared_ptr<const SessionNetwork> made_for) {
  return std::make_unique<LetterOf<Command>>(
      std::move(command), std::move(answer), std::move(made_for));
}

// All commands.
template Maker<StartCommand> MakeLetter;
template Maker<UpdateCommand> MakeLetter;
template Maker<PauseCommand> MakeLetter;
template Maker<ResetCommand> MakeLetter;
template Maker<DeleteCommand> MakeLetter;
template Maker<AdvanceCommand> MakeLetter;
template Maker<InjectCommand> MakeLetter;
template Maker<ChangeCommand> MakeLetter;
template Maker<ProbeCommand> MakeLetter;
template Maker<HashCommand> MakeLetter;
template Maker<ReadSynapsesCommand> MakeLetter;
template Maker<SnapshotCommand> MakeLetter;
template Maker<EditCommand> MakeLetter;

}  // namespace spiked
