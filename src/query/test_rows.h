// For tests and the fuzzer of this room: rows in most tables, made of random numbers that are the
// same every time.
#pragma once

#include <random>

#include "profile/tables.h"

namespace hone::query {

inline constexpr int64_t kTestStart = 1'000'000'000;
inline constexpr uint32_t kTestThreads = 3, kTestSpanSites = 5;

// Span trees in the order of their ends, as recordings have them.
class SpanTrees {
 public:
  SpanTrees(profile::Tables& tables, uint32_t seed, uint32_t first_site)
      : tables_(tables), random_(seed), first_site_(first_site) {}

  // From `time` on; gives when the last ended.
  int64_t put(uint32_t thread, int64_t time, int trees) {
    for (int i = 0; i < trees; ++i) time = tree(thread, time + below(500), 0);
    return time;
  }
  int64_t below(uint64_t limit) { return static_cast<int64_t>(random_() % limit); }

 private:
  int64_t tree(uint32_t thread, int64_t begin, uint8_t depth) {
    int64_t time = begin + below(300);
    if (depth < 5) {
      for (int64_t children = below(4); children > 0; --children) {
        time = tree(thread, time + below(200), static_cast<uint8_t>(depth + 1));
      }
    }
    time += below(300);
    tables_.append(recording::SpanRow{
        .thread = ThreadId{thread},
        .end = TimeNs{kTestStart + time},
        .duration = DurationNs{time - begin},
        .site = SiteId{first_site_ + static_cast<uint32_t>(below(kTestSpanSites))},
        .depth = depth});
    return time;
  }
  profile::Tables& tables_;
  std::mt19937 random_;
  uint32_t first_site_;
};

struct TestSites {
  SiteId span{}, plot{}, message{}, lock{}, pool{}, frame{};
};

inline TestSites add_test_sites(profile::Tables& t) {
  const auto site = [&](std::string_view name, uint8_t kind) {
    const auto text = StringId{t.append(recording::StringRow{.text = name})};
    return SiteId{t.append(recording::SiteRow{.name = text, .kind = kind, .level = 3})};
  };
  TestSites out;
  out.span = site("AI::plan", 1);
  // Two places of one name; names that differ by case alone.
  for (const char* name : {"AI::tick", "Physics::step", "AI::plan", "ai::PLAN"})
    (void)site(name, 1);
  out.plot = site("entities", 2);
  out.message = site("it's <b>late</b>", 4);
  out.lock = site("queue", 6);
  out.pool = site("arena", 5);
  out.frame = site("frame", 3);
  return out;
}

// Of each kind one, at any time before `length`.
inline void add_test_marks(profile::Tables& t, const TestSites& sites, SpanTrees& random, int i,
                           int64_t length) {
  using namespace recording;
  const auto when = [&] {
    return TimeNs{kTestStart + random.below(static_cast<uint64_t>(length))};
  };
  const auto thread = [&] {
    return ThreadId{1 + static_cast<uint32_t>(random.below(kTestThreads))};
  };
  t.append(SampleRow{.time = when(),
                     .thread = thread(),
                     .stack = StackId{static_cast<uint32_t>(random.below(4))},
                     .weight = DurationNs{1000}});
  t.append(PlotRow{.thread = thread(), .time = when(), .site = sites.plot, .value = i / 4.0});
  t.append(MessageRow{.thread = thread(), .time = when(), .site = sites.message});
  t.append(FrameMarkRow{
      .thread = ThreadId{1}, .time = TimeNs{kTestStart + i * 100}, .site = sites.frame, .kind = 1});
  t.append(LockRow{.thread = thread(),
                   .end = when(),
                   .wait = DurationNs{0},
                   .hold = DurationNs{5},
                   .site = sites.lock,
                   .lock = 64});
  t.append(AllocationRow{.thread = thread(),
                         .time = when(),
                         .site = sites.pool,
                         .kind = 1,
                         .address = 16u * static_cast<uint32_t>(i),
                         .bytes = 8});
  const TimeNs begin = when();
  t.append(WaitRow{.time = begin,
                   .until = begin + DurationNs{40},
                   .thread = thread(),
                   .duration = DurationNs{40},
                   .count = 1,
                   .runnable = DurationNs{-1}});
  if (i % 16 != 0) return;
  t.append(SpanRow{.thread = thread(),
                   .end = begin + DurationNs{700},
                   .duration = DurationNs{700},
                   .site = sites.span,
                   .flags = i % 32 == 0 ? kSpanOpen : kSpanStray});
}

// `trees` of spans on each of three threads, and as many marks of each kind.
inline void add_test_rows(profile::Tables& t, uint32_t seed, int trees) {
  const TestSites sites = add_test_sites(t);
  SpanTrees spans(t, seed, raw(sites.span));
  int64_t time[kTestThreads + 1] = {};
  // Threads take turns in the file.
  for (int turn = 0; turn < 4; ++turn) {
    for (uint32_t thread = 1; thread <= kTestThreads; ++thread) {
      time[thread] = spans.put(thread, time[thread], trees / 4);
    }
  }
  for (int i = 0; i < trees; ++i) add_test_marks(t, sites, spans, i, time[1] + 1);
}

// Numbers that a damaged file may hold, into one cell in eight.
inline void damage(profile::Tables& t, uint32_t seed) {
  std::mt19937 random(seed);
  const auto hit = [&](auto& value) {
    if (random() % 8 != 0) return;
    constexpr uint64_t kValues[] = {0, 1, 7, ~uint64_t{0}, uint64_t{1} << 63, uint64_t{1} << 31};
    using Value = std::remove_reference_t<decltype(value)>;
    value = static_cast<Value>(kValues[random() % std::size(kValues)]);
  };
  for (size_t table = 1; table < t.columns.size(); ++table) {
    const recording::TableSpec& spec = recording::spec_of(static_cast<recording::Table>(table));
    for (size_t c = 0; c < t.columns[table].columns.size(); ++c) {
      // The end offsets of texts are the reader's word.
      if (spec.columns[c].type == recording::ColumnType::kBytes) continue;
      for (uint64_t& number : t.columns[table].columns[c].numbers) hit(number);
    }
  }
  for (size_t i = 0; i < t.samples.size(); ++i) {
    hit(t.samples.time[i]);
    hit(t.samples.thread[i]);
    hit(t.samples.stack[i]);
    hit(t.samples.weight_ns[i]);
    hit(t.samples.end[i]);
  }
  // Those of spans are looked at as they are appended.
  for (int i = 0; i < 100; ++i) {
    recording::SpanRow row{.thread = ThreadId{static_cast<uint32_t>(random() % 4)},
                           .end = TimeNs{kTestStart + static_cast<int64_t>(random() % 9000)},
                           .duration = DurationNs{static_cast<int64_t>(random() % 9000)},
                           .site = SiteId{static_cast<uint32_t>(random() % 9)},
                           .depth = static_cast<uint8_t>(random() % 7)};
    hit(row.thread);
    hit(row.end);
    hit(row.duration);
    hit(row.site);
    hit(row.depth);
    hit(row.flags);
    t.append(row);
  }
}

}  // namespace hone::query
