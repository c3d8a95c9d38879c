// SPDX-License-Identifier: Apache-2.0

#include "server/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <string>
#include <vector>

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class OptionsTest : public ::testing::Test {
 protected:
  ~OptionsTest() override {
    for (const std::string& name : set_) unsetenv(name.c_str());
  }

  // Parses the arguments; out_ and err_ get the text written meanwhile.
  CommandLine Parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "spiked");
    std::vector<char*> argv;
    argv.reserve(arguments.size());
    for (std::string& argument : arguments) argv.push_back(argument.data());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    CommandLine result =
        ParseCommandLine(static_cast<int>(argv.size()), argv.data(), "1.2.3");
    FlushLog();
    out_ = ::testing::internal::GetCapturedStdout();
    err_ = ::testing::internal::GetCapturedStderr();
    return result;
  }

  // Returns the options of the daemon; fails the test if there are none.
  ServerOptions ParseServer(const std::vector<std::string>& arguments) {
    const CommandLine result = Parse(arguments);
    const auto* options = std::get_if<ServerOptions>(&result);
    EXPECT_NE(options, nullptr) << err_;
    return options == nullptr ? ServerOptions() : *options;
  }

  // Returns the exit code; -1 if the program would continue.
  int ParseExit(const std::vector<std::string>& arguments) {
    const CommandLine result = Parse(arguments);
    const int* code = std::get_if<int>(&result);
    return code == nullptr ? -1 : *code;
  }

  void SetEnvironment(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), /*overwrite=*/1);
    set_.push_back(name);
  }

  static std::string ConfigFile(const std::string& text) {
    std::string path =
        ::testing::TempDir() + "/" +
        ::testing::UnitTest::GetInstance()->current_test_info()->name() +
        ".toml";
    std::ofstream(path) << text;
    return path;
  }

  std::string out_;
  std::string err_;

 private:
  std::vector<std::string> set_;
};

TEST_F(OptionsTest, DefaultsListenOnLoopback) {
  const ServerOptions options = ParseServer({});
  EXPECT_THAT(options.listen, ElementsAre("127.0.0.1:50051"));
  EXPECT_EQ(options.metrics_listen, "127.0.0.1:9464");
  EXPECT_FALSE(options.allow_insecure);
  EXPECT_EQ(options.log_level, LogLevel::kInfo);
  EXPECT_EQ(options.max_session_threads, 0);
}

TEST_F(OptionsTest, ThreadsOfASession) {
  EXPECT_EQ(ParseServer({"--max-session-threads", "4"}).max_session_threads, 4);
  SetEnvironment("SPIKED_MAX_SESSION_THREADS", "3");
  EXPECT_EQ(ParseServer({}).max_session_threads, 3);
}

TEST_F(OptionsTest, HistoryOfAllSessions) {
  EXPECT_EQ(ParseServer({}).history_total_mb, 0);
  EXPECT_EQ(ParseServer({"--history-total-mb", "4"}).history_total_mb, 4);
  SetEnvironment("SPIKED_HISTORY_TOTAL_MB", "3");
  EXPECT_EQ(ParseServer({}).history_total_mb, 3);
}

TEST_F(OptionsTest, CommandLineWinsOverEnvironmentAndThatOverFile) {
  const std::string file =
      ConfigFile("workers = 3\nmax-sessions = 30\nhistory-mb = 300\n");
  SetEnvironment("SPIKED_WORKERS", "2");
  SetEnvironment("SPIKED_MAX_SESSIONS", "20");
  const ServerOptions options =
      ParseServer({"--config", file, "--workers", "1"});
  EXPECT_EQ(options.workers, 1);
  EXPECT_EQ(options.max_sessions, 20);
  EXPECT_EQ(options.history_mb, 300);
}

TEST_F(OptionsTest, EnvironmentNamesTheFile) {
  SetEnvironment(
      "SPIKED_CONFIG",
      ConfigFile("listen = \"127.0.0.1:1234\"\nlog-level = \"error\"\n"));
  const ServerOptions options = ParseServer({});
  EXPECT_THAT(options.listen, ElementsAre("127.0.0.1:1234"));
  EXPECT_EQ(options.log_level, LogLevel::kError);
}

TEST_F(OptionsTest, MissingFileOfTheEnvironmentIsRefused) {
  SetEnvironment("SPIKED_CONFIG", "/nonexistent/spiked.toml");
  EXPECT_EQ(ParseExit({}), 2);
  EXPECT_THAT(err_, HasSubstr("/nonexistent/spiked.toml"));
}

TEST_F(OptionsTest, UnknownKeyInTheFileIsRefused) {
  EXPECT_EQ(ParseExit({"--config", ConfigFile("wrokers = 3\n")}), 2);
  EXPECT_THAT(err_, HasSubstr("wrokers"));
}

