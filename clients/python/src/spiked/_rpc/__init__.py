# SPDX-License-Identifier: Apache-2.0
"""What every call needs: stubs, deadlines, errors, identity; and arguments.

Turns what people write (milliseconds, names of enums, arrays) into requests,
and gRPC's failures into errors. Knows nothing of sessions. May import
`spiked.errors` and `spiked.v1`, nothing else of the package.
"""
