// SPDX-License-Identifier: Apache-2.0

#include "core/input_buffer.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/input_buffer.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Mul and Add instead of MulAdd: the same bits on every vector target.
void AddIntegers(float unit, int64_t count, int32_t* integers, float* row) {
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<int32_t, decltype(d)> di;
  for (int64_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto sum = hn::ConvertTo(d, hn::Load(di, integers + i));
    hn::Store(hn::Add(hn::Load(d, row + i), hn::Mul(hn::Set(d, unit), sum)), d,
              row + i);
    hn::Store(hn::Zero(di), di, integers + i);
  }
}

void AddCounts(float weight, int64_t count, uint16_t* counts, float* row) {
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<int32_t, decltype(d)> di;
  const hn::Rebind<uint16_t, decltype(d)> du;
  for (int64_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto arrivals =
        hn::ConvertTo(d, hn::PromoteTo(di, hn::Load(du, counts + i)));
    hn::Store(
        hn::Add(hn::Load(d, row + i), hn::Mul(hn::Set(d, weight), arrivals)), d,
        row + i);
    hn::Store(hn::Zero(du), du, counts + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {
namespace {

HWY_EXPORT(AddIntegers);
HWY_EXPORT(AddCounts);

void AddIntegerRow(float unit, int64_t count, int32_t* integers, float* row) {
  HWY_DYNAMIC_DISPATCH(AddIntegers)(unit, count, integers, row);
}
void AddCountRow(float weight, int64_t count, uint16_t* counts, float* row) {
  HWY_DYNAMIC_DISPATCH(AddCounts)(weight, count, counts, row);
}
void AddIntegerRow(double unit, int64_t count, int32_t* integers, double* row) {
  for (int64_t i = 0; i < count; ++i) row[i] += unit * integers[i];
  std::fill_n(integers, count, 0);
}
void AddCountRow(double weight, int64_t count, uint16_t* counts, double* row) {
  for (int64_t i = 0; i < count; ++i) row[i] += weight * counts[i];
  std::fill_n(counts, count, uint16_t{0});
}

template <typename T>
void Take(const ReceptorInput& receptor, int receptor_index, int64_t slot,
          int64_t count, InputBuffer& buffer, T* row) {
  count = (count + 15) / 16 * 16;
  if (buffer.sums_used) {
    T* sums = buffer.SumRow<T>(receptor_index) + slot;
    std::copy_n(sums, count, row);
    std::fill_n(sums, count, T{0});
  } else {
    std::fill_n(row, count, T{0});
  }
  if (receptor.integer_row >= 0) {
    AddIntegerRow(static_cast<T>(receptor.unit), count,
                  buffer.IntegerRow(receptor.integer_row) + slot, row);
  }
  for (const ReceptorInput::Counts& counts : receptor.counts) {
    AddCountRow(static_cast<T>(counts.weight), count,
                buffer.CountRow(counts.row) + slot, row);
  }
}

}  // namespace

void InputBuffer::Allocate(const InputRows& rows, size_t row_length,
                           size_t scalar_bytes) {
  length = row_length;
  sums = AlignedArray(rows.sums * length * scalar_bytes);
  integers = AlignedArray::Of<int32_t>(rows.integers * length);
  counts = AlignedArray::Of<uint16_t>(rows.counts * length);
}

void TakeInput(const ReceptorInput& receptor, int receptor_index,
               Precision precision, int64_t slot, int64_t count,
               InputBuffer& buffer, void* row) {
  if (precision == Precision::kFloat64) {
    Take(receptor, receptor_index, slot, count, buffer,
         static_cast<double*>(row));
  } else {
    Take(receptor, receptor_index, slot, count, buffer,
         static_cast<float*>(row));
  }
}

}  // namespace spiked
#endif  // HWY_ONCE
