#include "exchange/json_scan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

namespace hone::exchange {
namespace {

TEST(JsonScan, GoesThroughAnObject) {
  JsonScan at(R"( { "a" : [1, 2,, 3 ,] , "b":"x\"y", "c":{"d":[{}]}, "e": NaN} )", true);
  std::string_view name, raw;
  ASSERT_TRUE(at.open('{'));
  ASSERT_TRUE(at.key(name));
  EXPECT_EQ(name, "a");
  ASSERT_TRUE(at.open('['));
  std::string numbers;
  while (at.element()) {
    ASSERT_TRUE(at.number(raw));
    numbers += raw;
  }
  EXPECT_EQ(numbers, "123");
  ASSERT_TRUE(at.key(name));
  ASSERT_TRUE(at.text(raw));
  EXPECT_EQ(raw, "x\\\"y");
  ASSERT_TRUE(at.key(name));
  EXPECT_EQ(at.value(), R"({"d":[{}]})");
  ASSERT_TRUE(at.key(name));
  ASSERT_TRUE(at.number(raw));
  EXPECT_EQ(raw, "NaN");
  EXPECT_FALSE(at.key(name));
  EXPECT_TRUE(at.good());
}

// Of any beginning it says that it is too short, and of the whole that it is good.
TEST(JsonScan, ABeginningIsShort) {
  const std::string text = R"({"name":"a\u00e9\"]}","list":[1,{"x":-1.5e3},"\\"],"t":true})";
  for (size_t i = 0; i <= text.size(); ++i) {
    JsonScan at(std::string_view(text).substr(0, i), false);
    at.skip();
    EXPECT_EQ(at.state(), i == text.size() ? ScanState::kGood : ScanState::kShort) << i;
  }
}

TEST(JsonScan, WhatMakesNoSense) {
  std::string_view name;
  for (const char* text : {"{1:2}", "{\"a\" 2}", "{]}", "{\"a\":}"}) {
    JsonScan at(text, true);
    ASSERT_TRUE(at.open('{'));
    while (at.key(name)) at.skip();
    EXPECT_EQ(at.state(), ScanState::kBad) << text;
    EXPECT_NE(at.problem(), "");
  }
  const std::string nested(100'000, '[');
  JsonScan deep(nested, true);
  deep.skip();
  EXPECT_EQ(deep.state(), ScanState::kBad);
}

TEST(JsonScan, EscapesAsAnotherReaderUndoesThem) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (uint64_t i = random() % 40; i > 0; --i) {
      const uint64_t kind = random() % 6;
      if (kind == 0) {
        text += static_cast<char>(random() % 32);
      } else if (kind == 1) {
        text += random() % 2 == 0 ? '"' : '\\';
      } else if (kind == 2) {
        text += "\U0001d11e";
      } else {
        text += static_cast<char>(32 + random() % 90);
      }
    }
    const std::string written = nlohmann::json(text).dump(-1, ' ', random() % 2 == 0);
    JsonScan at(written, true);
    std::string_view raw;
    std::string room;
    ASSERT_TRUE(at.text(raw)) << written;
    EXPECT_EQ(plain(raw, room), text);
    EXPECT_EQ(at.taken(), written.size());
  }
  std::string room;
  EXPECT_EQ(plain("\\ud834", room), "\xef\xbf\xbd");
  EXPECT_EQ(plain("\\uzzzz", room),
            "\xef\xbf\xbd"
            "zzzz");
}

TEST(JsonScan, DecimalsAreExact) {
  int64_t out = 0;
  const auto ns = [&](std::string_view raw) { return decimal(raw, 1000, out) ? out : INT64_MIN; };
  EXPECT_EQ(ns("0"), 0);
  EXPECT_EQ(ns("1.5"), 1500);
  EXPECT_EQ(ns("-1.5"), -1500);
  EXPECT_EQ(ns("1763820000000000.123"), 1'763'820'000'000'000'123);
  EXPECT_EQ(ns("0.0004"), 0);
  EXPECT_EQ(ns("0.0005"), 1);
  EXPECT_EQ(ns("0.00049999"), 0);
  EXPECT_EQ(ns("1e3"), 1'000'000);
  EXPECT_EQ(ns("+2"), 2000);
  EXPECT_EQ(ns(".5"), 500);
  for (const char* text : {"", "-", "1x", "NaN", "Infinity", "1e300", "99999999999999999999"}) {
    EXPECT_EQ(ns(text), INT64_MIN) << text;
  }
  double number = 0;
  EXPECT_TRUE(real("NaN", number));
  EXPECT_TRUE(std::isnan(number));
  EXPECT_TRUE(real("-Infinity", number));
  EXPECT_TRUE(std::isinf(number));
}

}  // namespace
}  // namespace hone::exchange
