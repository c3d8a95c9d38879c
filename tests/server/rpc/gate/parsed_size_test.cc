// SPDX-License-Identifier: Apache-2.0
//
// Compares estimates before parsing with the memory of parsed messages.

#include "server/rpc/gate/parsed_size.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "spiked/v1/change.pb.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/session.pb.h"
#include "spiked/v1/stimulus.pb.h"
#include "spiked/v1/upload.pb.h"
#include "tests/server/rpc/network_proto.h"
#include "tests/server/rpc/varint.h"
#include "tests/support/network_builder.h"

namespace spiked::testing {
namespace {

using google::protobuf::Message;

int64_t Estimate(const Message& type, const std::string& bytes,
                 int block = -1) {
  google::protobuf::io::ArrayInputStream stream(
      bytes.data(), static_cast<int>(bytes.size()), block);
  return ParsedSize(*type.GetDescriptor()).Of(&stream);
}

// The tag of a field with a number in 1 to 15 and a wire type.
std::string Tag(int number, int wire_type) {
  return std::string(1, static_cast<char>(number << 3 | wire_type));
}

std::string Delimited(int number, const std::string& content) {
  return Tag(number, 2) + Varint(content.size()) + content;
}

std::string Repeated(int count, const std::string& bytes) {
  std::string all;
  for (int i = 0; i < count; ++i) all += bytes;
  return all;
}

struct Example {
  std::string what;
  std::string bytes;
};

// Examples of CreateSessionRequest, whose field 2 is a network with populations
// in field 5; see proto/spiked/v1.
std::vector<Example> Examples() {
  v1::CreateSessionRequest listed;
  v1::Projection* projection = listed.mutable_network()->add_projections();
  v1::ExplicitPairs* pairs = projection->mutable_explicit_pairs();
  for (int i = 0; i < 10'000; ++i) {
    pairs->add_source_indices(i);
    pairs->add_target_indices(i);
    projection->mutable_weight()->mutable_list()->add_values(i);
  }
  v1::CreateSessionRequest columnar;
  *columnar.mutable_network() =
      ToNetworkProto(MakeColumnarNetwork(Precision::kFloat32, 3));
  v1::CreateSessionRequest labelled;
  for (int i = 0; i < 1000; ++i) {
    (*labelled.mutable_labels())[absl::StrCat("label-", i)] =
        std::string(i % 40, 'x');
  }
  v1::CreateSessionRequest many;
  for (int i = 0; i < 1000; ++i) {
    v1::Population* p = many.mutable_network()->add_populations();
    p->set_name(absl::StrCat("population", i, std::string(i % 30, 'x')));
    p->set_model("izhikevich");
    for (const char* name : {"a", "b", "a_longer_name_than_fits"}) {
      (*p->mutable_parameters())[name].set_constant(1);
    }
    p->mutable_positions()->mutable_grid()->add_shape(3);
  }
  const std::string group = Tag(15, 3) + Tag(15, 4);
  return {
      {"nothing", ""},
      {"a network", columnar.SerializeAsString()},
      {"listed synapses", listed.SerializeAsString()},
      {"many populations", many.SerializeAsString()},
      {"labels", labelled.SerializeAsString()},
      {"a long text", Delimited(1, std::string(100'000, 'x'))},
      {"empty messages", Delimited(2, Repeated(10'000, Delimited(5, "")))},
      {"one empty message", Delimited(2, Delimited(5, ""))},
      {"messages in messages",
       Delimited(2, Repeated(1000, Delimited(6, Delimited(11, "") +
                                                    Delimited(12, "") +
                                                    Delimited(13, ""))))},
      {"unpacked numbers",
       Delimited(
           2, Repeated(1000,
                       Delimited(5, Delimited(10, Delimited(1, Tag(1, 0) +
                                                                   "\x01")))))},
      {"unknown numbers", Repeated(1000, Tag(15, 0) + "\x01")},
      {"unknown fixed numbers", Repeated(1000, Tag(15, 5) + "1234") +
                                    Repeated(1000, Tag(15, 1) + "12345678")},
      {"unknown texts", Repeated(1000, Delimited(15, ""))},
      {"unknown long texts",
       Repeated(1000, Delimited(15, std::string(100, 'x')))},
      {"unknown groups", Repeated(1000, group)},
      {"unknown groups within", Repeated(90, Tag(15, 3)) +
                                    Repeated(100, group) +
                                    Repeated(90, Tag(15, 4))},
      {"unknown fields in many messages",
       Delimited(2, Repeated(1000, Delimited(5, Tag(15, 0) + "\x01")))},
      {"a known field of another type", Repeated(1000, Tag(2, 0) + "\x01")},
  };
}

TEST(ParsedSize, IsAtLeastWhatParsingTakesAndNotMuchMore) {
  for (const Example& example : Examples()) {
    SCOPED_TRACE(example.what);
    v1::CreateSessionRequest request;
    ASSERT_TRUE(request.ParseFromString(example.bytes));
    const auto taken = static_cast<int64_t>(request.SpaceUsedLong());
    for (const int block : {-1, 1, 7, 4096}) {
      const int64_t estimate = Estimate(request, example.bytes, block);
      EXPECT_GE(estimate, taken) << block;
      EXPECT_LE(estimate, 3 * taken + 1024) << block;
    }
  }
}

// A failed parse keeps the fields before the failure. Where the bytes end
// within a number, the parser reads up to 16 bytes beyond the end, which may
// look like fields: kBeyond bytes of memory are allowed for these.
constexpr int64_t kBeyond = 4096;

TEST(ParsedSize, CoversWhatIsCutOrChanged) {
  const google::protobuf::LogSilencer silence;  // about texts that aren't UTF-8
  std::mt19937 random(1);
  for (const Example& example : Examples()) {
    SCOPED_TRACE(example.what);
    const std::string& whole = example.bytes;
    for (int round = 0; round < 200 && !whole.empty(); ++round) {
      std::string bytes = whole.substr(
          0, round % 2 == 0 ? whole.size() : random() % whole.size());
      const size_t changes = bytes.empty() ? 0 : random() % 4;
      for (size_t k = 0; k < changes; ++k) {
        bytes[random() % std::min<size_t>(bytes.size(), 300)] =
            static_cast<char>(random());
      }
      v1::CreateSessionRequest request;
      request.ParsePartialFromString(bytes);
      ASSERT_GE(Estimate(request, bytes) + kBeyond,
                static_cast<int64_t>(request.SpaceUsedLong()))
          << absl::BytesToHexString(bytes.substr(0, 300));
    }
  }
}

// A nested message with a length beyond the message around it is parsed to its
// own end before the parser fails.
TEST(ParsedSize, CoversAMessageThatIsLongerThanTheOneAround) {
  const std::string bytes = Tag(2, 2) + Varint(4) + Tag(5, 2) + Varint(5000) +
                            Repeated(1000, Delimited(10, ""));
  v1::CreateSessionRequest request;
  EXPECT_FALSE(request.ParseFromString(bytes));
  EXPECT_GE(Estimate(request, bytes),
            static_cast<int64_t>(request.SpaceUsedLong()));
}

TEST(ParsedSize, EndsWhereParsingEnds) {
  v1::CreateSessionRequest request;
  const int64_t nothing = Estimate(request, "");
  // Groups without ends, nested deeper than protobuf parses.
  EXPECT_LT(Estimate(request, std::string(1'000'000, Tag(15, 3)[0])),
            nothing + 100 * 1000);
  EXPECT_FALSE(request.ParseFromString(std::string(1000, Tag(15, 3)[0])));
  // Invalid tags.
  EXPECT_EQ(Estimate(request, std::string(1'000'000, '\0')), nothing);
  EXPECT_EQ(Estimate(request, std::string(1'000'000, '\xff')), nothing);
  // A text whose bytes are missing.
  EXPECT_LT(Estimate(request, Tag(1, 2) + "\xff\xff\xff\xff\x07"), 60'000'000);
}

// Requests with long packed lists must stay within the free memory of
// RequestMemory.
TEST(ParsedSize, OfPackedNumbersIsFewTimesTheirLength) {
  v1::UploadSynapsesRequest request;
  v1::SynapseChunk* chunk = request.mutable_chunk();
  for (int i = 0; i < 100'000; ++i) {
    chunk->add_source_indices(i);
    chunk->add_target_indices(i);
    chunk->add_weights(0.5);
  }
  const std::string bytes = request.SerializeAsString();
  EXPECT_LT(Estimate(request, bytes),
            static_cast<int64_t>(3 * bytes.size()) + 4096);
}

// Messages of other types of requests.
TEST(ParsedSize, HoldsForEveryRequest) {
  v1::ChangeNetworkRequest change;
  for (int i = 0; i < 100; ++i) {
    change.add_changes()->mutable_silence()->add_neuron_indices(i);
    auto* pairs = change.add_changes()->mutable_set_weights()->mutable_pairs();
    pairs->add_source_indices(1'000'000);
    pairs->add_weights(0.5);
  }
  v1::InjectStimulusRequest inject;
  for (int i = 0; i < 100; ++i) {
    v1::Stimulus* stimulus = inject.add_stimuli();
    stimulus->set_population("cells");
    stimulus->mutable_current()->add_amplitudes(1);
    stimulus->add_neuron_indices(i);
  }
  v1::StreamSpikesRequest spikes;
  for (int i = 0; i < 1000; ++i) {
    spikes.add_populations(absl::StrCat("p", i));
    spikes.add_neuron_indices(i);
  }
  v1::EditNetworkRequest edit;
  for (int i = 0; i < 100; ++i) edit.add_remove_inputs(std::string(i, 'x'));
  for (const Message* message :
       std::vector<const Message*>{&change, &inject, &spikes, &edit}) {
    SCOPED_TRACE(message->GetTypeName());
    const std::unique_ptr<Message> parsed(message->New());
    const std::string bytes = message->SerializeAsString();
    ASSERT_TRUE(parsed->ParseFromString(bytes));
    const auto taken = static_cast<int64_t>(parsed->SpaceUsedLong());
    EXPECT_GE(Estimate(*message, bytes), taken);
    EXPECT_LE(Estimate(*message, bytes), 3 * taken + 1024);
  }
}

}  // namespace
}  // namespace spiked::testing
