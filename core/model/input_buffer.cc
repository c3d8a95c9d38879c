// SPDX-License-Identifier: Apache-2.0

#include "core/model/input_buffer.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/model/input_buffer.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Adds unit * (integers + carries) to the row, or overwrites it if `fresh`, and
// clears both. `carries` may be null. Mul and Add instead of MulAdd: the same
// bits on every vector target.
void AddIntegers(float unit, int64_t count, int16_t* integers, int32_t* carries,
                 bool fresh, float* row) {
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<int32_t, decltype(d)> di;
  const hn::Rebind<int16_t, decltype(d)> narrow;
  for (int64_t i = 0; i < count; i += hn::Lanes(d)) {
    auto sum = hn::PromoteTo(di, hn::Load(narrow, integers + i));
    hn::Store(hn::Zero(narrow), narrow, integers + i);
    if (carries != nullptr) {
      sum = hn::Add(sum, hn::Load(di, carries + i));
      hn::Store(hn::Zero(di), di, carries + i);
    }
    const auto before = fresh ? hn::Zero(d) : hn::Load(d, row + i);
    hn::Store(hn::Add(before, hn::Mul(hn::Set(d, unit), hn::ConvertTo(d, sum))),
              d, row + i);
  }
}

// Clears as many integers as two vectors of T have elements.
template <typename T, typename Integer>
void Clear(Integer* integers) {
  const hn::CappedTag<Integer, 32> d;
  for (size_t i = 0; i < 2 * hn::Lanes(hn::CappedTag<T, 16>());
       i += hn::Lanes(d)) {
    hn::Store(hn::Zero(d), d, integers + i);
  }
}

// Adds weight * counts to the row, or overwrites it if kFresh, and clears the
// counts.
template <bool kFresh>
void AddCountsTo(float weight, int64_t count, uint16_t* counts, float* row) {
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<int32_t, decltype(d)> di;
  const hn::Rebind<uint16_t, decltype(d)> du;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto add = [&](int64_t i) {
    const auto arrivals =
        hn::ConvertTo(d, hn::PromoteTo(di, hn::Load(du, counts + i)));
    const auto before = kFresh ? hn::Zero(d) : hn::Load(d, row + i);
    hn::Store(hn::Add(before, hn::Mul(hn::Set(d, weight), arrivals)), d,
              row + i);
  };
  for (int64_t i = 0; i < count; i += 2 * lanes) {
    add(i);
    add(i + lanes);
    Clear<float>(counts + i);
  }
}
void AddCounts(float weight, int64_t count, uint16_t* counts, bool fresh,
               float* row) {
  return fresh ? AddCountsTo<true>(weight, count, counts, row)
               : AddCountsTo<false>(weight, count, counts, row);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {
namespace {

HWY_EXPORT(AddIntegers);
HWY_EXPORT(AddCounts);

void AddIntegerRow(float unit, int64_t count, int16_t* integers,
                   int32_t* carries, bool fresh, float* row) {
  HWY_DYNAMIC_DISPATCH(AddIntegers)
  (unit, count, integers, carries, fresh, row);
}
void AddCountRow(float weight, int64_t count, uint16_t* counts, bool fresh,
                 float* row) {
  HWY_DYNAMIC_DISPATCH(AddCounts)(weight, count, counts, fresh, row);
}
void AddIntegerRow(double unit, int64_t count, int16_t* integers,
                   int32_t* carries, bool fresh, double* row) {
  for (int64_t i = 0; i < count; ++i) {
    row[i] = (fresh ? 0 : row[i]) +
             unit * (integers[i] + (carries == nullptr ? 0 : carries[i]));
  }
  std::fill_n(integers, count, int16_t{0});
  if (carries != nullptr) std::fill_n(carries, count, 0);
}
void AddCountRow(double weight, int64_t count, uint16_t* counts, bool fresh,
                 double* row) {
  for (int64_t i = 0; i < count; ++i) {
    row[i] = (fresh ? 0 : row[i]) + weight * counts[i];
  }
  std::fill_n(counts, count, uint16_t{0});
}

// Writes the input of a receptor to `row`, and clears what it reads.
template <typename T>
void Take(const ReceptorInput& receptor, int receptor_index, int64_t slot,
          int64_t count, InputBuffer& buffer, T* row) {
  count = (count + 31) / 32 * 32;
  bool fresh = (buffer.sums_used >> receptor_index & 1) == 0;
  if (!fresh) {
    T* sums = buffer.SumRow<T>(receptor_index) + slot;
    std::copy_n(sums, count, row);
    std::fill_n(sums, count, T{0});
  }
  if (receptor.integer_row >= 0) {
    AddIntegerRow(static_cast<T>(receptor.unit), count,
                  buffer.IntegerRow(receptor.integer_row) + slot,
                  buffer.carries_used
                      ? buffer.CarryRow(receptor.integer_row) + slot
                      : nullptr,
                  fresh, row);
    fresh = false;
  }
  for (const ReceptorInput::Counts& counts : receptor.counts) {
    AddCountRow(static_cast<T>(counts.weight), count,
                buffer.CountRow(counts.row) + slot, fresh, row);
    fresh = false;
  }
  if (fresh) std::fill_n(row, count, T{0});
}

}  // namespace

void InputBuffer::Allocate(const InputRows& rows, size_t row_length,
                           size_t scalar_bytes) {
  length = row_length;
  sums = AlignedArray(rows.sums * length * scalar_bytes);
  integers = AlignedArray::Of<int16_t>(rows.integers * length);
  carries = AlignedArray::Of<int32_t>(rows.integers * length);
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
