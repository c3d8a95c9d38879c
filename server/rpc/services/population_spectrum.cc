// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/services/population_spectrum.h"

#include <cmath>
#include <complex>
#include <cstddef>
#include <kissfft/kissfft.hh>
#include <numbers>

namespace spiked {
namespace {

using Complex = std::complex<double>;

// Multiplies without the checks for infinities of std::complex's operator.
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
  // Bluestein: the transform is a convolution of two chirps.
  std::vector<Complex> a(n);
  std::vector<Complex> b(n);
  std::vector<Complex> product(n);
  for (size_t j = 0; j < m; ++j) {
    const Complex chirp = Chirp(j, m);
    a[j] = (counts[j] - mean) * chirp;
    b[j] = std::conj(chirp);
    if (j > 0) b[n - j] = b[j];
  }
  {
    const kissfft<double> forward(n, /*inverse=*/false);
    forward.transform(a.data(), product.data());
    forward.transform(b.data(), a.data());
  }
  for (size_t k = 0; k < n; ++k) product[k] = Times(product[k], a[k]);
  // The inverse transform, without the factor 1 / n.
  kissfft<double>(n, /*inverse=*/true).transform(product.data(), a.data());

  const double duration_s = static_cast<double>(m) * bin_s;
  for (size_t k = 1; k <= m / 2; ++k) {
    // The last factor of the transform, exp(-i pi k^2 / m), has the norm 1 and
    // is left out.
    const Complex x = a[k] / static_cast<double>(n);
    spectrum.frequencies_hz.push_back(static_cast<double>(k) / duration_s);
    spectrum.power.push_back(std::norm(x) / duration_s);
  }
  return spectrum;
}

}  // namespace spiked
