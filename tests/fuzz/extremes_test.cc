// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/extremes.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "tests/fuzz/example_calls.h"
#include "tests/fuzz/fuzz_server.h"
#include "tests/fuzz/methods.h"
#include "tests/fuzz/neighbour.h"

namespace spiked::fuzz {
namespace {

// What a request may end with, as in tests/chaos/test_extreme_numbers.py;
// CANCELLED because FuzzServer::Call ends streams.
bool BlamesTheRequest(grpc::StatusCode code) {
  static const auto* const allowed = new std::set<grpc::StatusCode>{
      grpc::StatusCode::OK,
      grpc::StatusCode::CANCELLED,
      grpc::StatusCode::INVALID_ARGUMENT,
      grpc::StatusCode::FAILED_PRECONDITION,
      grpc::StatusCode::OUT_OF_RANGE,
      grpc::StatusCode::RESOURCE_EXHAUSTED,
      grpc::StatusCode::ABORTED,
      grpc::StatusCode::ALREADY_EXISTS,
      grpc::StatusCode::DEADLINE_EXCEEDED,
  };
  return allowed->count(code) > 0;
}

// Sends variants of a call's first message.
class Variants {
 public:
  explicit Variants(const ExampleCall& call)
      : call_(call), path_(PathOf(call.method)) {
    const Descriptor* type = MethodAt(path_).descriptor->input_type();
    valid_.reset(google::protobuf::MessageFactory::generated_factory()
                     ->GetPrototype(type)
                     ->New());
    valid_->ParseFromString(call.messages[0]);
    numbers_ = NumbersOf(*valid_);
  }

  const std::vector<NumberField>& numbers() const { return numbers_; }

  std::unique_ptr<google::protobuf::Message> Valid() const {
    std::unique_ptr<google::protobuf::Message> copy(valid_->New());
    copy->CopyFrom(*valid_);
    return copy;
  }

  void Send(const google::protobuf::Message& request) {
    server_.Restore();
    const std::string first = Serialize(request);
    std::vector<absl::string_view> messages(call_.messages.begin(),
                                            call_.messages.end());
    messages[0] = first;
    const grpc::Status status = server_.Call(path_, messages);
    EXPECT_TRUE(BlamesTheRequest(status.error_code()))
        << status.error_code() << " " << status.error_message() << " of "
        << request.ShortDebugString();
  }

  void CheckOthersGoOn() {
    server_.CheckServes();
    neighbour_.CheckGoesOn();
  }

 private:
  using Descriptor = google::protobuf::Descriptor;

  const ExampleCall call_;
  const std::string path_;
  std::unique_ptr<google::protobuf::Message> valid_;
  std::vector<NumberField> numbers_;
  FuzzServer server_;
  const Neighbour neighbour_{&server_};
};

class Extremes : public ::testing::TestWithParam<ExampleCall> {};

TEST_P(Extremes, OfEachNumberAlone) {
  Variants variants(GetParam());
  for (const NumberField& number : variants.numbers()) {
    SCOPED_TRACE(number.field->full_name());
    for (int i = 0; i < CountExtremes(*number.field); ++i) {
      const auto request = variants.Valid();
      SetExtreme(number, i, request.get());
      variants.Send(*request);
    }
    variants.CheckOthersGoOn();
  }
}

// Numbers of one message are computed with together, so they vary while the
// rest stays valid.
TEST_P(Extremes, OfTwoNumbersOfAMessage) {
  Variants variants(GetParam());
  using Path = decltype(NumberField::path);
  std::map<Path, std::vector<NumberField>> by_message;
  for (const NumberField& number : variants.numbers()) {
    by_message[number.path].push_back(number);
  }
  for (const auto& [path, numbers] : by_message) {
    if (numbers.size() < 2) continue;
    for (const auto& row : PairsOfExtremes(static_cast<int>(numbers.size()))) {
      const auto request = variants.Valid();
      for (size_t i = 0; i < numbers.size(); ++i) {
        SetExtreme(numbers[i], row[i] % CountExtremes(*numbers[i].field),
                   request.get());
      }
      variants.Send(*request);
    }
  }
  variants.CheckOthersGoOn();
}

TEST(PairsOfExtremes, HaveEveryPair) {
  for (const int count : {2, 6, 7, 40}) {
    std::set<std::vector<int>> found;
    for (const std::vector<int>& row : PairsOfExtremes(count)) {
      for (int i = 0; i < count; ++i) {
        for (int k = 0; k < i; ++k) found.insert({i, k, row[i], row[k]});
      }
    }
    EXPECT_EQ(found.size(), count * (count - 1) / 2 * 25) << count;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Extremes, ::testing::ValuesIn(ExampleCalls()),
                         [](const auto& call) {
                           std::string name = absl::StrCat(
                               call.param.method, "_", call.param.what);
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace spiked::fuzz
