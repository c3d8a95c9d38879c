# SPDX-License-Identifier: Apache-2.0
"""The parts of every call: stubs, deadlines, errors, identity, arguments.

Converts arguments of users (milliseconds, names of enums, arrays) to requests,
and failures of gRPC to errors. Has no code for sessions. May import
`spiked.errors` and `spiked.v1`, nothing else of the package.
"""
