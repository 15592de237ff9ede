#include "recording/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "recording/test_support.h"

namespace hone::recording {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kSecond = 1'000'000'000;

MergeSide side(std::string name, std::string boot, std::optional<int64_t> calendar_ns,
               int64_t start) {
  return {.name = std::move(name),
          .boot_id = std::move(boot),
          .pid_namespace = "pid:[1]",
          .calendar_ns = calendar_ns,
          .start = TimeNs{start},
          .end = TimeNs{start + kSecond},
          .first = TimeNs{start}};
}

TEST(TieSides, OfOneBootHaveOneClock) {
  const auto ties = tie_sides(
      {{side("a", "boot", 5 * kSecond, 100), side("b", "boot", 6 * kSecond, 300)}}, false);
  ASSERT_TRUE(ties);
  EXPECT_EQ((*ties)[1].by, MergeTie::By::kBoot);
  EXPECT_EQ((*ties)[1].input.shift_ns, 0);
  EXPECT_TRUE((*ties)[1].input.same_pids);
}

TEST(TieSides, OfTwoMachinesAreTiedByTheCalendar) {
  const auto ties = tie_sides({{side("a", "one", 1000 * kSecond, 100 * kSecond),
                                side("b", "two", 1050 * kSecond, 60 * kSecond)}},
                              false);
  ASSERT_TRUE(ties);
  EXPECT_EQ((*ties)[1].by, MergeTie::By::kCalendar);
  EXPECT_EQ((*ties)[1].input.shift_ns, 50 * kSecond);  // 60 s there was 110 s here
  EXPECT_FALSE((*ties)[1].input.same_pids);
  EXPECT_FALSE((*ties)[1].input.same_boot);
}

TEST(TieSides, ThatNothingTiesAreRefused) {
  const auto ties =
      tie_sides({{side("a", "one", 1000 * kSecond, 100), side("b", "", {}, 60)}}, false);
  ASSERT_FALSE(ties);
  EXPECT_EQ(ties.error().number, "E078");
  EXPECT_THAT(ties.error().message, HasSubstr("b does not say"));
  const auto wished =
      tie_sides({{side("a", "one", 1000 * kSecond, 100), side("b", "", {}, 60)}}, true);
  ASSERT_TRUE(wished);
  EXPECT_EQ((*wished)[1].input.shift_ns, 40);
}

TEST(TieSides, NoTimeBecomesNegative) {
  const auto ties = tie_sides({{side("a", "one", 1000 * kSecond, 10 * kSecond),
                                side("b", "two", 100 * kSecond, 50 * kSecond)}},
                              false);
  ASSERT_TRUE(ties);
  EXPECT_GE(50 * kSecond + (*ties)[1].input.shift_ns, 0);
  // Both were moved by as much more.
  EXPECT_EQ((*ties)[1].input.shift_ns - (*ties)[0].input.shift_ns, -900 * kSecond);
}

// A program of one thread, with two samples, two spans and facts.
void write_side(const TempFile& file, uint32_t pid, int64_t from, const char* name) {
  Builder out(create(file));
  out.append(MetaRow{.key = "host.boot_id", .value = "boot"});
  out.append(MetaRow{.key = "host.pid_namespace", .value = "pid:[1]"});
  out.append(MetaRow{.key = "run.command", .value = name});
  out.append(MetaRow{.key = "samples.lost", .value = "3"});
  out.append(MetaRow{.key = std::string("app.") + name, .value = "yes"});
  out.append(ClockRow{.clock = 1, .monotonic = TimeNs{from}, .value = 9'000'000});
  out.append(
      DiagnosticRow{.name = "noted", .severity = kNotice, .count = 2, .first_time = TimeNs{from}});
  const auto module =
      out.append_id<ModuleId>(ModuleRow{.path = out.string("/a/app", TextKind::kPath)});
  const auto process = out.append_id<ProcessId>(
      ProcessRow{.pid = pid, .start = TimeNs{from}, .name = out.string(name)});
  const auto thread =
      out.append_id<ThreadId>(ThreadRow{.process = process, .tid = pid, .start = TimeNs{from}});
  const auto site = out.append_id<SiteId>(SiteRow{.name = out.string(name), .kind = 1});
  const FrameId frame = out.frame(module, 16);
  for (int64_t i = 1; i <= 2; ++i) {
    out.append(SampleRow{.time = TimeNs{from + 10 * i},
                         .thread = thread,
                         .stack = out.stack({{frame}}),
                         .weight = DurationNs{5}});
    out.append(SpanRow{
        .thread = thread, .end = TimeNs{from + 10 * i}, .duration = DurationNs{4}, .site = site});
  }
  out.append(ProcessEndRow{.process = process,
                           .time = TimeNs{from + 100},
                           .exited = 1,
                           .status = -1,
                           .cpu = DurationNs{10}});
  out.append(ThreadEndRow{.thread = thread, .time = TimeNs{from + 100}, .cpu = DurationNs{10}});
  ASSERT_TRUE(out.writer().finish());
}

struct Merged {
  explicit Merged(const TempFile& file) : reader(std::move(*Reader::open(file.path()))) {
    EXPECT_TRUE(reader.for_each<MetaRow>(
        [&](const MetaRow& row) { meta[std::string(row.key)] = std::string(row.value); }));
  }
  template <class Row>
  std::vector<Row> rows() const {
    std::vector<Row> out;
    EXPECT_TRUE(reader.for_each<Row>([&](const Row& row) { out.push_back(row); }));
    return out;
  }
  Reader reader;
  std::map<std::string, std::string> meta;
};

void merge(const TempFile& a, const TempFile& b, const CopyInput& how, const TempFile& to) {
  Builder out(create(to));
  Copier copier(out, {.whole = true, .merge = true});
  ASSERT_TRUE(copier.add(*Reader::open(a.path())));
  ASSERT_TRUE(copier.add(*Reader::open(b.path()), how));
  copier.finish();
  ASSERT_TRUE(out.writer().finish());
}

TEST(Merge, OfOneProcessIsOneProcess) {
  TempFile a, b, both;
  write_side(a, 7, 1000, "program");
  write_side(b, 7, 1050, "system");
  merge(a, b, {.same_boot = true, .same_pids = true}, both);
  const Merged merged(both);
  EXPECT_EQ(merged.rows<ProcessRow>().size(), 1u);
  EXPECT_EQ(merged.rows<ThreadRow>().size(), 1u);
  EXPECT_EQ(merged.rows<SampleRow>().size(), 4u);
  ASSERT_EQ(merged.rows<ProcessEndRow>().size(), 1u);
  EXPECT_EQ(raw(merged.rows<ProcessEndRow>()[0].time), 1150);
  EXPECT_EQ(raw(merged.rows<ProcessEndRow>()[0].cpu), 10);
  EXPECT_EQ(raw(merged.rows<ThreadEndRow>()[0].time), 1150);
  // Of one thread that two tell of, only the first's spans are nested.
  std::vector<int> flags;
  for (const SpanRow& row : merged.rows<SpanRow>()) flags.push_back(row.flags);
  EXPECT_THAT(flags, ElementsAre(0, 0, kSpanStray, kSpanStray));
  std::map<std::string, int> notes;
  ASSERT_TRUE(merged.reader.for_each<DiagnosticRow>(
      [&](const DiagnosticRow& row) { ++notes[std::string(row.name)]; }));
  EXPECT_EQ(notes["merge_sampled_twice"], 1);
  EXPECT_EQ(notes["noted"], 2);
}

TEST(Merge, OfProcessesThatLivedApartIsTwo) {
  TempFile a, b, both;
  write_side(a, 7, 1000, "first");
  write_side(b, 7, 5000, "second");  // the pid was given anew
  merge(a, b, {.same_boot = true, .same_pids = true}, both);
  EXPECT_EQ(Merged(both).rows<ProcessRow>().size(), 2u);
}

TEST(Merge, OfTwoMachinesIsTwoProcessesAndOneClock) {
  TempFile a, b, both;
  write_side(a, 7, 1000, "here");
  write_side(b, 7, 1000, "there");
  merge(a, b, {.shift_ns = 500, .same_boot = false}, both);
  const Merged merged(both);
  ASSERT_EQ(merged.rows<ProcessRow>().size(), 2u);
  EXPECT_EQ(raw(merged.rows<ProcessRow>()[1].start), 1500);
  std::vector<int64_t> times;
  for (const SampleRow& row : merged.rows<SampleRow>()) times.push_back(raw(row.time));
  EXPECT_THAT(times, ElementsAre(1010, 1020, 1510, 1520));
  EXPECT_EQ(raw(merged.rows<SpanRow>()[2].end), 1510);
  EXPECT_EQ(raw(merged.rows<ProcessEndRow>()[1].time), 1600);
  EXPECT_EQ(raw(merged.rows<DiagnosticRow>()[1].first_time), 1500);
  EXPECT_EQ(merged.rows<ClockRow>().size(), 1u);
}

TEST(Merge, KeepsTheFactsOfBoth) {
  TempFile a, b, both;
  write_side(a, 7, 1000, "one");
  write_side(b, 8, 1000, "two");
  merge(a, b, {.same_boot = true, .same_pids = true}, both);
  const Merged merged(both);
  EXPECT_EQ(merged.meta.at("run.command"), "one");
  EXPECT_EQ(merged.meta.at("merge.2.run.command"), "two");
  EXPECT_EQ(merged.meta.at("samples.lost"), "6");
  EXPECT_EQ(merged.meta.at("app.two"), "yes");
}

TEST(Merge, LooksAtWhatARecordingTellsOfItsClock) {
  TempFile a;
  write_side(a, 7, 1000, "one");
  const auto looked = look_at_side(*Reader::open(a.path()), "a.hone");
  ASSERT_TRUE(looked);
  EXPECT_EQ(looked->boot_id, "boot");
  EXPECT_EQ(looked->calendar_ns, 9'000'000 - 1000);
  EXPECT_EQ(raw(looked->start), 1000);
  EXPECT_EQ(raw(looked->end), 1100);
}

// Ids of nothing, times at the ends of what they can be, and links that lead back.
TEST(Merge, OfHostileRowsStaysWithinItself) {
  TempFile a, b, both;
  write_side(a, 7, 1000, "one");
  {
    Builder out(create(b));
    out.append(MetaRow{.key = "run.start_ns", .value = "99999999999999999999999"});
    out.append(ClockRow{.clock = 1, .monotonic = TimeNs{INT64_MIN}, .value = UINT64_MAX});
    out.append_id<ProcessId>(ProcessRow{.pid = 7, .parent = ProcessId{9}, .start = TimeNs{-5}});
    out.append_id<ThreadId>(ThreadRow{.process = ProcessId{77}, .tid = 7, .name = StringId{99}});
    out.append_id<StackId>(StackRow{.parent = StackId{1}, .frame = FrameId{5}});
    for (const int64_t time : {INT64_MIN, INT64_MAX, int64_t{0}, int64_t{-1}}) {
      out.append(SampleRow{.time = TimeNs{time}, .thread = ThreadId{1000}, .stack = StackId{1}});
      out.append(SpanRow{.thread = ThreadId{UINT32_MAX},
                         .end = TimeNs{time},
                         .duration = DurationNs{INT64_MIN},
                         .site = SiteId{12}});
      out.append(ProcessEndRow{.process = ProcessId{5}, .time = TimeNs{time}});
      out.append(ThreadEndRow{.thread = ThreadId{1}, .time = TimeNs{time}});
    }
    ASSERT_TRUE(out.writer().finish());
  }
  ASSERT_TRUE(look_at_side(*Reader::open(b.path()), "b"));
  merge(a, b, {.shift_ns = INT64_MAX, .same_boot = false, .same_pids = true}, both);
  merge(b, a, {.shift_ns = INT64_MIN, .same_boot = false, .same_pids = true}, both);
  const Merged merged(both);
  EXPECT_TRUE(merged.reader.verify());
  for (const SpanRow& row : merged.rows<SpanRow>()) {
    EXPECT_LE(raw(row.thread), merged.reader.row_count(Table::kThreads));
    EXPECT_LE(raw(row.site), merged.reader.row_count(Table::kSites));
  }
}

}  // namespace
}  // namespace hone::recording
