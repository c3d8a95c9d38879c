// SPDX-License-Identifier: Apache-2.0
//
// Poisson numbers from tables: alias tables (Walker 1977,
// doi:10.1145/355744.355749) of whole distributions, and a series for means
// that are nearly 0. The numbers have the distribution up to 2^-43 in each
// probability and 2^-50 in the tail that is left out. Tables are computed with
// +, -, * and / only, and so the same everywhere.

#ifndef SPIKED_CORE_MODEL_POISSON_TABLES_H_
#define SPIKED_CORE_MODEL_POISSON_TABLES_H_

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/spec/parameters.h"

namespace spiked::poisson {

// Most spikes per second from all sources of one neuron together.
inline constexpr double kMaxRateHz = 1e6;

// The probabilities of base, base + 1, ... Their sum is 1; the tail omitted at
// either end had a probability below 2^-51.
struct Distribution {
  explicit Distribution(double lambda) {
    const double mode = std::floor(lambda);
    std::vector<double> down, up;  // relative to the mode
    const auto negligible = 0x1p-80;
    for (double k = mode, q = 1; k > 0 && q > negligible; --k) {
      down.push_back(q *= k / lambda);
    }
    for (double k = mode + 1, q = 1; q > negligible; ++k) {
      up.push_back(q *= lambda / k);
    }
    double sum = 1;
    for (double q : down) sum += q;
    for (double q : up) sum += q;
    Trim(0x1p-51 * sum, &down);
    Trim(0x1p-51 * sum, &up);
    base = static_cast<int32_t>(mode) - static_cast<int32_t>(down.size());
    probability.assign(down.rbegin(), down.rend());
    probability.push_back(1);
    probability.insert(probability.end(), up.begin(), up.end());
    for (double& q : probability) q /= sum;
  }

  // Removes elements from the end while their sum is less than `limit`.
  static void Trim(double limit, std::vector<double>* tail) {
    double removed = 0;
    while (!tail->empty() && (removed += tail->back()) < limit) {
      tail->pop_back();
    }
  }

  int32_t base;
  std::vector<double> probability;
};

// An alias table of 2^bits entries for random words of `word_bits` bits. The
// low `bits` of a word choose an entry. The high bits of an entry are a
// threshold, its low bits an alias. Seen as signed numbers, the smaller of word
// and entry has the outcome in its low bits. If their high bits are equal, the
// outcome is the alias if 32 further random bits are `rest` or more, else that
// of the word.
struct AliasTable {
  AliasTable(std::vector<double> probability, int bits, int word_bits)
      : entry(size_t{1} << bits), rest(entry.size()) {
    const size_t size = entry.size();
    const double steps = std::ldexp(1.0, word_bits - bits);
    probability.resize(size);
    std::vector<size_t> small, large;
    for (size_t k = 0; k < size; ++k) {
      probability[k] *= static_cast<double>(size);
      (probability[k] < 1 ? small : large).push_back(k);
    }
    // Writes entry k: its own outcome has probability `own`, the alias the
    // rest.
    const auto set = [&](size_t k, double own, size_t alias) {
      const double threshold = std::min(std::floor(own * steps), steps - 1);
      entry[k] = static_cast<int32_t>((threshold - steps / 2) *
                                          static_cast<double>(size) +
                                      static_cast<double>(alias));
      rest[k] = static_cast<uint32_t>(
          std::min((own * steps - threshold) * 0x1p32, 0x1.fffffffep31));
    };
    // A small probability leaves room in its entry, which a large one fills.
    while (!small.empty() && !large.empty()) {
      const size_t k = small.back();
      const size_t other = large.back();
      small.pop_back();
      set(k, probability[k], other);
      probability[other] -= 1 - probability[k];
      if (probability[other] >= 1) continue;
      large.pop_back();
      small.push_back(other);
    }
    // Probabilities that are 1 up to rounding.
    for (size_t k : small) set(k, 1, k);
    for (size_t k : large) set(k, 1, k);
  }

  std::vector<int32_t> entry;
  std::vector<uint32_t> rest;
};

// One table for all neurons, of counts below 32, for 16-bit words.
struct SmallTable {
  static constexpr int kBits = 5;
  static constexpr int kSize = 1 << kBits;

  static bool Fits(const Distribution& d) {
    return d.base + d.probability.size() <= kSize;
  }

  explicit SmallTable(const Distribution& d) {
    std::vector<double> probability(d.base, 0.0);
    probability.insert(probability.end(), d.probability.begin(),
                       d.probability.end());
    const AliasTable table(probability, kBits, 16);
    for (int k = 0; k < kSize; ++k) {
      entry[k] = static_cast<int16_t>(table.entry[k]);
      low[k] = static_cast<uint8_t>(table.entry[k]);
      high[k] = static_cast<uint8_t>(table.entry[k] >> 8);
      rest[k] = table.rest[k];
    }
  }

  alignas(64) int16_t entry[kSize];
  alignas(16) uint8_t low[kSize];  // low bytes of entry
  alignas(16) uint8_t high[kSize];
  uint32_t rest[kSize];
};

// A table for every different lambda, and the place of every neuron's table;
// for 32-bit words.
struct Tables {
  explicit Tables(const std::vector<double>& lambda)
      : Tables(lambda, Different(lambda)) {}

