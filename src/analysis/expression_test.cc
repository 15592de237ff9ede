#include "analysis/expression.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/derived_plots.h"
#include "analysis/spans.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

double value_of(std::string_view text, std::vector<double> values = {}) {
  const auto parsed = Expression::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return parsed ? parsed->value(values) : NAN;
}

TEST(Expression, ComputesAsPeopleDo) {
  EXPECT_EQ(value_of("1 + 2 * 3"), 7);
  EXPECT_EQ(value_of("(1 + 2) * 3"), 9);
  EXPECT_EQ(value_of("8 - 3 - 2"), 3);
  EXPECT_EQ(value_of("8 / 4 / 2"), 1);
  EXPECT_EQ(value_of("-2 * -(3 - 1)"), 4);
  EXPECT_EQ(value_of(" 1.5e3/ .5 "), 3000);
}

TEST(Expression, NamesAreTakenOnceEach) {
  const auto parsed = Expression::parse("A::hits / (A::hits + 'cache misses') * x2.y");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->names(), (std::vector<std::string>{"A::hits", "cache misses", "x2.y"}));
  EXPECT_EQ(parsed->value(std::vector<double>{30, 10, 2}), 1.5);
}

TEST(Expression, WhatCannotBeComputedIsNoNumber) {
  EXPECT_TRUE(std::isnan(value_of("a / a", {0})));
  EXPECT_TRUE(std::isinf(value_of("1 / a", {0})));
}

TEST(Expression, MistakesAreToldWithTheirPlace) {
  const auto error_of = [](std::string_view text) {
    const auto parsed = Expression::parse(text);
    EXPECT_FALSE(parsed) << text;
    return parsed ? "" : parsed.error().message;
  };
  EXPECT_EQ(error_of("hits +"), "character 7: a name, a number or ( is expected, not the end");
  EXPECT_EQ(error_of("(hits"), "character 6: a closing parenthesis is expected");
  EXPECT_EQ(error_of("hits misses"), "character 6: +, -, * or / is expected");
  EXPECT_EQ(error_of("2x"), "character 2: a name begins with a letter");
  for (const char* wrong : {"", "()", "1 +* 2", "'a", "''", "a %% b", "1)", "*", "--"}) {
    EXPECT_NE(error_of(wrong), "") << wrong;
  }
  EXPECT_NE(error_of(std::string(1000, '(')), "");
  EXPECT_NE(error_of(std::string(1000, '-') + "1"), "");
  EXPECT_NE(error_of(std::string(5000, '1')), "");
}

TEST(Expression, DeepNestingIsComputed) {
  std::string text;
  for (int i = 0; i < Expression::kNestingMax - 1; ++i) text += "1+2*(";
  text += "1" + std::string(Expression::kNestingMax - 1, ')');
  EXPECT_GT(value_of(text), 0);
}

class DerivedPlotsTest : public testing::Test {
 protected:
  DerivedPlotsTest() : tables_(profile::tables_of_text("main 1")) {}
  void plot(std::string_view name, int64_t time, double value) {
    const auto text = StringId{tables_.append(recording::StringRow{.text = name})};
    const auto site =
        SiteId{tables_.append(recording::SiteRow{.name = text, .kind = 2, .level = 3})};
    tables_.append(recording::PlotRow{
        .thread = ThreadId{1}, .time = TimeNs{time}, .site = site, .value = value});
  }
  Selection rule(std::string_view expression) {
    Selection out;
    out.plots.push_back({"rate", "%", *Expression::parse(expression)});
    return out;
  }
  profile::Profile profile() { return std::move(*profile::Loader::build(tables_, nullptr)); }
  profile::Tables tables_;
};

TEST_F(DerivedPlotsTest, TheLastValueOfEachHolds) {
  plot("hits", 10, 0);
  plot("misses", 12, 0);  // 0 / 0: no value
  plot("hits", 20, 3);
  plot("misses", 30, 1);
  plot("hits", 40, 9);
  plot("hits", 40, 7);  // of one moment the last
  const auto plots = derived_plots(profile(), rule("100 * hits / (hits + misses)"));
  ASSERT_EQ(plots.size(), 1u);
  EXPECT_EQ(plots[0].missing, "");
  EXPECT_EQ(plots[0].time, (std::vector<TimeNs>{TimeNs{20}, TimeNs{30}, TimeNs{40}}));
  EXPECT_EQ(plots[0].value, (std::vector<double>{100, 75, 87.5}));
}

TEST_F(DerivedPlotsTest, OfASelectionWithWhatHeldBefore) {
  plot("hits", 10, 5);
  plot("misses", 20, 5);
  plot("hits", 30, 15);
  Selection selection = rule("hits / (hits + misses)");
  selection.time_first = TimeNs{25};
  const auto plots = derived_plots(profile(), selection);
  EXPECT_EQ(plots[0].value, std::vector<double>{0.75});
}

TEST_F(DerivedPlotsTest, WhatIsMissingIsNamedAndReportsMarkThem) {
  plot("hits", 10, 5);
  Selection selection = rule("hits / misses");
  selection.plots.push_back({"twice", "", *Expression::parse("hits * 2")});
  const SpanReport report = span_report(profile(), selection, {});
  ASSERT_EQ(report.plots.size(), 2u);
  EXPECT_EQ(report.plots[0].expression, "");
  EXPECT_EQ(report.plots[1].name, "twice");
  EXPECT_EQ(report.plots[1].expression, "hits * 2");
  EXPECT_EQ(report.plots[1].last, 10);
  ASSERT_EQ(report.plots_missing.size(), 1u);
  EXPECT_EQ(report.plots_missing[0].second, "misses");
}

}  // namespace
}  // namespace hone::analysis
