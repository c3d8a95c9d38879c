// SPDX-License-Identifier: Apache-2.0

#include "server/option_mistakes.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "core/spec/names.h"

namespace spiked {
namespace {

constexpr char kPrefix[] = "SPIKED_";
// What the Python client and the tests read.
constexpr absl::string_view kOfOthers[] = {"SPIKED_BINARY", "SPIKED_TOKEN",
                                           "SPIKED_REPLAY"};
// What Kubernetes sets in containers beside a service with the name spiked.
constexpr absl::string_view kOfKubernetes[] = {"SPIKED_PORT",
                                               "SPIKED_SERVICE_"};

// Names of the options, without dashes.
std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    names.emplace_back(absl::StripPrefix(option->get_name(), "--"));
  }
  return names;
}

std::string ConfigFile(const CLI::App& app) {
  return app.get_config_ptr()->as<std::string>();
}

// "file:line" of a key, or of a section such as "[limits]".
std::string PlaceInFile(const std::string& file, absl::string_view wanted) {
  std::ifstream lines(file);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    absl::string_view text = absl::StripAsciiWhitespace(line);
    if (wanted.front() != '[') {
      text =
          absl::StripAsciiWhitespace(text.substr(0, text.find_first_of("=#")));
    }
    absl::ConsumePrefix(&text, "\"");
    absl::ConsumeSuffix(&text, "\"");
    if (text == wanted) return absl::StrCat(file, ":", number);
  }
  return file;
}

// The command that was given, or the daemon.
const CLI::App* CommandOf(const CLI::App* app) {
  const auto commands = app->get_subcommands();
  return commands.empty() ? app : commands.front();
}

std::string UnknownArgument(const CLI::App& app) {
  const CLI::App& command = *CommandOf(&app);
  std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  const auto option = std::find_if(
      unknown.begin(), unknown.end(),
      [](const std::string& text) { return absl::StartsWith(text, "-"); });
  if (option != unknown.end()) {
    absl::string_view name = *option;
    name = name.substr(0, name.find('='));
    return absl::StrCat(
        name, ": ",
        UnknownName("option", std::string(absl::StripPrefix(name, "--")),
                    OptionNames(command)));
  }
  if (unknown.empty() || &command != &app) return "";
  std::vector<std::string> commands;
  for (const CLI::App* known : app.get_subcommands(nullptr)) {
    commands.push_back(known->get_name());
  }
  return UnknownName("command", unknown.front(), commands);
}

// `key` is the name of what the file has, with its sections before it.
std::string UnknownKey(const CLI::App& app, absl::string_view key) {
  const std::string file = ConfigFile(app);
  const size_t dot = key.rfind('.');
  if (dot != absl::string_view::npos) {
    const std::string section = absl::StrCat("[", key.substr(0, dot), "]");
    return absl::StrCat(PlaceInFile(file, section), ": ", section,
                        ": the file has options, and no sections");
  }
  return absl::StrCat(
      PlaceInFile(file, key), ": ",
      UnknownName("option", std::string(key), OptionNames(app)));
}

// The option with dashes that a text of CLI11 is about; empty if there is none.
std::string OptionIn(absl::string_view text) {
  const size_t begin = text.find("--");
  if (begin == absl::string_view::npos) return "";
  const size_t end =
      text.find_first_not_of("-abcdefghijklmnopqrstuvwxyz", begin);
  return std::string(text.substr(begin, end - begin));
}

// The text with the place from which the value of the option came.
std::string WithPlace(const CLI::App& app,
                      const std::vector<std::string>& arguments,
                      const std::string& text) {
  const std::string name = OptionIn(text);
  const CLI::Option* option =
      name.empty() ? nullptr : CommandOf(&app)->get_option_no_throw(name);
  if (option == nullptr) return text;
  for (const std::string& argument : arguments) {
    if (argument == name || absl::StartsWith(argument, name + "=")) return text;
  }
  const std::string variable = option->get_envname();
  const char* value =
      variable.empty() ? nullptr : std::getenv(variable.c_str());
  if (value != nullptr && *value != '\0') {
    return absl::StrReplaceAll(text, {{name, variable}});
  }
  const std::string file = ConfigFile(app);
  if (file.empty() || CommandOf(&app) != &app) return text;
  const std::string key = name.substr(2);
  return absl::StrCat(PlaceInFile(file, key), ": ",
                      absl::StrReplaceAll(text, {{name, key}}));
}

}  // namespace

std::string MistakeText(const CLI::App& app,
                        const std::vector<std::string>& arguments,
                        const CLI::Error& error) {
  const std::string text = error.what();
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    const std::string unknown = UnknownArgument(app);
    return unknown.empty() ? text : unknown;
  }
  absl::string_view key = text;
  if (absl::ConsumePrefix(&key, "INI was not able to parse ")) {
    return UnknownKey(app, key);
  }
  return WithPlace(app, arguments, text);
}

std::vector<std::string> UnknownVariables(const CLI::App& app) {
  std::vector<std::string> known;
  for (const absl::string_view name : kOfOthers) known.emplace_back(name);
  const auto add = [&](const CLI::App& command) {
    for (const CLI::Option* option : command.get_options()) {
      if (!option->get_envname().empty()) {
        known.push_back(option->get_envname());
      }
    }
  };
  add(app);
  for (const CLI::App* command : app.get_subcommands(nullptr)) add(*command);
  std::vector<std::string> texts;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    absl::string_view name = *entry;
    name = name.substr(0, name.find('='));
    const auto begins = [&](absl::string_view with) {
      return absl::StartsWith(name, with);
    };
    if (!begins(kPrefix) ||
        std::find(known.begin(), known.end(), name) != known.end() ||
        std::any_of(std::begin(kOfKubernetes), std::end(kOfKubernetes),
                    begins)) {
      continue;
    }
    texts.push_back(
        UnknownName("environment variable", std::string(name), known));
  }
  return texts;
}

}  // namespace spiked
