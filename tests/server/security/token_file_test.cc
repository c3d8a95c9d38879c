// SPDX-License-Identifier: Apache-2.0

#include "server/security/token_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "server/security/token_store.h"

namespace spiked {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kHash(64, 'a');

std::string ErrorOf(const std::string& text) {
  return std::string(ParseTokens(text).status().message());
}

TEST(TokenFile, ReadsLines) {
  const auto entries = ParseTokens("# who may call\n\n  acme\tuser " +
                                   TokenLine("x", {}, "t").substr(7) +
                                   " # Bob\r\nops admin " + kHash + "\n");
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].tenant, "acme");
  EXPECT_EQ((*entries)[0].role, Role::kUser);
  EXPECT_EQ((*entries)[0].hash, HashOf("t"));
  EXPECT_EQ((*entries)[1].tenant, "ops");
  EXPECT_EQ((*entries)[1].role, Role::kAdmin);
}

TEST(TokenFile, MistakesNameTheLine) {
  const std::string good = "acme user " + kHash + "\n";
  EXPECT_EQ(ErrorOf(good + "acme user\n"),
            "line 2: is not \"tenant role hash\": three words");
  EXPECT_THAT(ErrorOf("Acme user " + kHash), HasSubstr("line 1: \"Acme\""));
  EXPECT_EQ(ErrorOf("acme root " + kHash),
            "line 1: \"root\" is no role; known: \"user\", \"admin\"");
  EXPECT_EQ(ErrorOf(good + "\nother user " + kHash),
            "line 3: the hash occurs twice");
}

TEST(TokenFile, ATokenInTheWrongPlaceIsNotRepeated) {
  const std::string error = ErrorOf("acme user spk_secret");
  EXPECT_THAT(error, HasSubstr("64 hexadecimal digits"));
  EXPECT_THAT(error, Not(HasSubstr("secret")));
}

TEST(TokenFile, TokensAreLongAndDifferent) {
  const std::string token = MakeToken();
  EXPECT_EQ(token.size(), 4 + 64u);
  EXPECT_NE(token, MakeToken());
}

TEST(TokenFile, LineOfATokenIsRead) {
  const std::string token = MakeToken();
  const std::string line = TokenLine("acme", Role::kAdmin, token);
  EXPECT_THAT(line, Not(HasSubstr(token)));
  const auto entries = ParseTokens(line);
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ(entries->front().hash, HashOf(token));
  EXPECT_EQ(entries->front().role, Role::kAdmin);
}

TEST(TokenFile, MissingFileIsNamed) {
  const auto entries = ReadTokenFile("/nonexistent/tokens");
  EXPECT_EQ(entries.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(entries.status().message()),
              HasSubstr("/nonexistent/tokens: cannot be read: No such file"));
}

TEST(TokenFile, APipeIsRefusedWithoutWaitingForIt) {
  const std::string path = ::testing::TempDir() + "/spiked-pipe";
  unlink(path.c_str());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(std::string(ReadTokenFile(path).status().message()),
              HasSubstr("spiked-pipe: cannot be read: it is no regular file"));
  unlink(path.c_str());
}

// A quadratic search took a minute.
TEST(TokenFile, AHundredThousandTokensAreReadSoon) {
  std::string text;
  Sha256 hash{};
  for (int i = 0; i < 100'000; ++i) {
    for (int k = 0; k < 4; ++k) hash[k] = static_cast<uint8_t>(i >> (8 * k));
    text += "acme user " + ToHex(hash) + "\n";
  }
  const auto entries = ParseTokens(text);
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ(entries->size(), 100'000u);
  TokenStore store;
  store.Set(*entries);
  EXPECT_FALSE(store.Find("t").has_value());
}

TEST(TokenStore, FindsOwners) {
  TokenStore store;
  EXPECT_FALSE(store.Find("t").has_value());
  store.Set(
      {{"acme", Role::kUser, HashOf("t")}, {"ops", Role::kAdmin, HashOf("u")}});
  ASSERT_TRUE(store.Find("t").has_value());
  EXPECT_EQ(store.Find("t")->tenant, "acme");
  EXPECT_EQ(store.Find("u")->role, Role::kAdmin);
  EXPECT_FALSE(store.Find("T").has_value());
  EXPECT_FALSE(store.Find("").has_value());
  EXPECT_TRUE(store.HasTenant("ops"));
  EXPECT_FALSE(store.HasTenant("other"));
}

TEST(TokenStore, AMistakeInTheFileChangesNothing) {
  const std::string path = ::testing::TempDir() + "/spiked-tokens";
  std::ofstream(path) << TokenLine("acme", Role::kUser, "t") << "\n";
  TokenStore store;
  EXPECT_TRUE(store.Load(path).ok());
  EXPECT_TRUE(store.Find("t").has_value());
  std::ofstream(path) << "nonsense\n";
  EXPECT_THAT(std::string(store.Load(path).message()),
              HasSubstr(path + ": line 1: "));
  EXPECT_TRUE(store.Find("t").has_value());
  std::ofstream(path) << TokenLine("acme", Role::kUser, "u") << "\n";
  EXPECT_TRUE(store.Load(path).ok());
  EXPECT_FALSE(store.Find("t").has_value());
  EXPECT_TRUE(store.Find("u").has_value());
}

}  // namespace
}  // namespace spiked
