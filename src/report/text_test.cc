#include "report/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "recording/writer.h"
#include "report/annotate_text.h"
#include "report/escape.h"
#include "report/info_text.h"
#include "report/sample_data_test.h"

namespace hone::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

ReportData small_report() {
  ReportData data = sample_report();
  data.tables.resize(1);
  data.tables[0].rows_hidden = 12;
  data.tables[0].hidden_by_top = true;
  data.tables[0].hidden_self_ns = 730'000'000;
  data.tables[0].spots.rows.resize(3);
  return data;
}

TEST(TextReport, ReadsAsWritten) {
  EXPECT_EQ(text_report(small_report(), {.width = 100}),
            R"(./memory_graph --nodes 10000 --edges 50000 --queries 1000 --seed 7
wall 3.69 s · CPU 3.66 s · 0.99 of 8 CPUs busy · 3,652 samples

Look at first
  ▲ memory::similarity::dot_avx2 takes 31.8% of CPU time by itself (30.4% to 33.2%)
    → see its lines: hone annotate memory::similarity::dot_avx2
  ● One thread does all the work: 0.99 of 8 CPUs were busy
    → the queries are independent of each other: share them out to threads
  ○ libm.so.6 has no debug symbols, so that 9.7% of CPU time has names of exported functions only
    → sudo apt install libc6-dbg, or set DEBUGINFOD_URLS

Hot spots  by function, self CPU time of 3.65 s
   self  ±               total  function                             module        where
  31.8%        ████████  31.8%  memory::similarity::dot_avx2         memory_graph  similarity.cc:104
   9.0%  ±1.2  ██▎        9.0%  normal_dist…ution<…>::operator()<…>  memory_graph
   8.5%  ±1.2  ██▏       23.0%  memory::spread_activation            memory_graph  graph.cc:95
  … 12 more, 20.0% of CPU time between them: --top 0 shows all

Measured: perf (cpu-clock, 997 Hz, every CPU) · 99.1% of stacks complete · nothing lost · 9.00 ms of
          CPU time that no sample saw · measuring cost 2.6% of its CPU time
)");
}

TEST(TextReport, HasNoEscapesWithoutColourAndOnlyAsciiWhenAsked) {
  ReportData data = sample_report();
  data.tree_kind = TreeKind::kTopDown;
  data.tree_min_share = 0.01;
  for (const char c : text_report(data, {.unicode = false})) {
    EXPECT_TRUE(c == '\n' || (c >= ' ' && c < 0x7f)) << static_cast<int>(c);
  }
  EXPECT_THAT(text_report(data, {.color = true}), HasSubstr("\x1b["));
}

TEST(TextReport, StaysInsideTheTerminal) {
  ReportData data = sample_report();
  data.tree_kind = TreeKind::kTopDown;
  for (const size_t width : {80U, 100U, 140U}) {
    for (const std::string& line : lines_of(text_report(data, {.width = width}))) {
      EXPECT_LE(display_width(line), width) << line;
    }
  }
}

TEST(TextReport, PipedTextIsWhole) {
  EXPECT_THAT(text_report(sample_report(), {.width = 0}), HasSubstr("8202884508482404352ul"));
}

