// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_FUZZ_EXAMPLE_H_
#define SPIKED_TESTS_FUZZ_EXAMPLE_H_

#include "core/spec/network_spec.h"

namespace spiked::fuzz {

// A small network with one of each kind of thing that stimuli and streams can
// name: populations "in" (4 spike sources in 2 columns) and "cells" (6
// Izhikevich neurons), a plastic projection "learns", an input "drive", an
// encoder "eye".
NetworkSpec ExampleNetwork();

// Tokens of the target `access`, for a user of "acme" and an admin of "ops".
inline constexpr char kUserToken[] = "spk_user";
inline constexpr char kAdminToken[] = "spk_admin";

}  // namespace spiked::fuzz

#endif  // SPIKED_TESTS_FUZZ_EXAMPLE_H_
