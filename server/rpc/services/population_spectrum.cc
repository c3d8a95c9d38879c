// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/services/population_spectrum.h"

#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <utility>

namespace spiked {
namespace {

using Complex = std::complex<double>;

// Without the checks for infinities that the operator of std::complex makes.
Complex Times(Complex a, Complex b) {
  return {a.real() * b.real() - a.imag() * b.imag(),
          a.real() * b.imag() + a.imag() * b.real()};
}

// exp(-i pi k^2 / m); k^2 modulo 2 m, so that the angle keeps its digits.
Complex Chirp(uint64_t k, uint64_t m) {
  const double angle = -std::numbers::pi *
                       static_cast<double>(k * k % (2 * m)) /
                       static_cast<double>(m);
  return {std::cos(angle), std::sin(angle)};
}

// Cooley-Tukey in place. Requires: the size is a power of two.
void Transform(std::vector<Complex>& x) {
  const size_t n = x.size();
  for (size_t i = 1, j = 0; i < n; ++i) {
    size_t bit = n >> 1;
    for (; (j & bit) != 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  std::vector<Complex> roots(n / 2);
  for (size_t k = 0; k < n / 2; ++k) {
    const double angle =
        -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
    roots[k] = {std::cos(angle), std::sin(angle)};
  }
  for (size_t length = 2; length <= n; length *= 2) {
    const size_t half = length / 2;
    for (size_t begin = 0; begin < n; begin += length) {
      for (size_t k = 0; k < half; ++k) {
        const Complex odd = Times(x[begin + half + k], roots[k * (n / length)]);
        x[begin + half + k] = x[begin + k] - odd;
        x[begin + k] += odd;
      }
    }
  }
}

// The inverse, by conjugation, without the factor 1 / n.
void TransformBack(std::vector<Complex>& x) {
  for (Complex& c : x) c = std::conj(c);
  Transform(x);
  for (Complex& c : x) c = std::conj(c);
}

}  // namespace

Spectrum MakeSpectrum(absl::Span<const int32_t> counts, double bin_s) {
  const size_t m = counts.size();
  Spectrum spectrum;
  if (m < 2) return spectrum;
  double mean = 0;
  for (const int32_t count : counts) mean += count;
  mean /= static_cast<double>(m);

  size_t n = 1;
  while (n < 2 * m) n *= 2;
  std::vector<Complex> a(n);
  std::vector<Complex> b(n);
  for (size_t j = 0; j < m; ++j) {
    const Complex chirp = Chirp(j, m);
    a[j] = (counts[j] - mean) * chirp;
    b[j] = std::conj(chirp);
    if (j > 0) b[n - j] = b[j];
  }
  Transform(a);
  Transform(b);
  for (size_t k = 0; k < n; ++k) a[k] = Times(a[k], b[k]);
  TransformBack(a);

  const double duration_s = static_cast<double>(m) * bin_s;
  for (size_t k = 1; k <= m / 2; ++k) {
    // What is left out, exp(-i pi k^2 / m), has the norm 1.
    const Complex x = a[k] / static_cast<double>(n);
    spectrum.frequencies_hz.push_back(static_cast<double>(k) / duration_s);
    spectrum.power.push_back(std::norm(x) / duration_s);
  }
  return spectrum;
}

}  // namespace spiked
