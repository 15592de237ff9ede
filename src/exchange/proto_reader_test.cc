#include "exchange/proto_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "exchange/proto_buffer.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using State = ProtoReader::State;

std::string bytes_of(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

TEST(ProtoReader, ReadsWhatTheBufferWrites) {
  ProtoBuffer to;
  to.put(1, 0);
  to.put(2, UINT64_MAX);
  to.put(536'870'911, 300);  // the largest field that there may be
  to.put_fixed64(3, 0x0123456789abcdef);
  to.put_real(4, -2.5);
  to.put_text(5, "step");
  const size_t inner = to.begin(6);
  to.put(1, 7);
  to.end(inner);
  ProtoReader at(to.bytes());
  ASSERT_TRUE(at.next());
  EXPECT_EQ(at.field(), 1u);
  EXPECT_EQ(at.number(), 0u);
  ASSERT_TRUE(at.next());
  EXPECT_EQ(at.number(), UINT64_MAX);
  EXPECT_EQ(at.integer(), -1);
  ASSERT_TRUE(at.next());
  EXPECT_EQ(at.field(), 536'870'911u);
  EXPECT_EQ(at.number(), 300u);
  ASSERT_TRUE(at.next());
  EXPECT_EQ(at.number(), 0x0123456789abcdefu);
  ASSERT_TRUE(at.next());
  EXPECT_EQ(at.real(), -2.5);
  ASSERT_TRUE(at.next());
  EXPECT_EQ(at.bytes(), "step");
  ASSERT_TRUE(at.next());
  ProtoReader within(at.bytes());
  ASSERT_TRUE(within.next());
  EXPECT_EQ(within.number(), 7u);
  EXPECT_FALSE(within.next());
  EXPECT_FALSE(at.next());
  EXPECT_TRUE(at.good());
  EXPECT_EQ(at.taken(), to.bytes().size());
}

TEST(ProtoReader, SmallFixedNumbers) {
  const std::string bytes = bytes_of({0x0D, 0, 0, 0xC0, 0x3F, 0x15, 1, 0, 0, 0x80});
  ProtoReader at(bytes);
  ASSERT_TRUE(at.next());
  EXPECT_EQ(at.real(), 1.5);
  ASSERT_TRUE(at.next());
  EXPECT_EQ(at.number(), 0x80000001u);
}

TEST(ProtoReader, AFieldOfAnotherTypeIsNothing) {
  ProtoBuffer to;
  to.put(1, 5);
  to.put_text(2, "five");
  ProtoReader at(to.bytes());
  ASSERT_TRUE(at.next());
  EXPECT_EQ(at.bytes(), "");
  EXPECT_EQ(at.real(), 0);
  ASSERT_TRUE(at.next());
  EXPECT_EQ(at.number(), 0u);
  EXPECT_EQ(at.zigzag(), 0);
  EXPECT_EQ(at.real(), 0);
}

TEST(ProtoReader, Zigzag) {
  EXPECT_EQ(ProtoReader::from_zigzag(0), 0);
  EXPECT_EQ(ProtoReader::from_zigzag(1), -1);
  EXPECT_EQ(ProtoReader::from_zigzag(2), 1);
  EXPECT_EQ(ProtoReader::from_zigzag(UINT64_MAX), INT64_MIN);
}

TEST(ProtoReader, CutAnywhereIsShortAtTheLastWholeField) {
  ProtoBuffer to;
  to.put(8, 1'000'000'000'000);
  to.put_text(23, std::string(200, 'x'));
  to.put_fixed64(47, 1);
  std::vector<size_t> ends{0};
  ProtoReader whole(to.bytes());
  while (whole.next()) ends.push_back(whole.taken());
  ASSERT_EQ(ends.size(), 4u);
  for (size_t cut = 0; cut < to.bytes().size(); ++cut) {
    ProtoReader at(to.bytes().substr(0, cut));
    while (at.next()) continue;
    size_t last = 0;
    for (const size_t end : ends) last = end <= cut ? end : last;
    EXPECT_EQ(at.taken(), last) << cut;
    EXPECT_EQ(at.state(), last == cut ? State::kGood : State::kShort) << cut;
    EXPECT_FALSE(at.next());
  }
}

TEST(ProtoReader, WhatIsNoMessageIsBad) {
  // Eleven bytes of a number; field 0; groups; types that do not exist; a field above the largest.
  for (const std::string& bytes :
       {bytes_of({0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}), bytes_of({0x00, 0}),
        bytes_of({0x0B}), bytes_of({0x0C}), bytes_of({0x0E}), bytes_of({0x0F}),
        bytes_of({0x80, 0x80, 0x80, 0x80, 0x10, 0})}) {
    ProtoReader at(bytes);
    EXPECT_FALSE(at.next());
    EXPECT_EQ(at.state(), State::kBad);
    EXPECT_EQ(at.taken(), 0u);
  }
}

TEST(ProtoReader, HugeLengthsAreShort) {
  const std::string bytes =
      bytes_of({0x0A, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 'a', 'b'});
  ProtoReader at(bytes);
  EXPECT_FALSE(at.next());
  EXPECT_EQ(at.state(), State::kShort);
}

TEST(ProtoReader, RepeatedNumbersPackedOrNot) {
  ProtoBuffer to;
  to.put(1, 300);
  const size_t packed = to.begin(1);
  to.put_packed(1);
  to.put_packed(UINT64_MAX);
  to.end(packed);
  to.put_fixed64(2, 9);
  to.put_bytes(2, bytes_of({1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}));
  std::vector<uint64_t> varints, fixed;
  ProtoReader at(to.bytes());
  while (at.next()) {
    ProtoNumbers numbers(
        at, at.field() == 1 ? ProtoReader::Type::kVarint : ProtoReader::Type::kFixed64);
    while (numbers.next()) (at.field() == 1 ? varints : fixed).push_back(numbers.number());
    EXPECT_TRUE(numbers.good());
  }
  EXPECT_THAT(varints, ElementsAre(300, 1, UINT64_MAX));
  EXPECT_THAT(fixed, ElementsAre(9, 1, 2));
}

TEST(ProtoReader, PackedNumbersThatAreCut) {
  ProtoBuffer to;
  to.put_bytes(1, bytes_of({5, 0x80}));
  ProtoReader at(to.bytes());
  ASSERT_TRUE(at.next());
  ProtoNumbers numbers(at);
  EXPECT_TRUE(numbers.next());
  EXPECT_EQ(numbers.number(), 5u);
  EXPECT_FALSE(numbers.next());
  EXPECT_FALSE(numbers.good());
}

TEST(ProtoReader, AnyBytesEnd) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    ProtoReader at(bytes);
    size_t fields = 0;
    while (at.next()) {
      ++fields;
      ASSERT_LE(at.taken(), bytes.size());
      ProtoNumbers numbers(at);
      while (numbers.next()) continue;
    }
    ASSERT_LE(fields, bytes.size());
  }
}

}  // namespace
}  // namespace hone::exchange
