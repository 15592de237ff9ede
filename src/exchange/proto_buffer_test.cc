#include "exchange/proto_buffer.h"

#include <limits>

#include "exchange/proto_test_reader.h"

namespace hone::exchange {
namespace {

TEST(ProtoBuffer, NumbersOfEverySizeComeBack) {
  for (const uint64_t value : {uint64_t{0}, uint64_t{1}, uint64_t{127}, uint64_t{128},
                               uint64_t{16'383}, uint64_t{16'384}, UINT64_MAX}) {
    ProtoBuffer buffer;
    buffer.put(1, value);
    buffer.put(3000, value);
    buffer.put_fixed64(2, value);
    const ProtoMessage read(buffer.bytes());
    EXPECT_EQ(read.number(1), value);
    EXPECT_EQ(read.number(3000), value);
    EXPECT_EQ(read.number(2), value);
  }
  ProtoBuffer buffer;
  buffer.put_real(5, -0.1);
  EXPECT_EQ(std::bit_cast<double>(ProtoMessage(buffer.bytes()).number(5)), -0.1);
}

// Around the lengths that take a byte more.
TEST(ProtoBuffer, MessagesInsideOthersHaveTheirLength) {
  for (const size_t bytes :
       {0u, 1u, 100u, 120u, 124u, 125u, 126u, 127u, 128u, 129u, 16'380u, 16'384u, 3'000'000u}) {
    ProtoBuffer buffer;
    const size_t outer = buffer.begin(1), middle = buffer.begin(2), inner = buffer.begin(3);
    buffer.put_bytes(4, std::string(bytes, 'x'));
    buffer.end(inner);
    buffer.put(5, 7);
    buffer.end(middle);
    buffer.end(outer);
    buffer.put(6, 8);
    const ProtoMessage read(buffer.bytes());
    const ProtoMessage in_middle = read.message(1).message(2);
    EXPECT_EQ(in_middle.message(3).get(4).bytes, std::string(bytes, 'x'));
    EXPECT_EQ(in_middle.number(5), 7u);
    EXPECT_EQ(read.number(6), 8u);
  }
}

TEST(ProtoBuffer, TextIsUtf8AndBytesAreAsTheyAre) {
  ProtoBuffer buffer;
  const std::string hostile("a\0\xff\xed\xa0\x80\xc3\xa9\x01", 9);
  buffer.put_text(1, hostile);
  buffer.put_bytes(2, hostile);
  buffer.put_text(3, "");
  const ProtoMessage read(buffer.bytes());
  EXPECT_EQ(read.text(1),
            std::string("a\0\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xc3\xa9\x01", 17));
  EXPECT_EQ(read.text(2), hostile);
  EXPECT_TRUE(read.has(3));
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
}

}  // namespace
}  // namespace hone::exchange
