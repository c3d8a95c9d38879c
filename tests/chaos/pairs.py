# SPDX-License-Identifier: Apache-2.0
"""Covering arrays: few rows that have every pair of values of two fields.

For a prime q, the q * q rows (a, b) -> a + b * x mod q of the columns x = 0 to
q - 1, and the column b, have each pair of values of two columns exactly once.
More fields share these columns by the digits of their numbers: two fields
differ in some digit, and the rows made for this digit have their pairs.
"""

from collections.abc import Iterator, Sequence


def _prime_from(n: int) -> int:
    n = max(n, 2)
    while any(n % k == 0 for k in range(2, n)):
        n += 1
    return n


def covering_array(counts: Sequence[int]) -> Iterator[list[int]]:
    """Yields rows with an index for each field, which has counts[i] values."""
    if not counts:
        return
    q = _prime_from(max(counts))
    base = q + 1
    digit = 1  # 1, base, base^2, ...
    while True:
        columns = [i // digit % base for i in range(len(counts))]
        for a in range(q):
            for b in range(q):
                row = [b if x == q else (a + b * x) % q for x in columns]
                yield [v % n for v, n in zip(row, counts, strict=True)]
        digit *= base
        if digit >= len(counts):
            return
