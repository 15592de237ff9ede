#include "report/collect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profile/stack_text.h"
#include "report/json.h"
#include "report/text.h"

namespace hone::report {
namespace {

using analysis::GroupBy;
using testing::HasSubstr;

profile::Profile sample_profile() {
  return profile::profile_of_text(R"(
    @meta run.command ./app --fast
    main;work;[inlined]helper@app.cc:7 600
    main;work@app.cc:12 250
    main;libc.so.6!memcpy 100
    main;[kernel]read 40
    main;rare 10
  )");
}

ReportOptions everything() {
  ReportOptions options;
  options.by = {analysis::GroupBy::kFunction, analysis::GroupBy::kLine,
                analysis::GroupBy::kModule,   analysis::GroupBy::kThread,
                analysis::GroupBy::kProcess,  analysis::GroupBy::kSubsystem};
  options.flame = true;
  options.waits = true;
  options.annotate_top = 10;
  options.counters = true;
  options.locks = true;
  options.pools = true;
  return options;
}

TEST(Collect, CutsByTopAndTellsWhatWasHidden) {
  const profile::Profile p = sample_profile();
  const ReportData data = *collect(p, {}, {.top = 2});
  ASSERT_EQ(data.tables.size(), 1U);
  const HotSpotTable& table = data.tables[0];
  ASSERT_EQ(table.spots.rows.size(), 2U);
  EXPECT_EQ(table.spots.rows[0].name, "helper");
  EXPECT_EQ(table.spots.rows[1].name, "work");
  EXPECT_TRUE(table.hidden_by_top);
  EXPECT_EQ(table.hidden_self_ns, 150'000'000);
}

TEST(Collect, FunctionsOverFivePercent) {
  const profile::Profile p = sample_profile();
  const ReportData data = *collect(p, {}, {.top = 0, .min_share = 0.05});
  EXPECT_EQ(data.tables[0].spots.rows.size(), 3U);
  EXPECT_FALSE(data.tables[0].hidden_by_top);
}

TEST(Collect, EveryGroupingHasItsTable) {
  const profile::Profile p = sample_profile();
  ReportOptions options = everything();
  const ReportData data = *collect(p, {}, options);
  std::string groups;
  for (const HotSpotTable& table : data.tables) groups += std::string(group_name(table.by)) + " ";
  EXPECT_EQ(groups, "function line module thread process ");  // no subsystems are defined
  EXPECT_GT(data.flame.nodes.size(), 5U);
  EXPECT_FALSE(data.annotations.empty());
}

TEST(Collect, CallersOfNoFunctionIsAnError) {
  const profile::Profile p = sample_profile();
  EXPECT_TRUE(collect(p, {}, {.callers_of = "helper"})->neighbours.has_value());
  EXPECT_FALSE(collect(p, {}, {.callers_of = "no_such_thing"}).has_value());
}

TEST(Collect, AllVoicesSpeakOfTheSameRun) {
  const profile::Profile p = sample_profile();
  ReportOptions options = everything();
  options.tree = TreeKind::kTopDown;
  const ReportData data = *collect(p, {}, options);
  for (const std::string& voice : {text_report(data, {.width = 100}), json_report(data)}) {
    EXPECT_THAT(voice, HasSubstr("helper"));
    EXPECT_THAT(voice, HasSubstr("memcpy"));
  }
}

TEST(Collect, AnEmptyProfileReports) {
  const profile::Profile p = profile::profile_of_text("");
  const ReportData data = *collect(p, {}, everything());
  EXPECT_THAT(text_report(data, {}), HasSubstr("No sample"));
}

}  // namespace
}  // namespace hone::report
