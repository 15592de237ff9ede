// Numbers to bytes and back: every layout, every transform, and bytes that are none.
#include "recording/codec.h"

#include <gmock/gmock.h>

#include "recording/column_bytes.h"
#include "recording/test_support.h"

namespace hone::recording {
namespace {

TEST(Codec, EdgesOfNumbers) {
  Packer packer(3);
  const uint64_t most = ~uint64_t{0};
  const std::vector<std::vector<uint64_t>> cases = {{},
                                                    {0},
                                                    {most},
                                                    {0, most},
                                                    {most, 0},
                                                    {most, 0, 1, 0, 1, 2, 0, 3},
                                                    {1, 2, 3, 4, 5},
                                                    {5, 4, 3, 2, 1},
                                                    {1, 0, 2, 0, 3},
                                                    {uint64_t{1} << 63, 0, uint64_t{1} << 63, 1}};
  for (const auto& values : cases) {
    for (int i = 1; i <= static_cast<int>(Unit::kBlob); ++i) {
      std::vector<uint8_t> bytes;
      Encoding encoding;
      encode_numbers(values, Unit{static_cast<uint8_t>(i)}, 17, packer, Effort::kSmall, encoding,
                     bytes);
      base::ByteReader in(bytes.data(), bytes.size());
      std::vector<uint64_t> out(values.size());
      EXPECT_TRUE(decode_numbers(in, 17, out));
      EXPECT_EQ(out, values);
      EXPECT_TRUE(in.at_end());
    }
  }
}

TEST(Codec, RegularTimesTakeNoSpace) {
  Packer packer(3);
  std::vector<uint64_t> values(10'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 5'000'000'000 + i * 1'000'000;
  std::vector<uint8_t> bytes;
  Encoding encoding;
  encode_numbers(values, Unit::kTime, 0, packer, Effort::kSmall, encoding, bytes);
  EXPECT_LT(bytes.size(), 16u);
}

std::vector<uint64_t> decoded(const ColumnBytes& column, EncodedColumn how) {
  std::vector<uint8_t> body, bytes;
  how.layout = column.encode(body);
  how.body = body;
  put_encoded(how, bytes);
  base::ByteReader in(bytes.data(), bytes.size());
  std::vector<uint64_t> out(column.size());
  EXPECT_TRUE(decode_numbers(in, 0, out));
  EXPECT_TRUE(in.at_end());
  return out;
}

void put(ColumnBytes& column, uint64_t value) {
  *column.room(1) = static_cast<uint32_t>(value);
  if (value >> 32 != 0) column.put_wide(0, value);
  column.advance(1);
}

TEST(Codec, SmallNumbersTakeHalfAByte) {
  Random random(5);
  // Less than a slice, more than one, none, an odd one.
  for (const size_t count : {0u, 1u, 2u, 5u, 1024u, 1025u, 4001u}) {
    for (const uint64_t most : {1u, 14u, 20u}) {
      ColumnBytes column;
      for (size_t i = 0; i < count; ++i) put(column, i == 0 ? most : random() % (most + 1));
      std::vector<uint8_t> body;
      const bool is_small = count > 0 && most < kNibbleMax;
      EXPECT_EQ(column.encode(body), is_small ? Layout::kNibbles : Layout::kPlanes);
      if (is_small) {
        EXPECT_EQ(body.size(), (count + 1) / 2);
      }
    }
  }
}

TEST(Codec, FewNumbersAmongNibblesAreLarge) {
  Random random(6);
  for (const size_t count : {64u, 1023u, 4001u}) {
    ColumnBytes column;
    std::vector<uint64_t> values;
    for (size_t i = 0; i < count; ++i) values.push_back(random() % 15);
    values[0] = kNibbleMax;
    if (count > 1024) values[1024] = UINT32_MAX;
    if (count > 2000) values[count - 1] = 16;
    for (const uint64_t value : values) put(column, value);
    std::vector<uint8_t> body;
    EXPECT_EQ(column.encode(body), Layout::kNibbles);
    EXPECT_EQ(decoded(column, {}), values);
  }
}

TEST(Codec, NibblesThatAreTooFewOrTooManyAreRefused) {
  std::array<uint8_t, 4> bytes = {0x21, 0x43, 0x65, 0x07};
  std::array<uint64_t, 6> out{};
  EncodedColumn column{.layout = Layout::kNibbles, .body = std::span(bytes).first(3)};
  EXPECT_TRUE(decode_column(column, 0, std::span(out)));
  EXPECT_THAT(out, testing::ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_TRUE(decode_column(column, 0, std::span(out).first(5)));
  EXPECT_FALSE(decode_column(column, 0, std::span(out).first(4)));  // one is left over
  column.body = bytes;
  EXPECT_FALSE(decode_column(column, 0, std::span(out)));
  bytes[0] = 0xf1;
  EXPECT_TRUE(decode_column(column, 0, std::span(out)));
  EXPECT_THAT(out, testing::ElementsAre(1, 22, 3, 4, 5, 6));
  bytes[3] = 0x87;
  EXPECT_FALSE(decode_column(column, 0, std::span(out)));  // cut in the middle
  column.body = std::span(bytes).first(3);
  EXPECT_FALSE(decode_column(column, 0, std::span(out)));  // and missing
}

// What suited one chunk holds any other, too.
TEST(Codec, EncodingsAreKeptInHaste) {
  Packer packer(3);
  Random random(3);
  for (const Unit unit : {Unit::kTime, Unit::kId, Unit::kCount, Unit::kAddress}) {
    Encoding encoding;
    for (int round = 0; round < 4; ++round) {
      std::vector<uint64_t> values(1000);
      for (uint64_t& value : values) value = random() >> (16 * round);
      std::vector<uint8_t> bytes;
      encode_numbers(values, unit, 5, packer, Effort::kFast, encoding, bytes);
      base::ByteReader in(bytes.data(), bytes.size());
      std::vector<uint64_t> out(values.size());
      EXPECT_TRUE(decode_numbers(in, 5, out));
      EXPECT_EQ(out, values);
    }
  }
}

TEST(Codec, ColumnsOfEveryWidth) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    std::vector<uint64_t> values;
    ColumnBytes column;
    for (unsigned bit = 0; bit <= bits; ++bit) {
      for (const uint64_t less : {0, 1}) values.push_back((uint64_t{1} << bit) - less);
      for (const size_t i : {values.size() - 2, values.size() - 1}) put(column, values[i]);
    }
    EXPECT_EQ(decoded(column, {}), values);
    column.clear();
    put(column, 7);
    EXPECT_EQ(decoded(column, {}), std::vector<uint64_t>{7});
  }
}

TEST(Codec, StepsOfAClock) {
  const std::vector<int64_t> steps = {3, 3, 90, 89, -2, 1'000'000'000};
  ColumnBytes sums, single;
  uint64_t last = 0;
  for (const int64_t step : steps) {
    put(sums, zigzag(static_cast<uint64_t>(step) - last));
    last = static_cast<uint64_t>(step);
    put(single, static_cast<uint64_t>(step));
  }
  // 10.5 ns each.
  const uint64_t scale = 21ull << 31;
  const std::vector<uint64_t> expected = {532, 532, 1445, 1435, 479, 10'500'000'500};
  EXPECT_EQ(decoded(sums, {.transform = Transform::kScaledDelta, .base = 500, .scale = scale}),
            expected);
  EXPECT_EQ(decoded(single, {.transform = Transform::kScaled, .base = 500, .scale = scale}),
            expected);
}

}  // namespace
}  // namespace hone::recording
