// Counters in every voice of a report.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "profile/stack_text.h"
#include "report/collect.h"
#include "report/counter_values.h"
#include "report/json.h"
#include "report/text.h"

namespace hone::report {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kRun = R"(
  @meta run.wall_ns 2000000000
  @track cache-misses scope=3 kind=2 values=0:0,1000000000:400,2000000000:1000
  @track cache-misses.counted scope=3 unit=6 divisor=1000000 of=1 values=0:1000000,2000000000:250000
  @track cpu.busy scope=4 kind=2 unit=3 process=app values=0:0,2000000000:3000000000
  @track memory.resident scope=4 unit=2 process=app values=0:5000000,1000000000:71000000
  @track faults.minor scope=3 kind=2 values=0:0,2000000000:15300
  @track disk.read scope=7 kind=2 unit=2 what=<b>&sda values=0:0,2000000000:4000000
  @track temperature scope=7 unit=5 divisor=1000 what=cpu values=0:45500
  @track load.1m divisor=100 values=0:125
  main 10
)";

ReportData report_of(const profile::Profile& p, bool counters) {
  ReportOptions options;
  options.counters = counters;
  return *collect(p, {}, options);
}

TEST(CountersReport, TextTableAndFacts) {
  const profile::Profile p = profile::profile_of_text(kRun);
  const std::string text = text_report(report_of(p, true), {.width = 0});
  EXPECT_THAT(text, HasSubstr("memory 71.0 MB · 15,300 page faults"));
  EXPECT_THAT(text, HasSubstr("cpu.busy"));
  EXPECT_THAT(text, HasSubstr("1.50 CPUs"));
  EXPECT_THAT(text, HasSubstr("2.00 MB/s"));
  EXPECT_THAT(text, HasSubstr("~1,000"));
  EXPECT_THAT(text, HasSubstr("counted 25.0% of the time, the rest estimated"));
  EXPECT_THAT(text, HasSubstr("45.5 °C"));
  EXPECT_THAT(text, HasSubstr("1.25"));
  EXPECT_THAT(text, Not(HasSubstr("cache-misses.counted")));
  EXPECT_THAT(text_report(report_of(p, false), {}), Not(HasSubstr("Counters")));
}

TEST(CountersReport, EventsBesideTheirOthers) {
  const profile::Profile p = profile::profile_of_text(R"(
    @meta run.attached redis-server (pid 12)
    @track cycles:u scope=3 kind=2 values=0:0,1000000000:2000
    @track instructions:u scope=3 kind=2 values=0:0,1000000000:3000
    @track cache-misses scope=3 kind=2 values=0:0,1000000000:25
    @track cache-references scope=3 kind=2 values=0:0,1000000000:100
    main 1
  )");
  const std::string text = counters_text(report_of(p, true), {.width = 0});
  EXPECT_THAT(text, HasSubstr("1.50 a cycle"));
  EXPECT_THAT(text, HasSubstr("25.0% of cache-references"));
  EXPECT_THAT(text, HasSubstr("  redis-server (pid 12)\n"));
}

TEST(CountersReport, GroupsWithLongNamesAndPlainTerminals) {
  const std::string id(64, 'a');
  const profile::Profile p = profile::profile_of_text(
      "@track memory.used scope=6 unit=2 what=/docker/" + id +
      " values=0:1,100:2\n"
      "@track temperature scope=7 unit=5 divisor=1000 what=cpu values=0:45500\nmain 1");
  EXPECT_THAT(counters_text(report_of(p, true), {}),
              HasSubstr("  control group …/aaaaaaaaaaaa…\n"));
  const std::string plain = counters_text(report_of(p, true), {.unicode = false});
  EXPECT_THAT(plain, HasSubstr("  control group .../aaaaaaaaaaaa...\n"));
  EXPECT_THAT(plain, HasSubstr("45.5 C"));
  for (const char c : plain) EXPECT_TRUE(c == '\n' || (c >= ' ' && c < 0x7f));
}

TEST(CountersReport, WithoutAnyItSaysSo) {
  const profile::Profile p = profile::profile_of_text("main 1");
  EXPECT_THAT(text_report(report_of(p, true), {}), HasSubstr("The recording holds none"));
  EXPECT_FALSE(nlohmann::json::parse(json_report(report_of(p, false))).contains("counters"));
}

TEST(CountersReport, Json) {
  const profile::Profile p = profile::profile_of_text(kRun);
  const auto data = nlohmann::json::parse(json_report(report_of(p, true)))["counters"];
  EXPECT_EQ(data["facts"]["peak_memory_bytes"], 71'000'000.0);
  EXPECT_EQ(data["facts"]["minor_faults"], 15'300.0);
  EXPECT_FALSE(data["facts"].contains("throttled_ns")) << "what is not known is left out";
  EXPECT_EQ(data["step_ns"], 100'000'000);
  const auto& first = data["tracks"][0];
  EXPECT_EQ(first["name"], "cache-misses");
  EXPECT_EQ(first["of"], "the program");
  EXPECT_EQ(first["unit"], "count");
  EXPECT_EQ(first["kind"], "rate");
  EXPECT_EQ(first["total"], 1000.0);
  EXPECT_EQ(first["counted_share"], 0.25);
  EXPECT_EQ(first["points"].size(), 20u);
  EXPECT_FALSE(
      nlohmann::json::parse(json_report(report_of(p, false)))["counters"].contains("tracks"));
}

TEST(CountersReport, ValuesInTheirUnits) {
  analysis::TrackSummary t;
  t.kind = recording::TrackKind::kCumulative;
  t.unit = recording::TrackUnit::kNanoseconds;
  t.name = "pressure.cpu.some";
  EXPECT_EQ(counter_value(t, 0.25e9), "25.0%");
  t.name = "cpu.throttled";
  EXPECT_EQ(counter_value(t, 0.5e9), "50.0%");
  t.name = "cpu.user";
  EXPECT_EQ(counter_value(t, 1.5e9), "1.50 CPUs");
  t.unit = recording::TrackUnit::kCount;
  EXPECT_EQ(counter_value(t, 12345.6), "12,346/s");
  EXPECT_EQ(counter_value(t, 1.234), "1.23/s");
  t.kind = recording::TrackKind::kGauge;
  EXPECT_EQ(counter_value(t, 3), "3");
  t.unit = recording::TrackUnit::kHertz;
  EXPECT_EQ(counter_value(t, 2.6e9), "2.60 GHz");
  EXPECT_EQ(counter_value(t, NAN), "");
}

}  // namespace
}  // namespace hone::report