TEST_F(OptionsTest, MissingFileIsRefused) {
  EXPECT_EQ(ParseExit({"--config", "/nonexistent/spiked.toml"}), 2);
  EXPECT_THAT(err_, HasSubstr("/nonexistent/spiked.toml"));
}

TEST_F(OptionsTest, BadValuesAreRefusedByName) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"--workers", "-1"},
      {"--workers", "1025"},
      {"--workers", "many"},
      {"--max-sessions", "0"},
      {"--max-session-threads", "-1"},
      {"--max-session-threads", "1025"},
      {"--memory-limit-mb", "-1"},
      {"--history-mb", "0"},
      {"--history-total-mb", "-1"},
      {"--grace-period-s", "-1"},
      {"--grace-period-s", "3601"},
      {"--drain-delay-s", "-1"},
      {"--self-probe-period-s", "-1"},
      {"--log-level", "loud"}};
  for (const auto& [option, value] : bad) {
    EXPECT_EQ(ParseExit({option, value}), 2) << option << " " << value;
    EXPECT_THAT(err_, HasSubstr(option)) << value;
  }
  EXPECT_EQ(ParseExit({"--no-such-option"}), 2);
  EXPECT_THAT(err_, HasSubstr("--no-such-option"));
}

TEST_F(OptionsTest, BadValueInTheEnvironmentIsRefused) {
  SetEnvironment("SPIKED_WORKERS", "many");
  EXPECT_EQ(ParseExit({}), 2);
  EXPECT_THAT(err_, HasSubstr("SPIKED_WORKERS: Value many"));
  EXPECT_THAT(err_, Not(HasSubstr("--workers")));
}

TEST_F(OptionsTest, UnknownOptionsSuggestTheNearest) {
  EXPECT_EQ(ParseExit({"--wrokers=3"}), 2);
  EXPECT_THAT(err_, HasSubstr("--wrokers: unknown option \"wrokers\"; did you "
                              "mean workers?"));
  EXPECT_EQ(ParseExit({"--max-sesions", "3"}), 2);
  EXPECT_THAT(err_, HasSubstr("did you mean max-sessions?"));
  EXPECT_EQ(ParseExit({"probe", "--adress", "a:1"}), 2);
  EXPECT_THAT(err_, HasSubstr("did you mean address?"));
  EXPECT_EQ(ParseExit({"tokn"}), 2);
  EXPECT_THAT(err_, HasSubstr("unknown command \"tokn\"; did you mean token?"));
}

TEST_F(OptionsTest, MistakesInTheFileNameFileAndLine) {
  std::string file = ConfigFile("# sizes\nworkers = 3\n\nwrokers = 3\n");
  EXPECT_EQ(ParseExit({"--config", file}), 2);
  EXPECT_THAT(err_, HasSubstr(file + ":4: unknown option \"wrokers\"; did you "
                                     "mean workers?"));
  file = ConfigFile("history-mb = 3\nmax-sessions = many  # too many\n");
  EXPECT_EQ(ParseExit({"--config", file}), 2);
  EXPECT_THAT(err_, HasSubstr(file + ":2: max-sessions: Value many"));
  file = ConfigFile("workers = 3\n[limits]\nmax-sessions = 5\n");
  EXPECT_EQ(ParseExit({"--config", file}), 2);
  EXPECT_THAT(err_, HasSubstr(file + ":2: [limits]: "));
  // The argument is to blame, though the file has the option, too.
  file = ConfigFile("workers = 3\n");
  EXPECT_EQ(ParseExit({"--config", file, "--workers", "many"}), 2);
  EXPECT_THAT(err_, HasSubstr("--workers: Value many"));
}

TEST_F(OptionsTest, UnknownVariablesAreTold) {
  SetEnvironment("SPIKED_WROKERS", "3");
  // Of the Python client, and of Kubernetes.
  SetEnvironment("SPIKED_TOKEN", "spk_1");
  SetEnvironment("SPIKED_PORT_50051_TCP", "tcp://10.0.0.1:50051");
  ParseServer({});
  EXPECT_THAT(err_, HasSubstr("SPIKED_WROKERS"));
  EXPECT_THAT(err_, HasSubstr("did you mean SPIKED_WORKERS?"));
  EXPECT_THAT(err_, Not(HasSubstr("SPIKED_TOKEN\"")));
  EXPECT_THAT(err_, Not(HasSubstr("SPIKED_PORT")));
}

