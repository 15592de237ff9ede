#include "analysis/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "analysis/timeline_tiles.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using namespace recording;
using profile::Profile;
using profile::SpanWindow;
using Lines = std::vector<std::string>;

constexpr int64_t kMs = 1'000'000;

// A recording whose marks are put in by hand.
class Drawn {
 public:
  explicit Drawn(std::string_view text) : tables_(profile::tables_of_text(text)) {}

  StringId string(std::string_view text) {
    return StringId{tables_.append(StringRow{.text = text})};
  }
  SiteId site(std::string_view name, uint32_t color = 0) {
    return SiteId{tables_.append(SiteRow{.name = string(name), .kind = 1, .color = color})};
  }
  template <class Row>
  Drawn& put(const Row& row) {
    tables_.append(row);
    return *this;
  }
  Drawn& span(uint32_t thread, SiteId site, uint8_t depth, int64_t from, int64_t to,
              uint8_t flags = 0) {
    return put(SpanRow{.thread = ThreadId{thread},
                       .end = TimeNs{to},
                       .duration = DurationNs{to - from},
                       .site = site,
                       .depth = depth,
                       .flags = flags});
  }
  Profile load() {
    auto loaded = profile::Loader::build(std::move(tables_), nullptr);
    EXPECT_TRUE(loaded);
    return std::move(*loaded);
  }

 private:
  profile::Tables tables_;
};

Lines track_ids(const Timeline& timeline) {
  Lines out;
  for (const TimelineTrack& track : timeline.tracks()) out.push_back(track.id);
  return out;
}

// "depth start-end name xcount flags" a slice of one track, from the start of the recording.
Lines slices(const Timeline& timeline, std::string_view id, unsigned step, uint32_t buckets,
             int64_t from = 0) {
  const TimelineTrack* const track = timeline.find(id);
  EXPECT_NE(track, nullptr) << id;
  if (track == nullptr) return {};
  const SpanWindow window{
      .begin = timeline.start() + DurationNs{from}, .step = step, .buckets = buckets};
  const Tiles tiles = timeline_tiles(timeline, std::span(&track, 1), window, 2);
  Lines out;
  const TileSlices& all = tiles.slices;
  for (size_t i = 0; i < all.size(); ++i) {
    std::string line = std::to_string(all.depth[i]) + " " + std::to_string(all.start[i]) + "-" +
                       std::to_string(all.end[i]) + " " + tiles.names[all.name[i]];
    if (all.count[i] > 1) line += " x" + std::to_string(all.count[i]);
    for (const auto& [flag, text] : {std::pair{kSliceBeganBefore, " <"},
                                     {kSliceGoesOn, " >"},
                                     {kSliceOpen, " open"},
                                     {kSliceOverTarget, " slow"}}) {
      if ((all.flags[i] & flag) != 0) line += text;
    }
    out.push_back(line);
  }
  return out;
}

// "bucket least..most last xcount"
Lines values(const Timeline& timeline, std::string_view id, unsigned step, uint32_t buckets,
             int64_t from = 0) {
  const TimelineTrack* const track = timeline.find(id);
  EXPECT_NE(track, nullptr) << id;
  if (track == nullptr) return {};
  const SpanWindow window{
      .begin = timeline.start() + DurationNs{from}, .step = step, .buckets = buckets};
  const TileValues all = timeline_tiles(timeline, std::span(&track, 1), window, 2).values;
  Lines out;
  for (size_t i = 0; i < all.size(); ++i) {
    char line[128];
    snprintf(line, sizeof line, "%u %g..%g %g x%u", all.bucket[i], all.least[i], all.most[i],
             all.last[i], all.count[i]);
    out.push_back(line);
  }
  return out;
}

