// Columns of numbers in every layout, transform and width: decoded as each is defined, one number
// after the other, and what bounds them.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "recording/codec.h"

namespace hone::recording {
namespace {

constexpr Transform kTransforms[] = {
    Transform::kNone,         Transform::kDelta,  Transform::kRowDistance, Transform::kNewOrValue,
    Transform::kFromGreatest, Transform::kScaled, Transform::kScaledDelta};

struct Made {
  EncodedColumn column;
  std::vector<uint8_t> body;
  std::vector<uint64_t> values;  // what it stands for
};

std::vector<uint8_t> planes_of(const std::vector<uint64_t>& numbers, unsigned width) {
  std::vector<uint8_t> body = {static_cast<uint8_t>(width)};
  for (unsigned byte = 0; byte < width; ++byte) {
    for (const uint64_t number : numbers) body.push_back(static_cast<uint8_t>(number >> 8 * byte));
  }
  return body;
}

std::vector<uint8_t> nibbles_of(const std::vector<uint64_t>& numbers) {
  std::vector<uint8_t> body((numbers.size() + 1) / 2);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const uint64_t nibble = std::min<uint64_t>(numbers[i], kNibbleMax);
    body[i / 2] |= static_cast<uint8_t>(nibble << (i % 2 * 4));
    if (nibble == kNibbleMax) put_uleb(body, numbers[i] - kNibbleMax);
  }
  return body;
}

// As codec.h says what each transform is.
std::vector<uint64_t> values_of(const EncodedColumn& column, uint64_t first_row,
                                const std::vector<uint64_t>& numbers) {
  std::vector<uint64_t> out;
  uint64_t sum = 0, greatest = column.base;
  const auto signed_of = [](uint64_t number) {
    return number % 2 == 0 ? number / 2 : ~(number / 2);
  };
  for (size_t i = 0; i < numbers.size(); ++i) {
    const uint64_t number = numbers[i];
    uint64_t value = number;
    switch (column.transform) {
      case Transform::kNone:
        break;
      case Transform::kDelta:
        value = column.base + (sum += signed_of(number));
        break;
      case Transform::kRowDistance:
        value = first_row + i + 1 - number;
        break;
      case Transform::kNewOrValue:
        if (number == 0) {
          value = ++greatest;
        } else if (number == greatest + 1) {
          value = 0;
        } else {
          greatest = std::max(greatest, number);
        }
        break;
      case Transform::kFromGreatest:
        value = greatest + signed_of(number);
        greatest = std::max(greatest, value);
        break;
      case Transform::kScaled:
        value = column.base + scaled(number, column.scale);
        break;
      case Transform::kScaledDelta:
        value = column.base + scaled(sum += signed_of(number), column.scale);
        break;
    }
    out.push_back(value);
  }
  return out;
}

class ColumnsTest : public testing::Test {
 protected:
  std::mt19937_64 random_{17};

  uint64_t any_bits(unsigned bits) {
    return bits == 0 ? 0 : random_() >> (64 - bits) >> (random_() % 4 == 0 ? random_() % bits : 0);
  }

  void make(Made& made, Layout layout, Transform transform, unsigned width, size_t rows) {
    made.column = {.transform = transform, .layout = layout};
    made.column.base = any_bits(static_cast<unsigned>(random_() % 65));
    if (is_scaled(transform)) made.column.scale = any_bits(static_cast<unsigned>(random_() % 65));
    std::vector<uint64_t> numbers(rows);
    // In half of the columns no step goes back.
    const bool forward = random_() % 2 == 0;
    for (uint64_t& number : numbers) {
      number = any_bits(8 * width);
      if (forward) number &= ~uint64_t{1};
    }
    made.body.clear();
    if (layout == Layout::kPlanes) {
      made.body = planes_of(numbers, width);
    } else if (layout == Layout::kNibbles) {
      // Most are small, in some of the columns all.
      for (uint64_t& number : numbers) {
        if (width % 2 == 0 || random_() % 16 != 0) number %= kNibbleMax;
      }
      made.body = nibbles_of(numbers);
    } else if (layout == Layout::kVarint) {
      for (const uint64_t number : numbers) put_uleb(made.body, number);
    } else {
      std::fill(numbers.begin(), numbers.end(), numbers[0]);
      put_uleb(made.body, numbers[0]);
    }
    made.column.body = made.body;
    made.values = values_of(made.column, kFirstRow, numbers);
  }