TEST_F(OptionsTest, ListenTakesHostAndPortOrASocketFile) {
  for (const char* good : {"127.0.0.1:0", "localhost:65535", "[::1]:50051",
                           "unix:/run/spiked.sock"}) {
    EXPECT_THAT(ParseServer({"--listen", good}).listen, ElementsAre(good));
  }
  for (const char* bad :
       {"", "50051", ":50051", "localhost:", "localhost:x", "localhost:65536",
        "localhost:-1", "unix:", "unix:spiked.sock"}) {
    EXPECT_EQ(ParseExit({"--listen", bad}), 2) << bad;
    EXPECT_THAT(err_, HasSubstr("--listen")) << bad;
  }
}

TEST_F(OptionsTest, MetricsListenTakesHostAndPortOrNothing) {
  EXPECT_EQ(ParseServer({"--metrics-listen", "[::1]:0"}).metrics_listen,
            "[::1]:0");
  EXPECT_THAT(ParseServer({"--metrics-listen", ""}).metrics_listen, IsEmpty());
  for (const char* bad : {"9464", "localhost:65536", "unix:/run/http.sock"}) {
    EXPECT_EQ(ParseExit({"--metrics-listen", bad}), 2) << bad;
    EXPECT_THAT(err_, HasSubstr("--metrics-listen")) << bad;
  }
}

TEST_F(OptionsTest, AddressesThatOthersReachNeedConsent) {
  for (const char* option : {"--listen", "--metrics-listen"}) {
    for (const char* address :
         {"0.0.0.0:50051", "[::]:50051", "192.168.0.1:50051", "myhost:50051",
          // These names only look like loopback addresses.
          "127.example.org:50051", "127.0.0.1.example.org:50051",
          "localhost.example.org:50051"}) {
      EXPECT_EQ(ParseExit({option, address}), 2) << option << " " << address;
      EXPECT_THAT(err_, HasSubstr("--allow-insecure")) << address;
      EXPECT_THAT(err_, HasSubstr(address));
      EXPECT_TRUE(
          ParseServer({option, address, "--allow-insecure"}).allow_insecure);
    }
  }
}

TEST_F(OptionsTest, AllOfLoopbackNeedsNoConsent) {
  EXPECT_THAT(ParseServer({"--listen", "127.1.2.3:50051"}).listen,
              ElementsAre("127.1.2.3:50051"));
}

TEST_F(OptionsTest, ListenTakesSeveralAddresses) {
  const auto addresses = ElementsAre("127.0.0.1:1", "unix:/run/s.sock");
  EXPECT_THAT(
      ParseServer({"--listen", "127.0.0.1:1", "--listen", "unix:/run/s.sock"})
          .listen,
      addresses);
  EXPECT_THAT(ParseServer({"--listen", "127.0.0.1:1,unix:/run/s.sock"}).listen,
              addresses);
  SetEnvironment("SPIKED_LISTEN", "127.0.0.1:1,unix:/run/s.sock");
  EXPECT_THAT(ParseServer({}).listen, addresses);
  EXPECT_EQ(ParseExit({"--listen", "127.0.0.1:1,nowhere"}), 2);
  EXPECT_THAT(ParseServer({"--config", ConfigFile("listen = [\"[::1]:1\", "
                                                  "\"127.0.0.1:2\"]\n")})
                  .listen,
              addresses);  // the environment wins
}

TEST_F(OptionsTest, AFileMayHaveSeveralAddresses) {
  EXPECT_THAT(ParseServer({"--config", ConfigFile("listen = [\"[::1]:1\", "
                                                  "\"127.0.0.1:2\"]\n")})
                  .listen,
              ElementsAre("[::1]:1", "127.0.0.1:2"));
}

TEST_F(OptionsTest, TlsNeedsNoConsentForApis) {
  const std::vector<std::string> tls = {"--listen", "0.0.0.0:1", "--tls-cert",
                                        "c",        "--tls-key", "k"};
  EXPECT_EQ(ParseServer(tls).tls_cert, "c");
  // TLS doesn't protect metrics.
  std::vector<std::string> metrics = tls;
  metrics.insert(metrics.end(), {"--metrics-listen", "0.0.0.0:2"});
  EXPECT_EQ(ParseExit(metrics), 2);
  EXPECT_THAT(err_, HasSubstr("0.0.0.0:2"));
  // Every address is checked.
  EXPECT_EQ(ParseExit({"--listen", "127.0.0.1:1", "--listen", "10.0.0.1:1"}),
            2);
  EXPECT_THAT(err_, HasSubstr("10.0.0.1:1 can be reached"));
}