TEST(TextReport, LinesStandWithTheirFunctions) {
  HotSpotTable table{.by = analysis::GroupBy::kLine};
  table.spots = {.cpu_ns = 100, .sample_count = 10'000};
  table.spots.rows = {{.name = "/src/a.cc:7", .file = "/src/a.cc", .line = 7, .in = "ns::f()"},
                      {.name = "memcpy", .file = "mem.S", .line = 1, .function = FunctionId{3}}};
  const std::string text = table_text({}, table, {.width = 0});
  EXPECT_THAT(text, HasSubstr("  /src/a.cc:7  ns::f()\n"));
  EXPECT_THAT(text, HasSubstr("               memcpy\n"));
  EXPECT_THAT(table_text({}, table, {.width = 80}), HasSubstr("  a.cc:7  ns::f()\n"));
}

// Nothing is padded to the longest name, so that what stands beside names can be read.
TEST(TextReport, PipedNamesStandLast) {
  ReportData data = small_report();
  for (auto& row : data.tables[0].spots.rows) row.name = std::string(300, 'n');
  for (const std::string& line : lines_of(table_text(data, data.tables[0], {.width = 0}))) {
    EXPECT_TRUE(line.size() < 120 || line.ends_with("nnn")) << line;
  }
  EXPECT_THAT(table_text(data, data.tables[0], {.width = 0}),
              HasSubstr("where              function"));
}

TEST(TextTree, InvertedHasOneTimeAndModulesWhereTheyChange) {
  ReportData data;
  data.tree_kind = TreeKind::kInverted;
  data.tree = tree_of("hot;caller;main 60\nhot;main 40");
  EXPECT_EQ(tree_text(data, {.width = 80}).substr(0, 17), "Inverted call tre");
  const std::string text = tree_text(data, {.width = 80});
  EXPECT_EQ(text.substr(text.find('\n') + 1), R"(   self
 100.0% hot  memory_graph
  60.0% ├ caller
  60.0% │ main
  40.0% └ main
)");
}

TEST(TextReport, HostileNamesCannotSpeakToTheTerminal) {
  ReportData data = hostile_report();
  data.tree_kind = TreeKind::kTopDown;
  const std::string text = text_report(data, {});
  EXPECT_EQ(
      std::count_if(text.begin(), text.end(), [](char c) { return c > 0 && c < ' ' && c != '\n'; }),
      0);
  EXPECT_THAT(text, Not(HasSubstr("\u202e")));
}

TEST(TextReport, ShowsIntervalsOnlyWhereTheyMatter) {
  const TextStyle style;
  EXPECT_EQ(interval_text(style, {0.5, 0.49, 0.51}, 10'000), "");
  EXPECT_EQ(interval_text(style, {0.5, 0.49, 0.51}, 999), "±1.0");
  EXPECT_EQ(interval_text(style, {0.01, 0.008, 0.014}, 10'000), "±0.3");
  EXPECT_EQ(interval_text({.unicode = false}, {0.5, 0.4, 0.6}, 10'000), "+-10.0");
}

TEST(TextReport, EmptySelectionsSaySo) {
  ReportData data;
  data.tables.resize(1);
  data.tree_kind = TreeKind::kTopDown;
  const std::string text = text_report(data, {});
  EXPECT_THAT(text, HasSubstr("Nothing stands out"));
  EXPECT_THAT(text, HasSubstr("No sample is in the selection"));
  EXPECT_THAT(text, HasSubstr("user side only"));
}

TEST(TextReport, CostIsATimeWhereAShareWouldSayNothing) {
  analysis::Summary summary{};
  summary.overhead_share = 0.026;
  EXPECT_EQ(cost_text(summary).value, "2.6%");
  summary.overhead_share = 139;
  summary.recorder_cpu_ns = 28'000'000;
  EXPECT_EQ(cost_text(summary).value, "28.0 ms");
}

TEST(TextReport, TellsWhatWasLost) {
  ReportData data = small_report();
  data.summary.lost_samples = 1204;
  data.summary.losses = {
      {.name = "samples_lost", .detail = "the ring was full", .severity = 3, .count = 1204}};
  const std::string text = text_report(data, {.width = 0});
  EXPECT_THAT(text, HasSubstr("1,204 samples lost"));
  EXPECT_THAT(text, HasSubstr("samples_lost (1,204): the ring was full"));
}

TEST(TextTree, IndentsOnlyWhereItForks) {
  ReportData data;
  data.tree_kind = TreeKind::kTopDown;
  data.tree_min_share = 0.05;
  data.tree = tree_of("main;run;parse 50\nmain;run;[i]check 30\nmain;run 15\nmain;x 3\nmain;y 2");
  EXPECT_EQ(tree_text(data, {.width = 0}),
            R"(Call tree  from the root; branches of 5.0% and more (--over 0 shows all)
  total    self
 100.0%    0.0% main  memory_graph
  95.0%   15.0% ├ run  memory_graph
  50.0%   50.0% │ ├ parse  memory_graph
  30.0%   30.0% │ └ check  ⤷ inlined  memory_graph
   5.0%         └ 2 smaller branches
)");
}

TEST(TextTree, ManyForksDoNotExhaustTheStack) {
  std::string text;
  std::string stack = "f";
  for (int i = 0; i < 3000; ++i) {
    if (i % 10 == 0) text += stack + ";g 1\n";
    stack += ";f";
  }
  ReportData data;
  data.tree_kind = TreeKind::kTopDown;
  data.tree = tree_of(text + stack + " 5");
  EXPECT_THAT(tree_text(data, {.width = 0}), HasSubstr("deeper"));
}

TEST(Neighbours, CallersAndCallees) {
  ReportData data = small_report();
  data.neighbours =
      analysis::Neighbours{.name = "memory::dot", .all_ns = 2000, .self_ns = 400, .total_ns = 1000};
  data.neighbours->callers = {{.name = "search", .module = "app", .total_ns = 750, .samples = 3}};
  EXPECT_EQ(neighbours_text(data, {.width = 80}), R"(memory::dot  20.0% self, 50.0% total
  of it  of all    time  called by  module
  75.0%   37.5%  750 ns  search     app
  It was not seen calling anything.
)");
}

constexpr auto source_of = [](std::string_view file) -> SourceFile {
  for (const SourceFile& source : sample_sources()) {
    if (source.file == file) return source;
  }
  return {};
};

TEST(AnnotateText, LinesAndInstructions) {
  const ReportData data = sample_report();
  const std::string text =
      annotate_text(data.annotations[0], source_of, {.width = 100}, {.context_lines = 1});
  EXPECT_EQ(text, R"(memory::similarity::dot_avx2
31.8% self · 31.8% total · 1,160 samples · memory_graph · similarity.cc:31
Self time is that of its code and of what was inlined into it; shares are of all CPU time.

/build/memory_graph/similarity.cc  31.8%
     self            line
                       33
     1.1% ▍            34    for (size_t i = 0; i < n; i += 8) {
                       35      // Unaligned loads cost nothing here.
     8.5% ███▍         36      const __m256 x = _mm256_loadu_ps(a + i);
    20.3% ████████     37      sum = _mm256_fmadd_ps(x, _mm256_loadu_ps(b + i), sum);
                       38    }
                        ⋮
                       57
     1.9% ▊            58    return _mm_cvtss_f32(_mm_hadd_ps(pairs, pairs));
                       59

/usr/include/immintrin.h  0.3%
  The source was not found. Looked for:
    /usr/include/immintrin.h
  --source-path OLD=NEW says where it is now.
     self            line
     0.3% ▏           912

Instructions  by address; a sample may fall on the instruction after the slow one
     self           address
                      12a40  vxorps xmm0, xmm0, xmm0               similarity.cc:33
     1.1% ▍           12a44  xor eax, eax                          similarity.cc:35
     8.5% ███▍        12a46  vmovups ymm1, ymmword ptr [rdi + 4*rax]  similarity.cc:36
    20.3% ████████    12a4b  vfmadd231ps ymm0, ymm1, ymmword ptr [rsi + 4*rax]  similarity.cc:37
     0.3% ▏           12a51  add rax, 8                            similarity.cc:35
                      12a55  cmp rax, rdx                          similarity.cc:35
     1.9% ▊           12a58  jb 0x12a46                            similarity.cc:35
)");
}

// Where the work is in what the function calls, its own lines say which call.
TEST(AnnotateText, TotalsShowWhereTheyDiffer) {
  analysis::Annotation a{.function = "run", .self_ns = 100, .total_ns = 900, .cpu_ns = 1000};
  a.lines = {{.file = "/absent.c", .line = 7, .self_ns = 100, .total_ns = 100},
             {.file = "/absent.c", .line = 9, .total_ns = 800},
             {.file = "/usr/include/tiny.h", .line = 1, .total_ns = 0}};
  const std::string text = annotate_text(a, source_of, {.width = 100}, {});
  EXPECT_THAT(text, HasSubstr("     self   total            line\n"
                              "    10.0%   10.0% ████████      7\n"
                              "            80.0%               9\n"));
  EXPECT_THAT(text, HasSubstr("1 more file with 0.0% between them"));
}

TEST(AnnotateText, ALargeFunctionIsShownAroundItsHotInstructions) {
  analysis::Annotation a{.function = "big", .self_ns = 100, .total_ns = 100, .cpu_ns = 100};
  for (uint64_t i = 0; i < 100; ++i) {
    a.instructions.push_back({.address = 0x1000 + i, .text = "op" + std::to_string(i)});
  }
  a.instructions[50].self_ns = 100;
  const std::string text = annotate_text(a, source_of, {}, {});
  EXPECT_THAT(text, HasSubstr("Hottest instructions"));
  for (const char* there : {"op47\n", "op48\n", "op49\n", "op50\n", "op51\n"}) {
    EXPECT_THAT(text, HasSubstr(there));
  }
  EXPECT_THAT(text, Not(HasSubstr("op52")));
  EXPECT_THAT(text, HasSubstr("95 more instructions: --all-instructions"));
  EXPECT_THAT(annotate_text(a, source_of, {}, {.instructions = Instructions::kAll}),
              HasSubstr("op99"));
  for (auto& one : a.instructions) one.inlined_into = "ns::holder";
  EXPECT_THAT(annotate_text(a, source_of, {}, {}), HasSubstr("  inlined into ns::holder:\n"));
}

TEST(AnnotateText, UnknownLinesAreSaidInWords) {
  analysis::Annotation a{.function = "f", .self_ns = 10, .total_ns = 10, .cpu_ns = 10};
  a.lines = {{.self_ns = 10, .total_ns = 10}};
  const std::string text = annotate_text(a, source_of, {}, {});
  EXPECT_THAT(text, HasSubstr("No line is known"));
  EXPECT_THAT(text, Not(HasSubstr("source not known")));
}

TEST(AnnotateText, SaysWhyThereAreNoInstructions) {
  const ReportData data = sample_report();
  const std::string text = annotate_text(data.annotations[1], source_of, {}, {});
  EXPECT_THAT(text, HasSubstr("No line is known"));
  EXPECT_THAT(text, HasSubstr("No instructions: the recording keeps code of the 32 hottest"));
}

RecordingInfo sample_info() {
  RecordingInfo info{.path = "app.hone", .file_bytes = 352'000};
  info.time_first = TimeNs{5'000'000'000};
  info.time_last = TimeNs{9'830'000'000};
  info.has_time = true;
  info.salvage.finished = true;
  info.tables = {
      {.name = "samples", .rows = 4812, .chunks = 3, .bytes = 201'000, .plain_bytes = 269'472},
      {.name = "dreams", .rows = 3, .chunks = 1, .bytes = 90, .known = false}};
  info.meta = {{"host.cpu_model", "AMD Ryzen 7 5800X"}, {"run.command", "./app \x1b[0m"}};
  return info;
}

TEST(InfoText, WholeFile) {
  EXPECT_EQ(info_text(sample_info(), {.width = 80}), R"(app.hone
352 kB · 4.83 s · finished

  table                                rows  chunks  on disk  packed  of the file
  samples                             4,812       3   201 kB    1.3x        57.1%
  dreams (not known to this version)      3       1     90 B                0.03%

  host.cpu_model  AMD Ryzen 7 5800X
  run.command     ./app \x1b[0m
)");
}

TEST(InfoText, OfARealFile) {
  const std::string path = testing::TempDir() + "report_info_test.hone";
  std::remove(path.c_str());
  {
    auto writer = recording::Writer::create(path, {});
    ASSERT_TRUE(writer) << writer.error().message;
    writer->append(recording::MetaRow{.key = "run.command", .value = "./old"});
    writer->append(recording::MetaRow{.key = "run.command", .value = "./app"});
    for (int64_t i = 0; i < 5000; ++i) {
      writer->append(recording::SampleRow{.time = TimeNs{1'000'000'000 + i * 1'000'000}});
    }
    ASSERT_TRUE(writer->finish());
  }
  const auto reader = recording::Reader::open(path);
  ASSERT_TRUE(reader) << reader.error().message;
  const RecordingInfo info = collect_info(*reader, path);
  EXPECT_TRUE(info.salvage.finished);
  EXPECT_THAT(info.meta, testing::ElementsAre(testing::Pair("run.command", "./app")));
  EXPECT_EQ(raw(info.time_last) - raw(info.time_first), 4'999'000'000);
  const auto samples = std::find_if(info.tables.begin(), info.tables.end(),
                                    [](const TableInfo& t) { return t.name == "samples"; });
  ASSERT_NE(samples, info.tables.end());
  EXPECT_EQ(samples->rows, 5000U);
  EXPECT_GT(samples->plain_bytes, samples->bytes);
  EXPECT_THAT(info_text(info, {.width = 0}), HasSubstr("5,000"));
  std::remove(path.c_str());
}

TEST(InfoText, CutAndDamagedFile) {
  RecordingInfo info = sample_info();
  info.salvage = {.bytes_unreadable = 4096,
                  .chunks_damaged = 2,
                  .first_damage_offset = 81920,
                  .version_newer = 3};
  const std::string text = info_text(info, {.width = 0});
  EXPECT_THAT(text, HasSubstr("not finished"));
  EXPECT_THAT(text, HasSubstr("2 damaged chunks were left out, the first at byte 81,920."));
  EXPECT_THAT(text, HasSubstr("4.10 kB could not be read."));
  EXPECT_THAT(text, HasSubstr("A newer Hone wrote it"));
  EXPECT_THAT(info_json(info, "0.1.0"), HasSubstr("\"schema\": \"hone.info/1\""));
}

}  // namespace
}  // namespace hone::report
