#include "analysis/coverage.h"

#include <gtest/gtest.h>

#include "hone/layout.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

class CoverageTest : public testing::Test {
 protected:
  CoverageTest() : tables_(profile::tables_of_text("main 1")) {}
  SiteId site(std::string_view name, uint8_t kind) {
    const auto text = StringId{tables_.append(recording::StringRow{.text = name})};
    return SiteId{tables_.append(recording::SiteRow{.name = text, .kind = kind, .level = 3})};
  }
  void span(SiteId site, uint8_t flags = 0) {
    tables_.append(recording::SpanRow{.thread = ThreadId{1},
                                      .end = TimeNs{1'000'000'100},
                                      .duration = DurationNs{50},
                                      .site = site,
                                      .flags = flags});
  }
  Coverage covered(const std::vector<CoverageRule>& rules,
                   const std::vector<BuiltInPlace>& built_in = {}) {
    const auto profile = profile::Loader::build(tables_, nullptr);
    EXPECT_TRUE(profile);
    return coverage_of(*profile, {}, rules, built_in);
  }
  profile::Tables tables_;
};

TEST_F(CoverageTest, FiredBuiltInAndMissing) {
  const SiteId step = site("Physics::step", HONE_SITE_SPAN);
  span(step);
  span(step);
  span(site("Physics::open", HONE_SITE_SPAN), recording::kSpanOpen);
  tables_.append(recording::PlotRow{.thread = ThreadId{1},
                                    .time = TimeNs{1'000'000'000},
                                    .site = site("Physics::bodies", HONE_SITE_PLOT),
                                    .value = 1});
  const Coverage got =
      covered({{"Physics",
                {"Physics::step", "Physics::open", "Physics::never", "Physics::no"},
                {"Physics::bodies", "Physics::step"}}},
              {{"Physics::never", HONE_SITE_SPAN}});
  ASSERT_EQ(got.subsystems.size(), 1u);
  const auto& names = got.subsystems[0].names;
  ASSERT_EQ(names.size(), 6u);
  EXPECT_EQ(names[0].state, Covered::kFired);
  EXPECT_EQ(names[0].count, 2u);
  EXPECT_EQ(names[1].state, Covered::kFired);
  EXPECT_EQ(names[2].state, Covered::kBuiltIn);
  EXPECT_EQ(names[3].state, Covered::kMissing);
  EXPECT_EQ(names[4].state, Covered::kFired);
  EXPECT_EQ(names[5].state, Covered::kMissing);  // a span of that name is no plot
  EXPECT_EQ(got.fired, 3u);
  EXPECT_DOUBLE_EQ(got.share(), 0.5);
}

TEST_F(CoverageTest, APatternFiredWhenOneDid) {
  span(site("AI::plan", HONE_SITE_SPAN));
  const Coverage got =
      covered({{"AI", {"AI::*", "Audio::*", "Net::*"}, {}}}, {{"Audio::mix", HONE_SITE_SPAN}});
  EXPECT_EQ(got.subsystems[0].names[0].state, Covered::kFired);
  EXPECT_EQ(got.subsystems[0].names[1].state, Covered::kBuiltIn);
  EXPECT_EQ(got.subsystems[0].names[2].state, Covered::kMissing);
}

TEST_F(CoverageTest, AsynchronousSpansFireWhenTheyBegin) {
  tables_.append(recording::FlowRow{.thread = ThreadId{1},
                                    .time = TimeNs{1'000'000'000},
                                    .site = site("job", HONE_SITE_SPAN),
                                    .id = 1,
                                    .kind = 1});
  EXPECT_EQ(covered({{"Jobs", {"job"}, {}}}).fired, 1u);
}

TEST_F(CoverageTest, NothingAskedForIsCovered) {
  EXPECT_EQ(covered({}).share(), 1);
}

}  // namespace
}  // namespace hone::analysis
