#include "recording/copy.h"

#include <gtest/gtest.h>

#include <map>

#include "recording/test_support.h"

namespace hone::recording {
namespace {

// "process thread time: innermost < ... < outermost" of every sample, by what the ids stand for.
std::vector<std::string> samples_of(const std::string& path) {
  const auto reader = Reader::open(path);
  if (!reader) return {"cannot be opened"};
  const auto rows = [&]<class Row>(Row) {
    std::vector<Row> out(1);
    (void)reader->for_each<Row>([&](const Row& row) { out.push_back(row); });
    return out;
  };
  const auto strings_columns = *reader->columns(Table::kStrings);
  const auto text = [&](StringId id) {
    return id == StringId::kNone ? std::string("-")
                                 : std::string(strings_columns.columns[0].text(raw(id) - 1));
  };
  const auto processes = rows(ProcessRow{});
  const auto threads = rows(ThreadRow{});
  const auto stacks = rows(StackRow{});
  const auto frames = rows(FrameRow{});
  const auto modules = rows(ModuleRow{});
  std::vector<std::string> out;
  (void)reader->for_each<SampleRow>([&](const SampleRow& row) {
    const ThreadRow& thread = threads.at(raw(row.thread));
    std::string line = std::to_string(processes.at(raw(thread.process)).pid) + " " +
                       std::to_string(thread.tid) + " " + std::to_string(raw(row.time)) + ":";
    for (StackId at = row.stack; at != StackId::kNone; at = stacks.at(raw(at)).parent) {
      const FrameRow& frame = frames.at(raw(stacks.at(raw(at)).frame));
      line += " " + text(modules.at(raw(frame.module)).path) + "+" + std::to_string(frame.address);
    }
    out.push_back(std::move(line));
  });
  return out;
}

// Two processes, three threads, and a sample a millisecond from 1 s on.
void write_run(Builder& out, uint64_t seed, int64_t from_ms, int64_t count) {
  Random random(seed);
  const auto module = [&](const char* path) {
    return out.append_id<ModuleId>(ModuleRow{.path = out.string(path, TextKind::kPath)});
  };
  const ModuleId modules[] = {module("/a/app"), module("/b/lib.so"), module("//anon"),
                              module("//anon")};
  std::vector<ThreadId> threads;
  for (uint32_t pid = 100; pid < 102; ++pid) {
    const auto process = out.append_id<ProcessId>(
        ProcessRow{.pid = pid, .start = TimeNs{1'000'000'000}, .name = out.string("app")});
    for (uint32_t t = 0; t <= pid - 100; ++t) {
      threads.push_back(out.append_id<ThreadId>(
          ThreadRow{.process = process, .tid = pid + t * 10, .start = TimeNs{1'000'000'000}}));
    }
  }
  for (int64_t i = 0; i < count; ++i) {
    std::vector<FrameId> frames;
    for (uint64_t depth = random() % 6; depth > 0; --depth) {
      frames.push_back(out.frame(modules[random() % 4], random() % 5));
    }
    out.append(SampleRow{.time = TimeNs{(1000 + from_ms + i) * 1'000'000},
                         .thread = threads[random() % threads.size()],
                         .stack = out.stack(frames),
                         .weight = DurationNs{1'000'000}});
  }
}

TEST(Copy, OfARangeHoldsTheSamplesOfTheRange) {
  TempFile whole, part;
  {
    Builder out(create(whole));
    write_run(out, 1, 0, 500);
    ASSERT_TRUE(out.writer().finish());
  }
  for (const auto& [from_ms, to_ms] :
       std::map<int64_t, int64_t>{{0, 499}, {100, 199}, {250, 9999}}) {
    const CopyOptions options{.from = TimeNs{(1000 + from_ms) * 1'000'000},
                              .to = TimeNs{(1000 + to_ms) * 1'000'000}};
    Builder out(create(part));
    Copier copier(out, options);
    ASSERT_TRUE(copier.add(*Reader::open(whole.path())));
    copier.finish();
    ASSERT_TRUE(out.writer().finish());
    auto expected = samples_of(whole.path());
    expected.resize(std::min<size_t>(expected.size(), static_cast<size_t>(to_ms) + 1));
    expected.erase(expected.begin(), expected.begin() + from_ms);
    EXPECT_EQ(samples_of(part.path()), expected);
    EXPECT_EQ(copier.sample_count(), expected.size());
    EXPECT_TRUE(Reader::open(part.path())->verify());
  }
}

// Spans and locks that go on at the end of the range are open there, and what a span says of itself
// comes with it, though it began before.
TEST(Copy, CutsSpansAndLocks) {
  TempFile whole, part;
  {
    Builder out(create(whole));
    const auto process = out.append_id<ProcessId>(ProcessRow{.pid = 1});
    const auto thread = out.append_id<ThreadId>(ThreadRow{.process = process, .tid = 1});
    const auto site = out.append_id<SiteId>(SiteRow{.name = out.string("span"), .kind = 1});
    for (const auto& [start, end] : std::vector<std::pair<int64_t, int64_t>>{
             {0, 50}, {60, 120}, {130, 140}, {10, 150}, {190, 300}, {205, 220}}) {
      out.append(SpanRow{
          .thread = thread, .end = TimeNs{end}, .duration = DurationNs{end - start}, .site = site});
      out.append(SpanArgumentRow{.thread = thread,
                                 .time = TimeNs{start},
                                 .site = site,
                                 .value = static_cast<uint64_t>(start)});
    }
    const auto lock = [&](int64_t end, int64_t wait, int64_t hold) {
      out.append(LockRow{.thread = thread,
                         .end = TimeNs{end},
                         .wait = DurationNs{wait},
                         .hold = DurationNs{hold},
                         .site = site});
    };
    lock(90, 5, 5);      // before
    lock(150, 20, 40);   // in it
    lock(250, 30, 60);   // obtained in it
    lock(260, 100, 20);  // waited for in it
    lock(270, 10, 20);   // after
    ASSERT_TRUE(out.writer().finish());
  }
  Builder out(create(part));
  Copier copier(out, {.from = TimeNs{100}, .to = TimeNs{200}});
  ASSERT_TRUE(copier.add(*Reader::open(whole.path())));
  copier.finish();
  ASSERT_TRUE(out.writer().finish());
  const auto after = Reader::open(part.path());
  std::vector<std::tuple<int64_t, int64_t, int>> spans, locks;
  ASSERT_TRUE(after->for_each<SpanRow>([&](const SpanRow& row) {
    spans.emplace_back(raw(row.end) - raw(row.duration), raw(row.end), row.flags);
  }));
  using Rows = decltype(spans);
  EXPECT_EQ(spans, (Rows{{60, 120, 0}, {130, 140, 0}, {10, 150, 0}, {190, 200, kSpanOpen}}));
  std::vector<uint64_t> arguments;
  ASSERT_TRUE(after->for_each<SpanArgumentRow>(
      [&](const SpanArgumentRow& row) { arguments.push_back(row.value); }));
  EXPECT_EQ(arguments, (std::vector<uint64_t>{60, 130, 10, 190}));
  ASSERT_TRUE(after->for_each<LockRow>(
      [&](const LockRow& row) { locks.emplace_back(raw(row.wait), raw(row.hold), row.flags); }));
  EXPECT_EQ(locks, (Rows{{20, 40, 0}, {30, 10, kLockStillHeld}, {60, 0, kLockStillWaiting}}));
}

TEST(Copy, LeavesOutWhatNothingRefersTo) {
  TempFile whole, part;
  {
    Builder out(create(whole));
    write_run(out, 2, 0, 500);
    ASSERT_TRUE(out.writer().finish());
  }
  Builder out(create(part));
  Copier copier(out, {.from = TimeNs{1'490'000'000}});
  ASSERT_TRUE(copier.add(*Reader::open(whole.path())));
  copier.finish();
  ASSERT_TRUE(out.writer().finish());
  const auto before = Reader::open(whole.path()), after = Reader::open(part.path());
  EXPECT_LT(after->row_count(Table::kStacks), before->row_count(Table::kStacks) / 4);
}

// Parts in which all ids but those of modules are given anew are one recording again.
TEST(Copy, JoinsParts) {
  TempFile whole, one, two, joined;
  {
    Builder out(create(whole));
    write_run(out, 3, 0, 200);
    ASSERT_TRUE(out.writer().finish());
  }
  for (const bool first : {true, false}) {
    Builder out(create(first ? one : two));
    // The second part has stacks of its own numbering: of the other half only.
    Copier copier(out, {.from = TimeNs{first ? 0 : 1'100'000'000},
                        .to = TimeNs{first ? 1'099'999'999 : INT64_MAX}});
    // All modules in their order first, as a recorder introduces them in each part.
    ASSERT_TRUE(copier.add(*Reader::open(whole.path())));
    copier.finish();
    ASSERT_TRUE(out.writer().finish());
  }
  Builder out(create(joined));
  Copier copier(out, {.parts = true});
  ASSERT_TRUE(copier.add(*Reader::open(one.path())));
  ASSERT_TRUE(copier.add(*Reader::open(one.path())));
  copier.finish();
  ASSERT_TRUE(out.writer().finish());
  // The same part twice: its processes, threads and stacks are met again, not made again.
  const auto reader = Reader::open(joined.path()), part = Reader::open(one.path());
  for (const Table table : {Table::kProcesses, Table::kThreads, Table::kStacks, Table::kModules}) {
    EXPECT_EQ(reader->row_count(table), part->row_count(table));
  }
  EXPECT_EQ(reader->row_count(Table::kSamples), 2 * part->row_count(Table::kSamples));
}

TEST(Copy, HidesWhatIsToBeHidden) {
  TempFile whole, part;
  {
    Builder out(create(whole));
    out.append(MetaRow{.key = "run.command", .value = "app --password sekrit"});
    out.append(MetaRow{.key = "env.SEKRIT", .value = "sekrit"});
    out.append(MetaRow{.key = "host.name", .value = "sekrit-host"});
    out.append(DiagnosticRow{.name = "broken", .count = 1, .detail = "in /srv/sekrit/x.so"});
    const auto module =
        out.append_id<ModuleId>(ModuleRow{.path = out.string("/srv/sekrit/app", TextKind::kPath)});
    out.append_id<ProcessId>(ProcessRow{.pid = 1, .command = out.string("app --sekrit")});
    out.append_id<ThreadId>(ThreadRow{.process = ProcessId{1}, .tid = 1});
    const FrameId frame = out.frame(module, 1);
    const auto function = out.append_id<FunctionId>(
        FunctionRow{.module = module, .name = out.string("f"), .file = out.string("sekrit/x.cc")});
    out.append(LineRow{.frame = frame, .function = function, .file = out.string("sekrit/x.cc")});
    out.append(CodeLineRow{.function = function, .file = out.string("/srv/sekrit/y.cc")});
    out.append(ModuleSymbolsRow{.module = module,
                                .debug_file = out.string("/srv/sekrit/app.debug"),
                                .producer = out.string("GNU C -fdebug-prefix-map=/sekrit/x=."),
                                .missing = out.string("in /srv/sekrit/.debug")});
    out.append(SampleRow{.time = TimeNs{5}, .thread = ThreadId{1}, .stack = out.stack({{frame}})});
    ASSERT_TRUE(out.writer().finish());
  }
  Builder out(create(part), *Redaction::parse("all"));
  Copier copier(out, {.whole = true});
  ASSERT_TRUE(copier.add(*Reader::open(whole.path())));
  copier.finish();
  ASSERT_TRUE(out.writer().finish());
  const auto reader = Reader::open(part.path());
  for (const TableSpec& spec : tables()) {
    std::string error;
    for (const Cells& row : read_table(*reader, spec.table, error)) {
      for (const std::string& cell : row) EXPECT_EQ(cell.find("sekrit"), cell.npos) << spec.name;
    }
  }
  EXPECT_EQ(reader->row_count(Table::kLines), 1u);
  EXPECT_EQ(reader->row_count(Table::kCodeLines), 1u);
}

// Readings that say the same as their neighbours were left out: the value at an end is still known.
TEST(Copy, CountersKeepWhatStoodAtTheEnds) {
  TempFile whole, part;
  {
    Builder out(create(whole));
    const auto track = [&](const char* name, TrackId qualifies) {
      return out.append_id<TrackId>(
          TrackRow{.name = out.string(name), .divisor = 1, .qualifies = qualifies});
    };
    const TrackId still = track("still", {}), unused = track("unused", {}),
                  moving = track("moving", still);
    const auto read = [&](TrackId id, int64_t time, int64_t value) {
      out.append(CounterRow{.track = id, .time = TimeNs{time}, .value = value});
    };
    read(still, 0, 5);
    read(still, 100, 5);
    read(unused, 0, 1);
    read(moving, 10, 1);
    read(moving, 30, 2);
    read(moving, 90, 3);
    ASSERT_TRUE(out.writer().finish());
  }
  Builder out(create(part));
  Copier copier(out, {.from = TimeNs{20}, .to = TimeNs{50}});
  ASSERT_TRUE(copier.add(*Reader::open(whole.path())));
  copier.finish();
  ASSERT_TRUE(out.writer().finish());
  const auto reader = Reader::open(part.path());
  std::string rows;
  (void)reader->for_each<CounterRow>([&](const CounterRow& row) {
    rows += std::to_string(raw(row.track)) + ":" + std::to_string(raw(row.time)) + "=" +
            std::to_string(row.value) + " ";
  });
  EXPECT_EQ(rows, "1:20=5 1:50=5 2:30=2 ");
  (void)reader->for_each<TrackRow>([&](const TrackRow& row) {
    if (row.qualifies != TrackId::kNone) {
      EXPECT_EQ(row.qualifies, TrackId{1});
    }
  });
}

// What a queue is, and the spans of the range; other queues stay behind.
TEST(Copy, QueuesOfGpusComeWithTheirSpans) {
  TempFile whole, part;
  {
    Builder out(create(whole));
    out.append_id<ProcessId>(ProcessRow{.pid = 1});
    const auto site = out.append_id<SiteId>(SiteRow{.name = out.string("pass")});
    const auto queue = [&](const char* name) {
      return out.append_id<GpuQueueId>(
          GpuQueueRow{.thread = ThreadId{1}, .name = out.string(name)});
    };
    const GpuQueueId copy = queue("copy"), graphics = queue("graphics");
    const auto span = [&](GpuQueueId id, int64_t start, int64_t end) {
      out.append(GpuSpanRow{.queue = id, .start = TimeNs{start}, .end = TimeNs{end}, .site = site});
    };
    span(copy, 0, 10);
    span(graphics, 5, 15);
    span(graphics, 25, 35);
    span(graphics, 60, 70);
    out.append(GpuClockRow{.time = TimeNs{30}, .queue = graphics, .error = DurationNs{7}});
    ASSERT_TRUE(out.writer().finish());
  }
  Builder out(create(part));
  Copier copier(out, {.from = TimeNs{20}, .to = TimeNs{50}});
  ASSERT_TRUE(copier.add(*Reader::open(whole.path())));
  copier.finish();
  ASSERT_TRUE(out.writer().finish());
  const auto reader = Reader::open(part.path());
  EXPECT_EQ(reader->row_count(Table::kGpuQueues), 1u);
  EXPECT_EQ(reader->row_count(Table::kGpuSpans), 1u);
  (void)reader->for_each<GpuSpanRow>([&](const GpuSpanRow& row) {
    EXPECT_EQ(row.queue, GpuQueueId{1});
    EXPECT_EQ(raw(row.start), 25);
    EXPECT_EQ(row.site, SiteId{1});
  });
  (void)reader->for_each<GpuClockRow>([&](const GpuClockRow& row) {
    EXPECT_EQ(row.queue, GpuQueueId{1});
    EXPECT_EQ(raw(row.error), 7);
  });
}

// Ids of nothing, cycles, texts of any bytes: what comes of them is a sound recording.
TEST(Copy, OfAnythingAtAll) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    TempFile whole, part;
    write_random(whole, seed, 3000, {.chunk_rows_max = 64});
    for (const CopyOptions& options :
         {CopyOptions{.whole = true}, CopyOptions{.from = TimeNs{1 << 20}, .to = TimeNs{1 << 30}},
          CopyOptions{.parts = true}}) {
      Builder out(create(part), *Redaction::parse(seed % 2 == 0 ? "all" : ""));
      Copier copier(out, options);
      for (int i = 0; i < 2; ++i) ASSERT_TRUE(copier.add(*Reader::open(whole.path())));
      copier.finish();
      ASSERT_TRUE(out.writer().finish());
      EXPECT_TRUE(Reader::open(part.path())->verify());
    }
  }
}

// More stacks than are held: some are written twice, and each is still the stack that it was.
TEST(Builder, ForgetsStacksAndNoneIsWrong) {
  TempFile file;
  Builder out(create(file));
  std::vector<std::pair<StackId, uint64_t>> given;
  std::vector<FrameId> frames;
  for (uint64_t i = 0; i < 300'000; ++i) {
    frames.clear();
    for (uint64_t bit = 0; bit < 20; ++bit) {
      frames.push_back(out.frame(ModuleId{1}, i * 0x9e3779b97f4a7c15 >> (44 + bit) & 1));
    }
    std::reverse(frames.begin(), frames.end());
    const StackId id = out.stack(frames);
    if (i % 1000 == 0) given.emplace_back(id, i);
  }
  ASSERT_TRUE(out.writer().finish());
  const auto reader = Reader::open(file.path());
  const auto stacks = *reader->columns(Table::kStacks);
  const auto frame_rows = *reader->columns(Table::kFrames);
  for (const auto& [id, i] : given) {
    uint64_t at = raw(id), bit = 0;
    for (; at != 0; at = stacks.columns[0].numbers[at - 1], ++bit) {
      const uint64_t frame = stacks.columns[1].numbers[at - 1];
      const uint64_t expected = i * 0x9e3779b97f4a7c15 >> (44 + 19 - bit) & 1;
      ASSERT_EQ(frame_rows.columns[1].numbers[frame - 1], expected);
    }
    ASSERT_EQ(bit, 20u);
  }
}

// A part of a recording has no share of a sum that does not say when; all of it has all.
TEST(Copy, SumsWithoutATimeStayWithTheWhole) {
  TempFile whole;
  {
    Builder out(create(whole));
    const StackId stack = out.callee(StackId::kNone, out.frame(ModuleId::kNone, 7));
    const auto metric = out.append_id<MetricId>(MetricRow{.name = out.string("Dw"), .unit = 2});
    out.append(CostRow{.metric = metric, .stack = stack, .value = 5, .count = 1});
    out.append(MeasurementRow{.benchmark = out.string("sort"), .value = 2.5});
    ASSERT_TRUE(out.writer().finish());
  }
  for (const bool all : {true, false}) {
    TempFile part;
    Builder out(create(part));
    CopyOptions options{.whole = all};
    if (!all) options.from = TimeNs{20};
    Copier copier(out, options);
    ASSERT_TRUE(copier.add(*Reader::open(whole.path())));
    copier.finish();
    ASSERT_TRUE(out.writer().finish());
    const auto reader = Reader::open(part.path());
    EXPECT_EQ(reader->row_count(Table::kCosts), all ? 1u : 0u);
    EXPECT_EQ(reader->row_count(Table::kMetrics), all ? 1u : 0u);
    EXPECT_EQ(reader->row_count(Table::kMeasurements), 1u);
    EXPECT_EQ(reader->row_count(Table::kDiagnostics), all ? 0u : 1u);
    (void)reader->for_each<CostRow>([&](const CostRow& row) {
      EXPECT_EQ(row.metric, MetricId{1});
      EXPECT_EQ(row.stack, StackId{1});
      EXPECT_EQ(row.value, 5);
    });
  }
}

}  // namespace
}  // namespace hone::recording
