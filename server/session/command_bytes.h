// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_COMMAND_BYTES_H_
#define SPIKED_SERVER_SESSION_COMMAND_BYTES_H_

#include <cstdint>

#include "server/session/command.h"

namespace spiked {

// The bytes that a command holds beside its struct while it waits in a mailbox.
// There is one function for each kind of command and none for all others, so
// that MakeLetter doesn't compile for a command that was forgotten here.

// Lists whose length clients choose.
int64_t BytesHeld(const AdvanceCommand& command);
int64_t BytesHeld(const InjectCommand& command);
int64_t BytesHeld(const ChangeCommand& command);
int64_t BytesHeld(const ProbeCommand& command);
int64_t BytesHeld(const ReadSynapsesCommand& command);

// Next to nothing. What an edit is to become is its caller's, and the number of
// edits is limited (SessionRegistry::TakeEditPlace).
inline int64_t BytesHeld(const StartCommand&) { return 0; }
inline int64_t BytesHeld(const UpdateCommand&) { return 0; }
inline int64_t BytesHeld(const PauseCommand&) { return 0; }
inline int64_t BytesHeld(const ResetCommand&) { return 0; }
inline int64_t BytesHeld(const DeleteCommand&) { return 0; }
inline int64_t BytesHeld(const HashCommand&) { return 0; }
inline int64_t BytesHeld(const SnapshotCommand&) { return 0; }
inline int64_t BytesHeld(const EditCommand&) { return 0; }

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_COMMAND_BYTES_H_