  template <class T>
  static void expect_decoded(const Made& made) {
    std::vector<T> out(made.values.size());
    ASSERT_TRUE(decode_column(made.column, kFirstRow, std::span(out)));
    for (size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], static_cast<T>(made.values[i]));
  }

  static constexpr uint64_t kFirstRow = 1000;
};

TEST_F(ColumnsTest, AreWhatTheirTransformsSay) {
  Made made;
  for (int round = 0; round < 12; ++round) {
    // About the length of a slice, too.
    const size_t rows = round % 3 == 0 ? 1020 + random_() % 9 : 1 + random_() % 3000;
    for (const Layout layout :
         {Layout::kConstant, Layout::kVarint, Layout::kPlanes, Layout::kNibbles}) {
      for (const Transform transform : kTransforms) {
        for (unsigned width = 0; width <= 8; ++width) {
          SCOPED_TRACE(testing::Message() << "layout " << static_cast<int>(layout) << ", transform "
                                          << static_cast<int>(transform) << ", width " << width);
          make(made, layout, transform, width, rows);
          expect_decoded<uint64_t>(made);
          expect_decoded<uint32_t>(made);
          expect_decoded<uint8_t>(made);
          ASSERT_TRUE(is_sound(made.column, rows));
          const auto bounds = bounds_of(made.column, kFirstRow, rows);
          ASSERT_TRUE(bounds);
          const auto [least, most] = std::minmax_element(made.values.begin(), made.values.end());
          ASSERT_LE(bounds->least, *least);
          ASSERT_GE(bounds->most, *most);
        }
      }
    }
  }
}

TEST_F(ColumnsTest, OfAnotherNumberOfRowsAreNotSound) {
  Made made;
  std::vector<uint64_t> out(101);
  // Nibbles that are too many may be what large ones have more.
  for (const Layout layout : {Layout::kVarint, Layout::kPlanes}) {
    for (const Transform transform : kTransforms) {
      for (unsigned width = 1; width <= 8; ++width) {
        make(made, layout, transform, width, 100);
        for (const size_t rows : {size_t{1}, size_t{99}, size_t{101}}) {
          EXPECT_FALSE(is_sound(made.column, rows));
          EXPECT_FALSE(bounds_of(made.column, 0, rows));
          EXPECT_FALSE(decode_column(made.column, 0, std::span(out).first(rows)));
        }
      }
    }
  }
}

std::optional<Bounds> bounds(Transform transform, uint64_t base, uint64_t scale,
                             const std::vector<uint64_t>& numbers, unsigned width) {
  const std::vector<uint8_t> body = planes_of(numbers, width);
  return bounds_of({transform, Layout::kPlanes, base, scale, body}, 0, numbers.size());
}

// What a reader of spans goes by: near enough, where a recorder wrote the columns.
TEST(Bounds, AreNear) {
  constexpr uint64_t kTenTimes = uint64_t{10} << 32;
  const auto ids = bounds(Transform::kNone, 0, 0, {3, 300, 256, 1}, 2);
  EXPECT_EQ(ids->least, 1u);
  EXPECT_EQ(ids->most, 300u);
  const auto durations = bounds(Transform::kScaled, 0, kTenTimes, {40, 5, 200}, 1);
  EXPECT_EQ(durations->least, 50u);
  EXPECT_EQ(durations->most, 2000u);
  // By the higher plane.
  const auto longer = bounds(Transform::kScaled, 0, kTenTimes, {40, 300}, 2);
  EXPECT_EQ(longer->most, 5110u);
  const auto ends = bounds(Transform::kScaledDelta, 7000, kTenTimes, {2 * 40, 0, 2 * 100}, 1);
  EXPECT_EQ(ends->least, 7000u);
  EXPECT_EQ(ends->most, 8400u);
  const auto back = bounds(Transform::kScaledDelta, 7000, kTenTimes, {2 * 40, 2 * 9 - 1, 2 * 6}, 1);
  EXPECT_GE(back->least, 6400u);
  EXPECT_LE(back->most, 7600u);
  // Many, so that the sums of bytes go over what their lanes hold at once.
  const auto far =
      bounds(Transform::kScaledDelta, 0, kTenTimes, std::vector<uint64_t>(9000, 254), 1);
  EXPECT_EQ(far->most, 9000u * 1270);
}

}  // namespace
}  // namespace hone::recording