TEST_F(OptionsTest, TokensDoNotTravelInTheClear) {
  const std::vector<std::string> options = {"--listen", "10.0.0.1:1",
                                            "--token-file", "t"};
  EXPECT_EQ(ParseExit(options), 2);
  EXPECT_THAT(err_, HasSubstr("tokens could be read"));
  std::vector<std::string> consent = options;
  consent.push_back("--allow-insecure");
  EXPECT_EQ(ParseServer(consent).token_file, "t");
  EXPECT_EQ(ParseServer({"--token-file", "t"}).token_file, "t");
}

TEST_F(OptionsTest, TlsFilesNeedEachOther) {
  EXPECT_EQ(ParseExit({"--tls-cert", "c"}), 2);
  EXPECT_THAT(err_, HasSubstr("need each other"));
  EXPECT_EQ(ParseExit({"--tls-key", "k"}), 2);
  EXPECT_EQ(ParseExit({"--tls-client-ca", "a"}), 2);
  EXPECT_THAT(err_, HasSubstr("--tls-client-ca needs"));
}

TEST_F(OptionsTest, SocketModeIsOctal) {
  EXPECT_EQ(ParseServer({"--socket-mode", "0660"}).socket_mode, "0660");
  for (const char* bad : {"", "8", "1000", "rw", "-1"}) {
    EXPECT_EQ(ParseExit({"--socket-mode", bad}), 2) << bad;
  }
}

TEST_F(OptionsTest, TokenHasATenantAndARole) {
  CommandLine result = Parse({"token", "--tenant", "acme"});
  ASSERT_TRUE(std::holds_alternative<TokenOptions>(result)) << err_;
  EXPECT_EQ(std::get<TokenOptions>(result).tenant, "acme");
  EXPECT_EQ(std::get<TokenOptions>(result).role, "user");
  result =
      Parse({"token", "--tenant", "ops", "--role", "admin", "--file", "f"});
  ASSERT_TRUE(std::holds_alternative<TokenOptions>(result)) << err_;
  EXPECT_EQ(std::get<TokenOptions>(result).role, "admin");
  EXPECT_EQ(std::get<TokenOptions>(result).file, "f");
  EXPECT_EQ(ParseExit({"token"}), 2);
  EXPECT_EQ(ParseExit({"token", "--tenant", "Acme"}), 2);
  EXPECT_EQ(ParseExit({"token", "--tenant", "acme", "--role", "root"}), 2);
}

TEST_F(OptionsTest, ProbeMayUseTls) {
  const CommandLine result =
      Parse({"probe", "--ca-file", "a", "--cert-file", "c", "--key-file", "k",
             "--server-name", "n"});
  ASSERT_TRUE(std::holds_alternative<ProbeOptions>(result)) << err_;
  const auto& probe = std::get<ProbeOptions>(result);
  EXPECT_EQ(probe.ca_file, "a");
  EXPECT_EQ(probe.cert_file, "c");
  EXPECT_EQ(probe.key_file, "k");
  EXPECT_EQ(probe.server_name, "n");
  EXPECT_EQ(ParseExit({"probe", "--cert-file", "c"}), 2);
  SetEnvironment("SPIKED_PROBE_ADDRESS", "unix:/s");
  const CommandLine from_environment = Parse({"probe"});
  ASSERT_TRUE(std::holds_alternative<ProbeOptions>(from_environment)) << err_;
  EXPECT_EQ(std::get<ProbeOptions>(from_environment).address, "unix:/s");
}

TEST_F(OptionsTest, HelpAndVersionSucceed) {
  EXPECT_EQ(ParseExit({"--help"}), 0);
  for (const char* text : {"--listen", "SPIKED_LISTEN", "probe"}) {
    EXPECT_THAT(out_, HasSubstr(text));
  }
  EXPECT_EQ(ParseExit({"--version"}), 0);
  EXPECT_EQ(out_, "spiked 1.2.3\n");
}

TEST_F(OptionsTest, ProbeHasAnAddressAndATimeout) {
  CommandLine result =
      Parse({"probe", "--address", "otherhost:1", "--timeout-s", "0.5"});
  ASSERT_TRUE(std::holds_alternative<ProbeOptions>(result)) << err_;
  EXPECT_EQ(std::get<ProbeOptions>(result).address, "otherhost:1");
  EXPECT_EQ(std::get<ProbeOptions>(result).timeout_s, 0.5);
  result = Parse({"probe"});
  ASSERT_TRUE(std::holds_alternative<ProbeOptions>(result)) << err_;
  EXPECT_EQ(std::get<ProbeOptions>(result).address, "127.0.0.1:50051");
  EXPECT_EQ(ParseExit({"probe", "--address", ""}), 2);
  EXPECT_EQ(ParseExit({"probe", "--timeout-s", "0"}), 2);
}

}  // namespace
}  // namespace spiked
