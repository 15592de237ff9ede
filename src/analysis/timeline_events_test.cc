#include "analysis/timeline_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "analysis/event_detail.h"
#include "analysis/span_matches.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using namespace recording;
using profile::Profile;
using Lines = std::vector<std::string>;

constexpr int64_t kStart = 1'000'000'000;

class Drawn {
 public:
  explicit Drawn(std::string_view text) : tables_(profile::tables_of_text(text)) {}
  StringId string(std::string_view text) {
    return StringId{tables_.append(StringRow{.text = text})};
  }
  SiteId site(std::string_view name) {
    return SiteId{tables_.append(SiteRow{.name = string(name), .kind = 1})};
  }
  template <class Row>
  void put(const Row& row) {
    tables_.append(row);
  }
  void span(uint32_t thread, SiteId site, uint8_t depth, int64_t from, int64_t to) {
    put(SpanRow{.thread = ThreadId{thread},
                .end = TimeNs{kStart + to},
                .duration = DurationNs{to - from},
                .site = site,
                .depth = depth});
  }
  Profile load() {
    auto loaded = profile::Loader::build(std::move(tables_), nullptr);
    EXPECT_TRUE(loaded);
    return std::move(*loaded);
  }

 private:
  profile::Tables tables_;
};

// frame(step(draw) draw) frame(step), with a message, an argument, a wait and a flow to another
// thread.
Profile two_frames() {
  Drawn drawn(R"(
    @meta run.start_ns 1000000000
    @meta run.wall_ns 100000
    @process app pid=7
    @thread main process=app tid=7 start_ns=1000000000 end_ns=1000100000
    @thread io process=app tid=8 start_ns=1000000000 end_ns=1000100000
    main;work 1 time=1000005000 weight=1000
    main;work;copy 1 time=1000015000 weight=2000
    main;rest 1 time=1000090000 weight=4000
  )");
  const SiteId frame = drawn.site("frame"), step = drawn.site("step"), draw = drawn.site("draw");
  const SiteId note = drawn.site("note"), job = drawn.site("job"), send = drawn.site("send");
  drawn.span(1, draw, 2, 4'000, 8'000);     // 0
  drawn.span(1, step, 1, 1'000, 10'000);    // 1
  drawn.span(1, draw, 1, 20'000, 30'000);   // 2
  drawn.span(1, frame, 0, 0, 40'000);       // 3
  drawn.span(1, step, 1, 60'000, 70'000);   // 4
  drawn.span(1, frame, 0, 50'000, 80'000);  // 5
  drawn.span(2, job, 0, 32'000, 90'000);    // 6
  drawn.put(MessageRow{.thread = ThreadId{1}, .time = TimeNs{kStart + 5'000}, .site = note});
  drawn.put(SpanArgumentRow{.thread = ThreadId{1},
                            .time = TimeNs{kStart + 20'000},
                            .site = draw,
                            .key = drawn.string("count"),
                            .type = 2,
                            .value = 42});
  drawn.put(WaitRow{.time = TimeNs{kStart + 22'000},
                    .until = TimeNs{kStart + 26'000},
                    .thread = ThreadId{1},
                    .duration = DurationNs{4'000},
                    .count = 1,
                    .runnable = DurationNs{1'000},
                    .place = drawn.string("futex_wait_queue"),
                    .waker = ThreadId{2}});
  for (const auto& [thread, time, kind] : {std::tuple{1u, 25'000, 3}, {2u, 35'000, 4}}) {
    drawn.put(FlowRow{.thread = ThreadId{thread},
                      .time = TimeNs{kStart + time},
                      .site = send,
                      .id = 9,
                      .kind = static_cast<uint8_t>(kind)});
  }
  return drawn.load();
}

std::string text_of(const std::optional<TimelineEvent>& event) {
  if (!event) return "none";
  return event->track->id + " " + std::to_string(event->number) + " " + event->name;
}

std::string inside_text(const std::vector<InsideSpan>& rows) {
  std::string out;
  for (const InsideSpan& row : rows) {
    out += (out.empty() ? "" : ", ") + row.name + " " + std::to_string(row.ns) + " x" +
           std::to_string(row.count);
  }
  return out;
}

class TimelineEventsTest : public testing::Test {
 protected:
  TimelineEvent at(std::string_view track, uint64_t number) const {
    const auto event = event_at(timeline_, *timeline_.find(track), number);
    EXPECT_TRUE(event);
    return event ? *event : TimelineEvent{};
  }
  std::string go(uint64_t number, EventStep step) const {
    return text_of(event_step(timeline_, at("spans:1", number), step));
  }
  Profile profile_ = two_frames();
  Timeline timeline_{profile_, {}, 1'000'000};
};

TEST_F(TimelineEventsTest, StepsGoAlongUpAndDown) {
  EXPECT_EQ(go(1, EventStep::kNext), "spans:1 2 draw");
  EXPECT_EQ(go(2, EventStep::kPrevious), "spans:1 1 step");
  EXPECT_EQ(go(2, EventStep::kNext), "spans:1 4 step");
  EXPECT_EQ(go(5, EventStep::kNext), "none");
  EXPECT_EQ(go(0, EventStep::kParent), "spans:1 1 step");
  EXPECT_EQ(go(2, EventStep::kParent), "spans:1 3 frame");
  EXPECT_EQ(go(3, EventStep::kParent), "none");
  EXPECT_EQ(go(3, EventStep::kChild), "spans:1 1 step");
  EXPECT_EQ(go(1, EventStep::kChild), "spans:1 0 draw");
  EXPECT_EQ(go(5, EventStep::kChild), "spans:1 4 step");
  EXPECT_EQ(go(2, EventStep::kChild), "none");
  EXPECT_EQ(go(0, EventStep::kNextSame), "spans:1 2 draw");
  EXPECT_EQ(go(2, EventStep::kNextSame), "none");
  EXPECT_EQ(go(4, EventStep::kPreviousSame), "spans:1 1 step");
  EXPECT_EQ(go(1, EventStep::kSlowestSame), "spans:1 4 step");
  EXPECT_EQ(go(5, EventStep::kSlowestSame), "spans:1 3 frame");
}

TEST_F(TimelineEventsTest, NumbersThatAreNoneGiveNothing) {
  const TimelineTrack& spans = *timeline_.find("spans:1");
  EXPECT_FALSE(event_at(timeline_, spans, 6));  // of the other thread
  EXPECT_FALSE(event_at(timeline_, spans, UINT64_MAX));
  EXPECT_FALSE(event_at(timeline_, *timeline_.find("samples:1"), 3));
  EXPECT_FALSE(event_at(timeline_, *timeline_.find("thread:1"), 0));
  EXPECT_FALSE(event_at(timeline_, *timeline_.find("load"), 0));
  EXPECT_FALSE(event_at(timeline_, *timeline_.find("messages"), 1));
}

TEST_F(TimelineEventsTest, ASpanIsDescribed) {
  const EventDetail frame = event_detail(timeline_, at("spans:1", 3));
  EXPECT_EQ(frame.self_ns, 40'000 - 19'000);
  EXPECT_EQ(inside_text(frame.children), "draw 10000 x1, step 9000 x1");
  EXPECT_EQ(frame.samples, 2u);
  ASSERT_EQ(frame.functions.size(), 2u);
  EXPECT_EQ(frame.functions[0].ns, 2000);
  EXPECT_EQ(inside_text(frame.waits),
            "blocked: lock (futex) 3000 x1, runnable: waiting for a CPU 1000 x1");
  ASSERT_EQ(frame.messages.size(), 1u);
  EXPECT_EQ(frame.messages[0].name, "note");
  EXPECT_TRUE(frame.flows.empty());  // it is of the span inside
  const EventDetail draw = event_detail(timeline_, at("spans:1", 2));
  EXPECT_EQ(text_of(draw.parent), "spans:1 3 frame");
  ASSERT_EQ(draw.arguments.size(), 1u);
  EXPECT_EQ(draw.arguments[0], (std::pair<std::string, std::string>{"count", "42"}));
  ASSERT_EQ(draw.flows.size(), 1u);
  EXPECT_TRUE(draw.flows[0].is_out);
  EXPECT_EQ(text_of(draw.flows[0].other), "spans:2 6 job");
  const EventDetail job = event_detail(timeline_, at("spans:2", 6));
  ASSERT_EQ(job.flows.size(), 1u);
  EXPECT_FALSE(job.flows[0].is_out);
  EXPECT_EQ(text_of(job.flows[0].other), "spans:1 2 draw");
}

TEST_F(TimelineEventsTest, AWaitSaysWhoEndedIt) {
  const TimelineEvent wait = at("state:1", 1);
  EXPECT_EQ(wait.name, "blocked: lock (futex)");
  const EventDetail detail = event_detail(timeline_, wait);
  EXPECT_EQ(detail.waker, ThreadId{2});
  EXPECT_EQ(text_of(detail.parent), "spans:1 2 draw");
  EXPECT_FALSE(detail.waker_event);  // the other thread was in no span yet
  EXPECT_EQ(event_detail(timeline_, at("state:1", 0)).waker, ThreadId::kNone);
}

TEST_F(TimelineEventsTest, TimesAndMatchesOfAName) {
  const SiteSet draw = sites_of_name(profile_, "draw");
  Durations times = span_times(timeline_, draw, 2);
  EXPECT_EQ(longer_than(times, 4'000), 1u);
  EXPECT_EQ(longer_than(times, 10'000), 0u);
  EXPECT_EQ(times.distribution().count, 2u);
  const auto starts = [&](const SpanQuestion& question, uint64_t count) {
    const SpanMatches found = find_spans(timeline_, draw, question, 2);
    EXPECT_EQ(found.count, count);
    std::vector<int64_t> out;
    for (const TimelineEvent& event : found.events) out.push_back(raw(event.start) - kStart);
    return out;
  };
  using Times = std::vector<int64_t>;
  EXPECT_EQ(starts({}, 2), (Times{4'000, 20'000}));
  EXPECT_EQ(starts({.from = TimeNs{kStart + 4'001}}, 2), (Times{20'000}));
  EXPECT_EQ(starts({.from = TimeNs{kStart + 50'000}, .backward = true}, 2), (Times{20'000, 4'000}));
  EXPECT_EQ(starts({.most = 1}, 2), (Times{4'000}));
  EXPECT_EQ(starts({.last = TimeNs{kStart + 19'999}}, 1), (Times{4'000}));
  EXPECT_EQ(starts({.threads = {0, 0, 1}}, 0), (Times{}));
  EXPECT_EQ(count_spans(timeline_, {}, TimeNs{kStart + 8'000}, TimeNs{kStart + 40'000}), 4u);
  EXPECT_EQ(count_spans(timeline_, {0, 0, 1}, TimeNs{INT64_MIN}, TimeNs{INT64_MAX}), 1u);
}

// Against all rows, over many spans of several threads.
TEST(SpanMatches, OfManySpansAreThoseThatALookAtAllFinds) {
  Drawn drawn("@thread a tid=1\n@thread b tid=2\n@thread c tid=3\nmain 1 thread=a time=1000000000");
  std::mt19937_64 random(4);
  for (int i = 0; i < 90; ++i) drawn.site("site " + std::to_string(i % 70));
  struct Row {
    uint32_t thread, site;
    int64_t from, to;
  };
  std::vector<Row> rows;
  for (uint32_t thread = 1; thread <= 3; ++thread) {
    int64_t time = 0;
    for (int i = 0; i < 6000; ++i) {
      const Row row{thread, static_cast<uint32_t>(1 + random() % 90), time,
                    time + static_cast<int64_t>(random() % 300)};
      time = row.to + static_cast<int64_t>(random() % 100);
      drawn.span(thread, SiteId{row.site}, 0, row.from, row.to);
      rows.push_back(row);
    }
  }
  const Profile p = drawn.load();
  const Timeline timeline(p, {}, 1);
  for (int round = 0; round < 60; ++round) {
    const std::string name = "site " + std::to_string(random() % 70);
    const SiteSet sites = sites_of_name(p, name);
    const auto any_time = [&] {
      return TimeNs{kStart + static_cast<int64_t>(random() % 1'200'000)};
    };
    SpanQuestion question{.first = any_time(), .from = any_time(), .backward = round % 2 == 0};
    question.last = question.first + DurationNs{static_cast<int64_t>(random() % 900'000)};
    question.most = 1 + random() % 20;
    if (round % 3 == 0) question.threads = {0, 1, 0, 1};
    uint64_t count = 0, ended = 0;
    std::vector<int64_t> starts;
    for (const Row& row : rows) {
      const TimeNs from{kStart + row.from}, to{kStart + row.to};
      if (!question.threads.empty() && question.threads[row.thread] == 0) continue;
      ended += to >= question.first && to <= question.last;
      if (!sites.has[row.site] || to < question.first || from > question.last) continue;
      ++count;
      if (question.backward ? from < question.from : from >= question.from) {
        starts.push_back(raw(from));
      }
    }
    std::sort(starts.begin(), starts.end());
    if (question.backward) std::reverse(starts.begin(), starts.end());
    starts.resize(std::min(starts.size(), question.most));
    const SpanMatches found = find_spans(timeline, sites, question, 2);
    EXPECT_EQ(found.count, count);
    std::vector<int64_t> got;
    for (const TimelineEvent& event : found.events) {
      EXPECT_EQ(event.name, name);
      got.push_back(raw(event.start));
    }
    EXPECT_EQ(got, starts);
    EXPECT_EQ(count_spans(timeline, question.threads, question.first, question.last), ended);
  }
}

}  // namespace
}  // namespace hone::analysis
