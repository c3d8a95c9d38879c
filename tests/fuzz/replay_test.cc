// SPDX-License-Identifier: Apache-2.0
//
// Runs every input in corpus/ through its target, among them all inputs that
// once broke something.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/fuzz/fuzz_server.h"
#include "tests/fuzz/methods.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

std::string Read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

class Replay : public ::testing::TestWithParam<Target> {};

TEST_P(Replay, OfTheCorpus) {
  const std::string folder =
      absl::StrCat(SPIKED_SOURCE_DIR "/tests/fuzz/corpus/", GetParam().name);
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path());
    GetParam().run(Read(entry.path()));
    ++count;
  }
  EXPECT_GE(count, 5);
}

// When the contract grows, run spiked_fuzz_seeds to make seeds for it.
TEST(Corpus, HasSeedsForEveryMethod) {
  std::map<std::string, std::set<std::string>> by_key;
  for (const auto& entry : std::filesystem::directory_iterator(
           SPIKED_SOURCE_DIR "/tests/fuzz/corpus/calls")) {
    const std::string bytes = Read(entry.path());
    if (bytes.size() >= 2) by_key[bytes.substr(0, 2)].insert(bytes);
  }
  std::set<std::string> keys;
  for (const Method& method : Methods()) {
    const std::string key = MethodKey(method);
    EXPECT_TRUE(keys.insert(key).second) << method.path;
    EXPECT_EQ(MethodOf(key).path, method.path);
    EXPECT_GE(by_key[key].size(), 1) << method.path;
    if (!method.client_streaming) continue;
    // At least one seed has more than one message.
    EXPECT_TRUE(std::any_of(
        by_key[key].begin(), by_key[key].end(),
        [](const std::string& bytes) {
          return SplitMessages(absl::string_view(bytes).substr(2)).size() >= 2;
        }))
        << method.path;
  }
}

// Some seed of each method passes the checks of its request.
TEST(Corpus, SeedsReachTheirMethods) {
  FuzzServer server;
  std::map<std::string, std::set<int>> codes;
  for (const auto& entry : std::filesystem::directory_iterator(
           SPIKED_SOURCE_DIR "/tests/fuzz/corpus/calls")) {
    const std::string bytes = Read(entry.path());
    if (bytes.size() < 2) continue;
    const Method& method = MethodOf(bytes.substr(0, 2));
    const absl::string_view request = absl::string_view(bytes).substr(2);
    server.Restore();
    codes[method.path].insert(
        server
            .Call(method.path, method.client_streaming
                                   ? SplitMessages(request)
                                   : std::vector<absl::string_view>{request})
            .error_code());
  }
  for (const auto& [path, all] : codes) {
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](int code) {
      return code != grpc::StatusCode::INVALID_ARGUMENT &&
             code != grpc::StatusCode::UNIMPLEMENTED &&
             code != grpc::StatusCode::NOT_FOUND;
    })) << path;
  }
}

// A method in a new file of the contract must be in AllMethods (methods.cc).
TEST(Corpus, KnowsAllMethodsOfTheServer) {
  const FuzzServer server;
  std::set<std::string> served, known;
  for (const MethodStatistics& method : server.calls().methods()) {
    if (!absl::StartsWith(method.service, "spiked.")) continue;
    served.insert(absl::StrCat("/", method.service, "/", method.method));
  }
  for (const Method& method : Methods()) known.insert(method.path);
  EXPECT_EQ(served, known);
}

INSTANTIATE_TEST_SUITE_P(All, Replay, ::testing::ValuesIn(Targets()),
                         [](const auto& target) {
                           return std::string(target.param.name);
                         });

}  // namespace
}  // namespace spiked::fuzz
