// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/all_finite.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "core/numbers/aligned_array.h"
#include "core/numbers/vector_target.h"

namespace spiked {
namespace {

template <typename T>
class AllFiniteTest : public ::testing::Test {
 protected:
  using Limits = std::numeric_limits<T>;
  static constexpr int64_t kMax = 70;

  // Calls `body` once on every vector target.
  template <class Body>
  void OnEachTarget(Body body) {
    for (const std::string& target : VectorTargets()) {
      SCOPED_TRACE(target);
      ASSERT_TRUE(ForceVectorTarget(target));
      body();
    }
    ForceVectorTarget("");
  }

  AlignedArray array_ = AlignedArray::Of<T>(kMax + 16);
  T* const row_ = array_.as<T>();
};

using Scalars = ::testing::Types<float, double>;
TYPED_TEST_SUITE(AllFiniteTest, Scalars);

TYPED_TEST(AllFiniteTest, FindsOneAtEveryPlaceOfEveryLength) {
  using Limits = typename TestFixture::Limits;
  this->OnEachTarget([&] {
    for (const TypeParam bad : {Limits::infinity(), -Limits::infinity(),
                                Limits::quiet_NaN(), -Limits::quiet_NaN()}) {
      for (int64_t at = 0; at < this->kMax; ++at) {
        this->row_[at] = bad;
        for (int64_t count = 0; count <= this->kMax; ++count) {
          ASSERT_EQ(AllFinite(this->row_, count), count <= at)
              << bad << " at " << at << " of " << count;
        }
        this->row_[at] = 0;
      }
    }
  });
}

TYPED_TEST(AllFiniteTest, ExtremeNumbersAreFinite) {
  using Limits = typename TestFixture::Limits;
  this->OnEachTarget([&] {
    const TypeParam extremes[] = {Limits::max(), Limits::lowest(),
                                  Limits::min(), Limits::denorm_min(),
                                  TypeParam{-0.0}};
    for (int64_t i = 0; i < this->kMax; ++i) this->row_[i] = extremes[i % 5];
    for (int64_t count = 0; count <= this->kMax; ++count) {
      ASSERT_TRUE(AllFinite(this->row_, count));
    }
  });
}

}  // namespace
}  // namespace spiked
