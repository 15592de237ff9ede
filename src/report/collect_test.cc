#include "report/collect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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

// A profile without a timeline: what it counts is what the report is of.
TEST(Collect, SumsWithoutATimeAreTheTables) {
  const profile::Profile profile = profile::profile_of_text(R"(
    @meta sampler.name none
    @meta import.format callgrind
    @cost instructions main;work value=7000 title=Instructions
    @cost instructions main value=3000
    @cost instructions - value=10
  )");
  const analysis::Selection selection{.metric = analysis::default_metric(profile).metric};
  const auto data = collect(profile, selection, {.tree = TreeKind::kTopDown, .callers_of = "work"});
  ASSERT_TRUE(data);
  const std::string text = text_report(*data, {.width = 0});
  EXPECT_THAT(text, HasSubstr("'work' has 69.9% of instructions of its own"));
  EXPECT_THAT(text, HasSubstr("by function, self instructions of 10,010"));
  EXPECT_THAT(text, HasSubstr("7,000"));
  EXPECT_THAT(text, HasSubstr("[no stack]"));
  EXPECT_THAT(text, testing::Not(HasSubstr("CPU time")));
  const auto json = nlohmann::json::parse(json_report(*data));
  EXPECT_EQ(json["weight"]["id"], "instructions");
  EXPECT_EQ(json["hot_spots"][0]["rows"][0]["self_count"], 7000);
  EXPECT_EQ(json["hot_spots"][0]["all_count"], 10010);
  EXPECT_EQ(json["tree"]["all_count"], 10010);
  EXPECT_EQ(json["neighbours"]["self_count"], 7000);
}

}  // namespace
}  // namespace hone::report