  static std::vector<double> Different(std::vector<double> lambda) {
    std::sort(lambda.begin(), lambda.end());
    lambda.erase(std::unique(lambda.begin(), lambda.end()), lambda.end());
    return lambda;
  }

  // The count of neuron i for a random word; tie() gives 32 further bits.
  // Requires: lambda was given for each neuron, not as one for all.
  template <class Tie>
  int32_t Count(int64_t i, uint32_t random, Tie tie) const {
    const int32_t mask = (1 << bits) - 1;
    const auto word = static_cast<int32_t>(random);
    const int32_t at = *(table.At(0) + i) + (word & mask);
    int32_t outcome = std::min(word, entry[at]) & mask;
    if (((word ^ entry[at]) & ~mask) == 0) {
      outcome = (tie() < rest[at] ? word : entry[at]) & mask;
    }
    return *(base.At(0) + i) + outcome;
  }

  int bits = 1;
  std::vector<int32_t> entry;  // [tables][2^bits]
  std::vector<uint32_t> rest;
  ParameterRow<int32_t> table;  // where the table of a neuron begins
  ParameterRow<int32_t> base;   // added to the outcome

 private:
  Tables(const std::vector<double>& lambda,
         const std::vector<double>& different)
      : table({0}), base({0}) {
    std::vector<Distribution> distributions(different.begin(), different.end());
    size_t longest = 2;
    for (const Distribution& d : distributions) {
      longest = std::max(longest, d.probability.size());
    }
    bits = std::bit_width(longest - 1);
    for (Distribution& d : distributions) {
      const AliasTable alias(std::move(d.probability), bits, 32);
      entry.insert(entry.end(), alias.entry.begin(), alias.entry.end());
      rest.insert(rest.end(), alias.rest.begin(), alias.rest.end());
    }
    std::vector<double> begin, first;
    for (double x : lambda) {
      const auto at = std::lower_bound(different.begin(), different.end(), x) -
                      different.begin();
      begin.push_back(std::ldexp(static_cast<double>(at), bits));
      first.push_back(distributions[at].base);
    }
    table = ParameterRow<int32_t>(begin);
    base = ParameterRow<int32_t>(first);
  }
};

// A mean as digits of base 64, which count 1/64, 1, 64 and 64^2, and a rest
// below 1/64. A sum of Poisson numbers is a Poisson number, so each digit has
// an alias table of its own, and these are the same for all means.
inline constexpr int kDigits = 4;

struct Digits {
  // Requires: mean is in [0, 1e5], which is kMaxRateHz with the largest step.
  explicit Digits(double mean) : all(static_cast<int64_t>(mean * 64)) {
    rest = mean - static_cast<double>(all) / 64;
  }
  int64_t operator[](int digit) const { return all >> 6 * digit & 63; }

  int64_t all;
  double rest;
};

// The tables of all values of a digit; of the most significant digit, the
// values that a mean of 1e5 needs. Made once in a process: milliseconds at
// most.
template <int kDigit>
const Tables& TablesOfDigit() {
  static const auto* const tables = [] {
    std::vector<double> means;
    const int values = kDigit == kDigits - 1 ? 25 : 64;
    for (int value = 0; value < values; ++value) {
      means.push_back(std::ldexp(value, 6 * kDigit - 6));
    }
    return new Tables(means);
  }();
  return *tables;
}

inline const Tables& TablesOfDigit(int digit) {
  switch (digit) {
    case 0:
      return TablesOfDigit<0>();
    case 1:
      return TablesOfDigit<1>();
    case 2:
      return TablesOfDigit<2>();
    default:
      return TablesOfDigit<3>();
  }
}

// Counts of neurons with a small lambda, nearly always 0.
struct Rests {
  // The first 32 bits of the probability of a count above 0, minus 2^31.
  static std::vector<double> Thresholds(const std::vector<double>& lambda) {
    std::vector<double> thresholds;
    for (double x : lambda) {
      thresholds.push_back(std::floor(Above(x, 1) * 0x1p32) - 0x1p31);
    }
    return thresholds;
  }

  explicit Rests(std::vector<double> lambda)
      : threshold(Thresholds(lambda)), lambda(std::move(lambda)) {}

  // The probability of a count of `least` or more. Requires: `least` > 0 and
  // lambda < 1/64, for which ten terms of a series are enough.
  static double Above(double lambda, int least) {
    // The sum of lambda^j k! / (k + j)! over j.
    const auto series = [&](int k) {
      double sum = 1;
      for (int j = 10; j > 0; --j) sum = 1 + lambda / (k + j) * sum;
      return sum;
    };
    double term = 1;
    for (int k = 1; k <= least; ++k) term *= lambda / k;
    return term * series(least) / series(0);
  }

  // The count for a lambda and 64 random bits; 0 unless the bits, as a fraction
  // of 2^64, are below lambda.
  static int32_t CountOf(double lambda, uint64_t word) {
    const double p = static_cast<double>(word >> 11) * 0x1p-53;
    int count = 0;
    while (p < Above(lambda, count + 1)) ++count;
    return count;
  }

  // The count of neuron i.
  int32_t Count(int64_t i, uint64_t word) const {
    return CountOf(lambda[i], word);
  }

  ParameterRow<int32_t> threshold;
  std::vector<double> lambda;
};

}  // namespace spiked::poisson

#endif  // SPIKED_CORE_MODEL_POISSON_TABLES_H_
