// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_OPTION_MISTAKES_H_
#define SPIKED_SERVER_OPTION_MISTAKES_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace spiked {

// What to tell about an error of parsing: it begins with the place, which is
// the argument, the environment variable or "file:line", and names for an
// unknown option the one that was probably meant.
std::string MistakeText(const CLI::App& app,
                        const std::vector<std::string>& arguments,
                        const CLI::Error& error);

// A text for each SPIKED_... variable of the environment that nothing reads,
// with the name that was probably meant.
std::vector<std::string> UnknownVariables(const CLI::App& app);

}  // namespace spiked

#endif  // SPIKED_SERVER_OPTION_MISTAKES_H_
