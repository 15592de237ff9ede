#include "exchange/span_order.h"

#include <gmock/gmock.h>

#include <random>

#include "exchange/test_support.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;

// "name depth start-end" of all nested spans, in their order.
struct Seen {
  std::vector<std::string> nested;
  size_t strays = 0;
};
Seen seen(MadeProfile& made) {
  Seen out;
  const profile::Profile& p = made.profile();
  profile::SpanReader spans(p.instrumentation().spans);
  for (const auto& part : spans.threads()) {
    for_each_span(
        spans, part,
        [&](const NestedSpan& span) {
          const auto& site = p.instrumentation().sites[raw(spans.site(span.index))];
          out.nested.push_back(std::string(p.string(site.name)) + " " + std::to_string(span.depth) +
                               " " + std::to_string(raw(span.start) - kStart) + "-" +
                               std::to_string(raw(span.end) - kStart));
        },
        [&](size_t) { ++out.strays; });
  }
  return out;
}

TEST(SpanOrder, OuterOnesStandBeforeThoseInside) {
  MadeProfile made;
  const SiteId a = made.site("a"), b = made.site("b"), c = made.site("c");
  made.span(c, 20, 30, 2);
  made.span(b, 10, 40, 1);
  made.span(b, 50, 60, 1);
  made.span(a, 0, 100, 0);
  made.span(a, 200, 300, 0);
  EXPECT_THAT(seen(made).nested,
              ElementsAre("a 0 0-100", "b 1 10-40", "c 2 20-30", "b 1 50-60", "a 0 200-300"));
}

TEST(SpanOrder, EqualStampsAreToldApartByDepth) {
  MadeProfile made;
  const SiteId a = made.site("a"), b = made.site("b"), c = made.site("c");
  made.span(c, 5, 5, 2);
  made.span(c, 5, 5, 2);
  made.span(b, 5, 5, 1);
  made.span(a, 5, 5, 0);
  made.span(b, 5, 5, 1);
  made.span(a, 5, 9, 0);
  EXPECT_THAT(seen(made).nested,
              ElementsAre("a 0 5-5", "b 1 5-5", "c 2 5-5", "c 2 5-5", "a 0 5-9", "b 1 5-5"));
}

TEST(SpanOrder, WhatIsAroundMayBeMissing) {
  MadeProfile made;
  const SiteId a = made.site("a"), b = made.site("b");
  made.span(b, 10, 20, 3);  // those around it were open when the recording ended
  made.span(b, 30, 40, 5);
  made.span(a, 25, 50, 4);
  const Seen got = seen(made);
  EXPECT_THAT(got.nested, ElementsAre("b 0 10-20", "a 0 25-50", "b 1 30-40"));
  EXPECT_EQ(got.strays, 0u);
}

TEST(SpanOrder, StampsThatStickOutALittleAreCut) {
  MadeProfile made;
  const SiteId a = made.site("a"), b = made.site("b");
  made.span(b, 999'990, 1'000'500, 1);
  made.span(b, 1'000'490, 1'002'010, 1);
  made.span(a, 1'000'000, 1'002'000, 0);
  const Seen got = seen(made);
  EXPECT_EQ(got.strays, 0u);
  EXPECT_THAT(got.nested,
              ElementsAre("a 0 1000000-1002000", "b 1 1000000-1000500", "b 1 1000500-1002000"));
}

TEST(SpanOrder, WhatContradictsTheOthersIsNotNested) {
  MadeProfile made;
  const SiteId a = made.site("a"), b = made.site("b");
  made.span(b, 0, 1'500'000, 1);
  made.span(a, 1'000'000, 2'000'000, 0);
  const Seen got = seen(made);
  EXPECT_THAT(got.nested, ElementsAre("a 0 1000000-2000000"));
  EXPECT_EQ(got.strays, 1u);
}

// Of anything at all: each span is told once, and what is told to nest does.
TEST(SpanOrder, NestsWhateverIsRecorded) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    MadeProfile made;
    const SiteId site = made.site("a");
    const int count = 1 + static_cast<int>(random() % 60);
    int64_t time = 0;
    for (int i = 0; i < count; ++i) {
      time += random() % 4 == 0 ? static_cast<int64_t>(random() % 5'000'000) : 0;
      const int64_t end = random() % 8 == 0 ? static_cast<int64_t>(random() % 9'000'000) : time;
      made.span(site, end - std::min<int64_t>(end, static_cast<int64_t>(random() % 4'000'000)), end,
                random() % 5 == 0 ? static_cast<uint8_t>(random()) : random() % 4);
    }
    profile::SpanReader spans(made.profile().instrumentation().spans);
    std::vector<NestedSpan> open;
    TimeNs last{};
    int told = 0;
    for_each_span(
        spans, spans.threads()[0],
        [&](const NestedSpan& span) {
          ++told;
          ASSERT_LE(span.depth, open.size());
          ASSERT_GE(span.start, last);
          ASSERT_LE(span.start, span.end);
          while (open.size() > span.depth) {
            ASSERT_LE(open.back().end, span.start);
            open.pop_back();
          }
          if (!open.empty()) {
            ASSERT_GE(span.start, open.back().start);
            ASSERT_LE(span.end, open.back().end);
          }
          open.push_back(span);
          last = span.start;
        },
        [&](size_t) { ++told; });
    EXPECT_EQ(told, count);
  }
}

}  // namespace
}  // namespace hone::exchange
