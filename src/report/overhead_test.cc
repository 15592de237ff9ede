#include "report/overhead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hone::report {
namespace {

using testing::HasSubstr;
using testing::Not;

Overhead sample() {
  return {.tool_version = "1",
          .cpu_model = "Example \x1b[31mCPU",
          .clock = "tsc",
          .clock_step_ns = 9.6,
          .probes = {{"span", "a span", 0.01, 18.94, "a loop"},
                     {"sample_perf", "a sample by perf", -1, 14100, "gaps"},
                     {"sample_timer", "a sample by a signal", -1, -1, "gaps"}},
          .spans = 1200,
          .marks = 3,
          .notes = {"Not measured, a sample by a signal: not permitted"}};
}

TEST(Overhead, SaysWhatWasMeasuredAndWhatWasNot) {
  const std::string text = overhead_text(sample(), {});
  EXPECT_THAT(text, HasSubstr("clock tsc, in steps of 9.6 ns"));
  EXPECT_THAT(text, HasSubstr("<0.1 ns   18.9 ns  a span"));
  EXPECT_THAT(text, HasSubstr("14.1 µs  a sample by perf"));
  EXPECT_THAT(text, HasSubstr("1,200 spans, 3 marks, none lost"));
  EXPECT_THAT(text, HasSubstr("not permitted"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(Overhead, WhatWasNotMeasuredIsNullForMachines) {
  const auto json = nlohmann::json::parse(overhead_json(sample()));
  EXPECT_EQ(json["schema"], "hone.overhead/1");
  EXPECT_DOUBLE_EQ(json["probes"][0]["recorded_ns"], 18.94);
  EXPECT_TRUE(json["probes"][1]["not_recorded_ns"].is_null());
  EXPECT_TRUE(json["probes"][2]["recorded_ns"].is_null());
}

TEST(Overhead, LossIsSaid) {
  Overhead overhead = sample();
  overhead.lost = 7;
  EXPECT_THAT(overhead_text(overhead, {}), HasSubstr("7 lost"));
}

}  // namespace
}  // namespace hone::report