const char* const kTwoThreads = R"(
  @meta run.start_ns 1000000000
  @meta run.wall_ns 100000
  @meta host.cpu_count 2
  @process app pid=7
  @thread main process=app tid=7 start_ns=1000000000 end_ns=1000100000
  @thread io process=app tid=8 start_ns=1000000000 end_ns=1000100000
  main;work 1 time=1000010000 weight=10000 cpu=0
  main;work 1 time=1000020000 weight=10000 cpu=0
  main;rest 1 time=1000090000 weight=10000 cpu=1
  main;read 1 thread=io time=1000015000 weight=10000 cpu=1
)";

TEST(Timeline, HasTheTracksOfWhatIsThere) {
  Drawn drawn(kTwoThreads);
  const SiteId work = drawn.site("work"), frame = drawn.site("frame");
  drawn.span(1, work, 0, 1'000'000'100, 1'000'000'900);
  drawn.put(
      FrameMarkRow{.thread = ThreadId{1}, .time = TimeNs{1'000'000'000}, .site = frame, .kind = 1});
  drawn.put(
      FrameMarkRow{.thread = ThreadId{1}, .time = TimeNs{1'000'050'000}, .site = frame, .kind = 1});
  drawn.put(PlotRow{.thread = ThreadId{1},
                    .time = TimeNs{1'000'000'500},
                    .site = drawn.site("fps"),
                    .value = 60});
  drawn.put(MessageRow{
      .thread = ThreadId{2}, .time = TimeNs{1'000'000'700}, .site = drawn.site("hello")});
  const Profile p = drawn.load();
  const Timeline timeline(p, {}, kMs);
  EXPECT_EQ(track_ids(timeline),
            (Lines{"load", "frames:frame", "core:0", "core:1", "thread:1", "samples:1", "spans:1",
                   "thread:2", "samples:2", "plot:fps", "messages"}));
  EXPECT_EQ(raw(timeline.end()) - raw(timeline.start()), 100'000);
  EXPECT_EQ(timeline.find("spans:2"), nullptr);
  EXPECT_EQ(timeline.find("spans:1")->events, 1u);
  EXPECT_EQ(slices(timeline, "spans:1", 7, 1024), (Lines{"0 0-8 work"}));
  EXPECT_EQ(slices(timeline, "messages", 7, 1024), (Lines{"0 5-6 hello"}));
  EXPECT_EQ(slices(timeline, "frames:frame", 10, 1024), (Lines{"0 0-49 "}));
}

TEST(Timeline, OfNothingIsEmpty) {
  const Profile p = profile::profile_of_text("");
  const Timeline timeline(p, {}, kMs);
  EXPECT_TRUE(timeline.tracks().empty());
  EXPECT_EQ(timeline_tiles(timeline, {}, {.buckets = 1024}, 2).slices.size(), 0u);
}

TEST(Timeline, SamplesAreStripsOfWhatMostOfThemSaw) {
  const Profile p = profile::profile_of_text(kTwoThreads);
  const Timeline timeline(p, {}, kMs);
  EXPECT_EQ(slices(timeline, "samples:1", 14, 8), (Lines{"0 0-2 work x2", "0 5-6 rest"}));
  EXPECT_EQ(slices(timeline, "samples:2", 14, 8), (Lines{"0 0-1 read"}));
  EXPECT_EQ(slices(timeline, "core:0", 14, 8), (Lines{"0 0-2 main (7) x2"}));
  EXPECT_EQ(slices(timeline, "core:1", 14, 8), (Lines{"0 0-1 io (8)", "0 5-6 main (7)"}));
  // 20 us of main and 10 us of io in the first 32 us of two CPUs.
  EXPECT_EQ(values(timeline, "load", 15, 4),
            (Lines{"0 0.457764..0.457764 0.457764 x1", "1 0..0 0 x1",
                   "2 0.152588..0.152588 0.152588 x1", "3 0..0 0 x1"}));
}

TEST(Timeline, StatesAreWaitsAndWhatIsBetweenThem) {
  Drawn drawn(kTwoThreads);
  const auto put = [&](int64_t from, int64_t to, int64_t runnable, std::string_view place,
                       uint32_t count = 1, uint8_t flags = 0) {
    drawn.put(WaitRow{.time = TimeNs{1'000'000'000 + from},
                      .until = TimeNs{1'000'000'000 + to},
                      .thread = ThreadId{1},
                      .duration = DurationNs{to - from},
                      .count = count,
                      .runnable = DurationNs{runnable},
                      .place = drawn.string(place),
                      .flags = flags});
  };
  put(10'000, 20'000, 4'000, "futex_wait_queue");
  put(30'000, 40'000, -1, "pipe_read", 12);
  put(50'000, 60'000, -1, "", 1, kWaitLost);
  const Profile p = drawn.load();
  const Timeline timeline(p, {}, kMs);
  EXPECT_EQ(slices(timeline, "state:1", 10, 128),
            (Lines{"0 0-10 running", "0 10-16 blocked: lock (futex)",
                   "0 16-20 runnable: waiting for a CPU", "0 20-30 running",
                   "0 30-40 blocked, several short waits: pipe or socket", "0 40-49 running",
                   "0 49-59 not known: records are missing", "0 59-98 running"}));
  EXPECT_EQ(slices(timeline, "state:2", 10, 128), (Lines{"0 0-98 running"}));
}

// What is summed up lies between the waits whose times are known: it does not hide them.
TEST(Timeline, SummedWaitsLieBetweenTheOthers) {
  Drawn drawn(kTwoThreads);
  const auto put = [&](int64_t from, int64_t to, int64_t duration, std::string_view place,
                       uint32_t count) {
    drawn.put(WaitRow{.time = TimeNs{1'000'000'000 + from},
                      .until = TimeNs{1'000'000'000 + to},
                      .thread = ThreadId{1},
                      .duration = DurationNs{duration},
                      .count = count,
                      .place = drawn.string(place)});
  };
  // 10 of the 20 us that the long wait leaves, and 2: of them it waited for the pipe most.
  put(0, 40'000, 10'000, "pipe_read", 9);
  put(0, 40'000, 2'000, "hrtimer_nanosleep", 3);
  put(10'000, 30'000, 20'000, "futex_wait_queue", 1);
  // Of these 40 us it ran most.
  put(50'000, 90'000, 8'000, "pipe_read", 5);
  const Profile p = drawn.load();
  const Timeline timeline(p, {}, kMs);
  EXPECT_EQ(
      slices(timeline, "state:1", 10, 128),
      (Lines{"0 0-10 blocked, several short waits: pipe or socket", "0 10-30 blocked: lock (futex)",
             "0 30-40 blocked, several short waits: pipe or socket", "0 40-98 running"}));
  const auto sums = timeline.sums(timeline.find("state:1")->part);
  ASSERT_EQ(sums.size(), 3u);
  EXPECT_DOUBLE_EQ(sums[0].share, 0.5);
  EXPECT_DOUBLE_EQ(sums[1].share, 0.1);
  EXPECT_DOUBLE_EQ(sums[2].share, 0.2);
  EXPECT_DOUBLE_EQ(timeline.summed_share(sums[0].wait), 0.5);
}

TEST(Timeline, AsynchronousSpansLieBesideEachOther) {
  Drawn drawn(kTwoThreads);
  const SiteId load = drawn.site("load"), job = drawn.site("job", 0x123456);
  drawn.span(1, load, 0, 1'000'000'000, 1'000'040'000, kSpanStray);
  drawn.span(1, load, 0, 1'000'090'000, 1'000'100'000, kSpanOpen);
  const auto flow = [&](uint32_t thread, int64_t time, uint64_t id, uint8_t kind) {
    drawn.put(FlowRow{.thread = ThreadId{thread},
                      .time = TimeNs{1'000'000'000 + time},
                      .site = job,
                      .id = id,
                      .kind = kind});
  };
  flow(1, 10'000, 5, 1);
  flow(1, 20'000, 6, 1);
  flow(2, 30'000, 5, 2);
  flow(2, 35'000, 9, 2);  // begun before the recording
  const Profile p = drawn.load();
  const Timeline timeline(p, {}, kMs);
  EXPECT_EQ(slices(timeline, "async:1", 10, 128),
            (Lines{"0 0-40 load", "0 87-98 load open", "1 9-30 job", "2 19-98 job open"}));
  EXPECT_EQ(timeline.find("async:1")->depth, 3u);
}

TEST(Timeline, LocksShowWhoHeldAndWhoWaited) {
  Drawn drawn(kTwoThreads);
  const SiteId mutex = drawn.site("Cache::mu");
  const auto use = [&](uint32_t thread, int64_t end, int64_t wait, int64_t hold) {
    drawn.put(LockRow{.thread = ThreadId{thread},
                      .end = TimeNs{1'000'000'000 + end},
                      .wait = DurationNs{wait},
                      .hold = DurationNs{hold},
                      .site = mutex,
                      .lock = 0xabc});
  };
  use(1, 40'960, 0, 20'480);
  use(2, 61'440, 10'240, 20'480);
  const Profile p = drawn.load();
  const Timeline timeline(p, {}, kMs);
  EXPECT_EQ(timeline.find("lock:abc")->name, "Cache::mu 0xabc");
  EXPECT_EQ(slices(timeline, "lock:abc", 10, 128),
            (Lines{"0 20-40 main (7)", "0 40-60 io (8)", "1 30-40 io (8)"}));
}

TEST(Timeline, ValuesAreLeastMostAndLastAndHoldWhenTheWindowBegins) {
  Drawn drawn(R"(
    @meta run.start_ns 1000000000
    @meta run.wall_ns 100000
    @thread main tid=7
    @track cpu.busy kind=2 unit=3 values=1000000000:0,1000050000:25000,1000100000:75000
    main 1 time=1000010000
  )");
  const SiteId plot = drawn.site("queue");
  for (int i = 0; i < 100; ++i) {
    drawn.put(PlotRow{.thread = ThreadId{1},
                      .time = TimeNs{1'000'000'000 + i * 1024},
                      .site = plot,
                      .value = static_cast<double>(i % 10)});
  }
  const Profile p = drawn.load();
  const Timeline timeline(p, {}, kMs);
  EXPECT_EQ(values(timeline, "plot:queue", 14, 3, 1024 * 48),
            (Lines{"0 7..7 7 x0", "0 0..9 3 x16", "1 0..9 9 x16", "2 0..9 5 x16"}));
  // Half a CPU, then one.
  EXPECT_EQ(values(timeline, "counter:1", 14, 8),
            (Lines{"0 5e+08..5e+08 5e+08 x1", "3 1e+09..1e+09 1e+09 x1"}));
}

TEST(Timeline, PoolsShowLiveBytes) {
  Drawn drawn(kTwoThreads);
  const SiteId pool = drawn.site("arena");
  const auto mark = [&](int64_t time, uint64_t address, uint64_t bytes, uint8_t kind) {
    drawn.put(AllocationRow{.thread = ThreadId{1},
                            .time = TimeNs{1'000'000'000 + time},
                            .site = pool,
                            .kind = kind,
                            .address = address,
                            .bytes = bytes});
  };
  mark(0, 1, 100, kAllocated);
  mark(1000, 2, 50, kAllocated);
  mark(2000, 1, 0, kFreed);
  mark(3000, 9, 0, kFreed);  // never allocated
  mark(4000, 0, 0, kPoolReset);
  const Profile p = drawn.load();
  const Timeline timeline(p, {}, kMs);
  EXPECT_EQ(values(timeline, "pool:arena", 0, 8, 0), (Lines{"0 100..100 100 x1"}));
  EXPECT_EQ(values(timeline, "pool:arena", 20, 1), (Lines{"0 0..150 0 x5"}));
}

TEST(Timeline, OfACutRecordingEndsWithItsLastMark) {
  Drawn drawn("main;work 1 time=1000010000");
  drawn.span(1, drawn.site("work"), 0, 1'000'020'000, 1'000'030'000);
  const Profile p = drawn.load();
  EXPECT_EQ(raw(Timeline(p, {}, kMs).end()), 1'000'030'000);
}

// Ids go into addresses: they are short, and have no commas, whatever names are.
TEST(Timeline, NamesOfAnyKindAndLengthMakeIds) {
  Drawn drawn(kTwoThreads);
  const std::string long_name(10'000, 'x');
  const std::vector<std::string> names = {"a,b",      "a b", long_name,   long_name + "y",
                                          "\xff\xfe", "",    "plain::one"};
  for (const std::string& name : names) {
    drawn.put(PlotRow{.thread = ThreadId{1},
                      .time = TimeNs{1'000'000'000},
                      .site = drawn.site(name),
                      .value = 1});
  }
  const Profile p = drawn.load();
  const Timeline timeline(p, {}, kMs);
  size_t plots = 0;
  for (const TimelineTrack& track : timeline.tracks()) {
    plots += track.kind == TimelineKind::kPlot;
    EXPECT_LT(track.id.size(), 80u);
    EXPECT_EQ(track.id.find_first_of(", \xff"), std::string::npos);
    EXPECT_EQ(timeline.find(track.id), &track);
  }
  EXPECT_EQ(plots, names.size());
  EXPECT_NE(timeline.find("plot:plain::one"), nullptr);
}

// Against all values, one by one.
TEST(ValueSeries, WindowsAreWhatTheValuesAre) {
  std::mt19937_64 random(3);
  for (const size_t count : {0, 1, 63, 64, 65, 5000, 300'000}) {
    ValueSeries series;
    int64_t time = 1000;
    for (size_t i = 0; i < count; ++i) {
      series.add(TimeNs{time}, static_cast<double>(random() % 100'000));
      if (random() % 3 != 0)
        time += static_cast<int64_t>(random() % (random() % 50 == 0 ? 100'000 : 100));
    }
    series.finish();
    for (int round = 0; round < 40; ++round) {
      SpanWindow window{
          .begin = TimeNs{static_cast<int64_t>(random() % static_cast<uint64_t>(time + 1))},
          .step = static_cast<unsigned>(random() % 24),
          .buckets = static_cast<uint32_t>(1 + random() % 500)};
      std::vector<ValueSeries::Part> want(window.buckets);
      for (size_t i = 0; i < series.size(); ++i) {
        if (series.time(i) < window.begin || series.time(i) >= window.end()) continue;
        ValueSeries::Part& part =
            want[static_cast<size_t>(raw(series.time(i) - window.begin) >> window.step)];
        if (part.count++ == 0) part.least = part.most = series.value(i);
        part.least = std::min(part.least, series.value(i));
        part.most = std::max(part.most, series.value(i));
        part.last = series.value(i);
      }
      std::vector<ValueSeries::Part> got(window.buckets);
      uint32_t held = 0;
      series.for_each_bucket(window, [&](uint32_t bucket, const ValueSeries::Part& part) {
        ASSERT_LT(bucket, window.buckets);
        if (part.count == 0) {
          ++held;
        } else {
          got[bucket] = part;
        }
      });
      EXPECT_LE(held, 1u);
      for (size_t i = 0; i < want.size(); ++i) {
        ASSERT_EQ(got[i].count, want[i].count);
        ASSERT_EQ(got[i].least, want[i].least);
        ASSERT_EQ(got[i].most, want[i].most);
        ASSERT_EQ(got[i].last, want[i].last);
      }
    }
  }
}

}  // namespace
}  // namespace hone::analysis
