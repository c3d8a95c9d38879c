// SPDX-License-Identifier: Apache-2.0
//
// Every input in corpus/ again, among them all that once broke something.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

class Replay : public ::testing::TestWithParam<Target> {};

TEST_P(Replay, OfTheCorpus) {
  const std::string folder =
      absl::StrCat(SPIKED_SOURCE_DIR "/tests/fuzz/corpus/", GetParam().name);
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    GetParam().run(bytes.str());
    ++count;
  }
  EXPECT_GE(count, 5);
}

INSTANTIATE_TEST_SUITE_P(All, Replay, ::testing::ValuesIn(Targets()),
                         [](const auto& target) {
                           return std::string(target.param.name);
                         });

}  // namespace
}  // namespace spiked::fuzz
