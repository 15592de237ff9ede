// From what a program writes to what a recording says of it. This program is instrumented itself.
#define HONE_ENABLE
#include "drain/span_rows.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <random>
#include <set>
#include <tuple>

#include "base/host/file.h"
#include "guest/runtime/runtime.h"
#include "hone/describe.h"
#include "hone/hone.h"
#include "recording/reader.h"

namespace hone::drain {
namespace {

using recording::Builder;
using recording::SpanRow;
using recording::Writer;

class TempRecording {
 public:
  TempRecording() : path_(::testing::TempDir() + "span_rows_" + std::to_string(::getpid())) {}
  ~TempRecording() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<SpanRow> spans_of(const recording::Reader& reader) {
  std::vector<SpanRow> out;
  EXPECT_TRUE(reader.for_each<SpanRow>([&](const SpanRow& row) { out.push_back(row); }));
  return out;
}

// Made up: nested spans of a thread, in the order of their ends, with all that is rare.
struct MadeSpan {
  uint64_t start, end;
  uint32_t site;
  uint8_t depth;
  bool stray;
};

void make_nested(std::mt19937_64& random, uint64_t& now, uint8_t depth,
                 std::vector<MadeSpan>& out) {
  const uint64_t start = now;
  now += random() % 100;
  for (uint64_t i = 0; depth < 6 && i < random() % 4; ++i) make_nested(random, now, depth + 1, out);
  now += random() % 1000 == 0 ? random() % (uint64_t{1} << 36) : random() % 300;
  out.push_back({start, now, static_cast<uint32_t>(random() % 40 + 1), depth, random() % 50 == 0});
}

std::vector<hone_slot> slots_of(const std::vector<MadeSpan>& spans) {
  std::vector<hone_slot> out;
  for (const MadeSpan& span : spans) {
    const uint64_t duration = span.end - span.start;
    if (span.stray || duration >> 32 != 0) {
      out.push_back({span.end, hone_word(HONE_TYPE_WIDE, span.depth, span.site,
                                         span.stray ? HONE_WIDE_STRAY : 0)});
      out.push_back({span.start, hone_word(HONE_TYPE_REST, 0, 0, 0)});
    } else {
      out.push_back({span.end, hone_word(HONE_TYPE_SPAN, span.depth, span.site, duration)});
    }
  }
  return out;
}

class Encoder : public ::testing::TestWithParam<double> {};
INSTANTIATE_TEST_SUITE_P(TicksPerStep, Encoder, ::testing::Values(1.0, 25.96, 2.0));

// Times to half a step, and what is nested stays nested, whichever way they were rounded.
TEST_P(Encoder, SpansComeBackAsTheyWere) {
  const double step = GetParam();
  constexpr double kNsPerTick = 0.385;
  std::mt19937_64 random(11);
  uint64_t now = uint64_t{1} << 50;
  const uint64_t begin = now;
  std::vector<MadeSpan> made;
  while (made.size() < 20'000) make_nested(random, now, 0, made);
  const TempRecording file;
  SpanEncoder::Bodies bodies;
  {
    auto writer = Writer::create(file.path(), {});
    ASSERT_TRUE(writer);
    SpanEncoder encoder(step);
    const auto site_of = [](uint32_t site) { return SiteId{site + 1000}; };
    const std::vector<hone_slot> slots = slots_of(made);
    // Large chunks and small ones, and a record that is cut off between two of them never comes.
    for (size_t at = 0; at < slots.size();) {
      size_t count = std::min<size_t>(slots.size() - at, random() % 3000 + 1);
      if (at + count < slots.size() && type_of(slots[at + count].second) == HONE_TYPE_REST) ++count;
      encoder.add(std::span(slots).subspan(at, count), site_of);
      at += count;
      if (random() % 3 == 0 || at == slots.size()) {
        encoder.put(*writer, ThreadId{7}, {begin, TimeNs{5'000'000'000}, kNsPerTick}, bodies);
      }
    }
    ASSERT_TRUE(writer->finish());
  }
  const auto reader = recording::Reader::open(file.path());
  ASSERT_TRUE(reader);
  const std::vector<SpanRow> got = spans_of(*reader);
  ASSERT_EQ(got.size(), made.size());
  for (size_t i = 0; i < got.size(); ++i) {
    const MadeSpan& span = made[i];
    const auto ns = [&](uint64_t ticks) {
      return 5e9 + static_cast<double>(ticks - begin) * kNsPerTick;
    };
    // A step is known to a part in 10^9, and a chunk is of a second mostly.
    const double slack = step * kNsPerTick / 2 + 2 + 1e-9 * (ns(span.end) - ns(begin));
    ASSERT_EQ(raw(got[i].site), span.site + 1000);
    ASSERT_EQ(got[i].depth, span.depth);
    ASSERT_EQ(got[i].flags, span.stray ? recording::kSpanStray : 0);
    ASSERT_EQ(got[i].thread, ThreadId{7});
    ASSERT_NEAR(static_cast<double>(raw(got[i].end)), ns(span.end), slack);
    ASSERT_NEAR(static_cast<double>(raw(got[i].end) - raw(got[i].duration)), ns(span.start), slack);
  }
}

class Rows : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = SpanRings::open(base::UniqueFd{::dup(runtime::memory.descriptor)});
    ASSERT_TRUE(opened) << opened.error().message;
    rings_.emplace(std::move(*opened));
    ASSERT_TRUE(rings_->own(::getpid()));
    rings_->ask(UINT64_MAX, "", "");
    { HONE_SPAN("the first looks at what is asked"); }
    rings_->read([](SpanBatch&) { return true; });
  }
  void TearDown() override { rings_->stop(); }

  std::optional<SpanRings> rings_;
  TickClock clock_;
  SiteIds sites_;
  TempRecording file_;
};

__attribute__((noinline)) void marked(int depth, int number) {
  HONE_SPAN("marked", "number", number, "name", depth % 2 ? "odd" : "even");
  if (depth > 0) marked(depth - 1, number * 2);
  { HONE_SPAN("plain"); }
  if (depth > 1) marked(depth - 2, number * 2 + 1);
}

TEST_F(Rows, ArgumentsBearTheStartOfTheirSpan) {
  const auto thread_of = [](const SpanThread&, TimeNs) { return ThreadId{1}; };
  {
    HONE_SPAN("open at the end", "left", 3);
    auto writer = Writer::create(file_.path(), {});
    ASSERT_TRUE(writer);
    Builder builder(std::move(*writer));
    SpanRows rows(*rings_, &clock_, sites_);
    rows.begin(builder);
    for (int i = 0; i < 300; ++i) {
      marked(i % 5, i);
      if (i % 40 == 0) {
        clock_.update();
        rings_->read([&](SpanBatch& batch) {
          rows.put(batch, thread_of);
          return true;
        });
      }
      if (i % 100 == 0) rows.flush();
    }
    rings_->read([&](SpanBatch& batch) {
      rows.put(batch, thread_of);
      return true;
    });
    rows.flush();
    clock_.update();
    rows.put_open(clock_.line().time, thread_of);
    ASSERT_TRUE(builder.writer().finish());
  }
  const auto reader = recording::Reader::open(file_.path());
  ASSERT_TRUE(reader);
  std::map<uint32_t, std::string> strings, names;
  uint32_t id = 0;
  ASSERT_TRUE(reader->for_each<recording::StringRow>(
      [&](const recording::StringRow& row) { strings[++id] = row.text; }));
  id = 0;
  ASSERT_TRUE(reader->for_each<recording::SiteRow>(
      [&](const recording::SiteRow& row) { names[++id] = strings[raw(row.name)]; }));
  using Key = std::tuple<int64_t, SiteId>;
  std::set<Key> with;
  size_t arguments = 0;
  ASSERT_TRUE(
      reader->for_each<recording::SpanArgumentRow>([&](const recording::SpanArgumentRow& row) {
        with.insert({raw(row.time), row.site});
        ++arguments;
      }));
  size_t marked_count = 0, open = 0;
  for (const SpanRow& row : spans_of(*reader)) {
    const bool is_open = row.flags == recording::kSpanOpen;
    if (names[raw(row.site)] == "plain") continue;
    marked_count += !is_open;
    open += is_open;
    EXPECT_TRUE(with.contains(Key{raw(row.end) - raw(row.duration), row.site}));
  }
  EXPECT_EQ(open, 1u);
  EXPECT_GT(marked_count, 1000u);
  EXPECT_EQ(arguments, 2 * marked_count + 1);
}

// Of three spans that are open at once the outer ones are told of after the inner one was, and
// given another name then.
TEST_F(Rows, WhatIsSaidOfOuterSpansLateIsTheirs) {
  constexpr int kTimes = 50;
  const auto thread_of = [](const SpanThread&, TimeNs) { return ThreadId{1}; };
  static hone_site places[3] = {};
  for (int i = 0; i < 3; ++i) {
    places[i].name = i == 0 ? "outer" : i == 1 ? "middle" : "inner";
    places[i].keys = HONE_SPAN_KEYS;
    places[i].kind = HONE_SITE_SPAN;
    places[i].level = HONE_LEVEL_INFO;
  }
  auto writer = Writer::create(file_.path(), {});
  ASSERT_TRUE(writer);
  Builder builder(std::move(*writer));
  SpanRows rows(*rings_, &clock_, sites_);
  rows.begin(builder);
  for (int time = 0; time < kTimes; ++time) {
    hone_scope scopes[3];
    for (int i = 0; i < 3; ++i) {
      scopes[i] = hone_begin(&places[i]);
      hone_span_value(scopes[i].thread, scopes[i].start, scopes[i].site, 1);
    }
    for (int i : {2, 0, 1, 0}) {
      hone_span_text(scopes[i].thread, scopes[i].start, scopes[i].site, "said", 4);
    }
    hone_span_renamed(scopes[0].thread, scopes[0].start, scopes[0].site, "renamed", 7);
    hone_span_recolored(scopes[0].thread, scopes[0].start, scopes[0].site, 0x102030);
    for (int i = 2; i >= 0; --i) hone_end(&scopes[i]);
  }
  clock_.update();
  rings_->read([&](SpanBatch& batch) {
    rows.put(batch, thread_of);
    return true;
  });
  rows.flush();
  ASSERT_TRUE(builder.writer().finish());
  const auto reader = recording::Reader::open(file_.path());
  ASSERT_TRUE(reader);
  std::map<uint32_t, std::string> strings, names;
  std::map<std::string, uint32_t> colors;
  uint32_t id = 0;
  ASSERT_TRUE(reader->for_each<recording::StringRow>(
      [&](const recording::StringRow& row) { strings[++id] = row.text; }));
  id = 0;
  ASSERT_TRUE(reader->for_each<recording::SiteRow>([&](const recording::SiteRow& row) {
    names[++id] = strings[raw(row.name)];
    colors[names[id]] = row.color;
  }));
  std::map<std::string, int> said;
  std::set<std::tuple<int64_t, SiteId>> with;
  ASSERT_TRUE(
      reader->for_each<recording::SpanArgumentRow>([&](const recording::SpanArgumentRow& row) {
        ++said[names[raw(row.site)] + " " + strings[raw(row.key)]];
        with.insert({raw(row.time), row.site});
      }));
  const std::map<std::string, int> expected = {
      {"renamed value", kTimes}, {"renamed text", 2 * kTimes}, {"middle value", kTimes},
      {"middle text", kTimes},   {"inner value", kTimes},      {"inner text", kTimes}};
  EXPECT_EQ(said, expected);
  EXPECT_EQ(colors["renamed"], 0x102030u);
  const std::vector<SpanRow> spans = spans_of(*reader);
  EXPECT_EQ(spans.size(), 3u * kTimes);
  for (const SpanRow& row : spans) {
    EXPECT_TRUE(with.contains({raw(row.end) - raw(row.duration), row.site}));
  }
}

}  // namespace
}  // namespace hone::drain
