#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "exchange/cost_metrics.h"
#include "exchange/costs_test_support.h"
#include "exchange/proto_buffer.h"
#include "exchange/test_support.h"
#include "symbols/module_file.h"

namespace hone::exchange {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A profile.proto, in the order in which Go writes it: texts at the end.
class MadePprof {
 public:
  uint64_t text(std::string_view words) {
    const auto [at, is_new] = numbers_.try_emplace(std::string(words), numbers_.size() + 1);
    if (is_new) texts_.emplace_back(words);
    return at->second;
  }
  MadePprof& type(std::string_view type, std::string_view unit, uint32_t field = 1) {
    const uint64_t type_text = text(type), unit_text = text(unit);
    const size_t begun = out_.begin(field);
    out_.put(1, type_text);
    out_.put(2, unit_text);
    out_.end(begun);
    return *this;
  }
  struct Label {
    std::string_view key, words;
    uint64_t number = 0;
  };
  MadePprof& sample(const std::vector<uint64_t>& locations, const std::vector<int64_t>& values,
                    const std::vector<Label>& labels = {}, bool is_packed = true) {
    std::vector<std::pair<uint64_t, uint64_t>> texts;
    for (const Label& label : labels) {
      texts.emplace_back(text(label.key), label.words.empty() ? 0 : text(label.words));
    }
    const size_t begun = out_.begin(2);
    if (is_packed) {
      const size_t packed = out_.begin(1);
      for (const uint64_t each : locations) out_.put_packed(each);
      out_.end(packed);
    } else {
      for (const uint64_t each : locations) out_.put(1, each);
    }
    const size_t packed = out_.begin(2);
    for (const int64_t each : values) out_.put_packed(static_cast<uint64_t>(each));
    out_.end(packed);
    for (size_t i = 0; i < labels.size(); ++i) {
      const size_t label = out_.begin(3);
      out_.put(1, texts[i].first);
      if (texts[i].second != 0) out_.put(2, texts[i].second);
      if (labels[i].number != 0) out_.put(3, labels[i].number);
      out_.end(label);
    }
    out_.end(begun);
    return *this;
  }
  MadePprof& mapping(uint64_t id, std::string_view file, std::string_view build_id,
                     uint64_t start = 0, uint64_t limit = 0, uint64_t offset = 0) {
    const uint64_t file_text = text(file), build_text = text(build_id);
    const size_t begun = out_.begin(3);
    out_.put(1, id);
    out_.put(2, start);
    out_.put(3, limit);
    out_.put(4, offset);
    out_.put(5, file_text);
    out_.put(6, build_text);
    out_.end(begun);
    return *this;
  }
  // `lines`: function, line, innermost first.
  MadePprof& location(uint64_t id, uint64_t mapping, uint64_t address,
                      const std::vector<std::pair<uint64_t, uint64_t>>& lines) {
    const size_t begun = out_.begin(4);
    out_.put(1, id);
    out_.put(2, mapping);
    out_.put(3, address);
    for (const auto& [function, number] : lines) {
      const size_t line = out_.begin(4);
      out_.put(1, function);
      out_.put(2, number);
      out_.end(line);
    }
    out_.end(begun);
    return *this;
  }
  MadePprof& function(uint64_t id, std::string_view name, std::string_view file) {
    const uint64_t name_text = text(name), file_text = text(file);
    const size_t begun = out_.begin(5);
    out_.put(1, id);
    out_.put(2, name_text);
    out_.put(4, file_text);
    out_.end(begun);
    return *this;
  }
  MadePprof& number(uint32_t field, uint64_t value) {
    out_.put(field, value);
    return *this;
  }
  std::string bytes() {
    out_.put_text(6, "");
    for (const std::string& each : texts_) out_.put_text(6, each);
    texts_.clear();
    return std::string(out_.bytes());
  }

 private:
  ProtoBuffer out_;
  std::map<std::string, uint64_t> numbers_;
  std::vector<std::string> texts_;
};

// Ids that are no indexes; main calls step, into which solve is inlined.
MadePprof cpu_profile() {
  MadePprof out;
  out.type("samples", "count").type("cpu", "nanoseconds");
  out.sample({900, 7}, {2, 20'000'000}).sample({7}, {1, 10'000'000}, {}, false);
  out.mapping(5, "/nowhere/app", "0badc0de");
  out.location(7, 5, 0x1000, {{UINT64_MAX, 3}}).location(900, 5, 0x2000, {{44, 11}, {45, 9}});
  out.function(UINT64_MAX, "main", "a.cc")
      .function(44, "solve", "b.h")
      .function(45, "step", "a.cc");
  return out;
}

TEST(ImportPprof, SamplesWithLinesAndInlinedCalls) {
  const Imported got = imported(cpu_profile().bytes());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got),
              ElementsAre("cpu: app!main (a.cc:3) 10000000/1",
                          "cpu: app!main (a.cc:3);app!step (a.cc:9)>app!solve (b.h:11) 20000000/2",
                          "samples: app!main (a.cc:3) 1/1",
                          "samples: app!main (a.cc:3);app!step (a.cc:9)>app!solve (b.h:11) 2/2"));
  EXPECT_THAT(got.left, IsEmpty());
  EXPECT_EQ(got.profile->modules()[1].build_id, "\x0b\xad\xc0\xde");
}

TEST(ImportPprof, TypesAreCalledWhatHoneCallsThem) {
  const auto name = [](std::string_view type, std::string_view unit) {
    const CostMetric metric = pprof_metric(type, unit);
    return metric.name + " " + std::to_string(static_cast<int>(metric.unit)) + " " +
           std::to_string(metric.scale);
  };
  EXPECT_EQ(name("cpu", "nanoseconds"), "cpu 3 1");
  EXPECT_EQ(name("cpu", "microseconds"), "cpu 3 1000");
  EXPECT_EQ(name("cpu", "count"), "cpu-count 1 1");
  EXPECT_EQ(name("cpu", "joules"), "cpu-joules 1 1");
  EXPECT_EQ(name("alloc_space", "bytes"), "alloc-bytes 2 1");
  EXPECT_EQ(name("alloc_objects", "count"), "alloc-count 1 1");
  EXPECT_EQ(name("inuse_space", "bytes"), "live-bytes 2 1");
  EXPECT_EQ(name("inuse_objects", "count"), "inuse_objects 1 1");
  EXPECT_EQ(name("off_cpu", "nanoseconds"), "off-cpu 3 1");
  EXPECT_EQ(name("cycles", "count"), "cycles 1 1");
  EXPECT_EQ(pprof_metric("power", "joules").title, "power (joules)");
}

// Of all versions of Go: what it writes is scaled by the sampling fraction and in nanoseconds by
// then, and the period is that of the events, which says nothing more.
TEST(ImportPprof, ContentionOfGo) {
  MadePprof made;
  made.type("contentions", "count").type("delay", "nanoseconds");
  made.type("contentions", "count", 11).number(12, 1);
  made.sample({1}, {15, 4000});
  const Imported got = imported(made.bytes());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("contentions: [unknown] 15", "delay: [unknown] 4000/15"));
  EXPECT_EQ(got.profile->cost_metrics()[1].unit, recording::TrackUnit::kCount);
}

TEST(ImportPprof, UnitsAreConvertedExactly) {
  struct Case {
    std::string_view unit;
    recording::TrackUnit of;
    int64_t scale;
  };
  using recording::TrackUnit;
  for (const Case& each : {Case{"nanosecond", TrackUnit::kNanoseconds, 1},
                           {"Microsecond", TrackUnit::kNanoseconds, 1000},
                           {"millisecond", TrackUnit::kNanoseconds, 1'000'000},
                           {"sec", TrackUnit::kNanoseconds, 1'000'000'000},
                           {"SECONDS", TrackUnit::kNanoseconds, 1'000'000'000},
                           {"minutes", TrackUnit::kNanoseconds, 60'000'000'000},
                           {"hrs", TrackUnit::kNanoseconds, 3'600'000'000'000},
                           {"days", TrackUnit::kNanoseconds, 86'400'000'000'000},
                           {"kb", TrackUnit::kBytes, 1 << 10},
                           {"KB", TrackUnit::kBytes, 1 << 10},
                           {"kilobyte", TrackUnit::kBytes, 1 << 10},
                           {"mb", TrackUnit::kBytes, 1 << 20},
                           {"MiB", TrackUnit::kBytes, 1 << 20},
                           {"gigabytes", TrackUnit::kBytes, 1 << 30},
                           {"tb", TrackUnit::kBytes, int64_t{1} << 40},
                           {"s", TrackUnit::kNanoseconds, 1'000'000'000},
                           {"counts", TrackUnit::kCount, 1},
                           {"things", TrackUnit::kCount, 1}}) {
    const CostMetric metric = pprof_metric("x", each.unit);
    EXPECT_EQ(metric.unit, each.of) << each.unit;
    EXPECT_EQ(metric.scale, each.scale) << each.unit;
    EXPECT_EQ(metric.title == "x", each.unit != "things") << metric.title;
  }
  MadePprof made;
  made.type("x", "gb").sample({1}, {3}).sample({1}, {int64_t{1} << 33});
  const Imported got = imported(made.bytes());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("x: [unknown] 3221225472"));
  EXPECT_EQ(got.left.at("import.cost_out_of_range"), 1u);
}

TEST(ImportPprof, LabelsThatSayAThread) {
  MadePprof made;
  made.type("samples", "count");
  made.sample({1}, {1}, {{"thread", "worker", 0}, {"tid", "", 12}, {"pid", "", 10}});
  made.sample({1}, {2}, {{"thread", "worker", 0}, {"tid", "", 12}, {"pid", "", 10}});
  made.sample({1}, {4}, {{"thread name", "other", 0}, {"process", "app", 0}});
  made.sample({1}, {8}, {{"request", "GET /", 0}, {"bytes", "", 64}});
  made.location(1, 0, 0, {{1, 0}}).function(1, "f", "");
  const Imported got = imported(made.bytes());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("samples other: f 4/4", "samples worker: f 1/1",
                                      "samples worker: f 2/2", "samples: f 8/8"));
  EXPECT_EQ(got.left.at("pprof.labels"), 2u);
  EXPECT_EQ(got.left.at("pprof.thread_numbers"), 1u);
  EXPECT_EQ(got.profile->processes()[1].pid, 10u);
}

TEST(ImportPprof, WhatContradictsItselfIsCounted) {
  MadePprof made = cpu_profile();
  made.sample({7}, {1}).sample({7, 12345}, {-1, 5'000'000}).sample({8}, {1, 0});
  made.location(7, 5, 0, {}).location(8, 99, 0, {}).number(7, 1).number(9, 1'700'000'000);
  const Imported got = imported(made.bytes());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("pprof.bad_sample"), 1u);
  EXPECT_EQ(got.left.at("import.negative_cost"), 1u);
  EXPECT_EQ(got.left.at("pprof.missing_reference"), 2u);
  EXPECT_EQ(got.left.at("pprof.repeated_id"), 1u);
  EXPECT_EQ(got.left.at("pprof.frame_filters"), 1u);
  EXPECT_EQ(got.left.at("pprof.unnamed"), 1u);
  EXPECT_THAT(costs(got), Contains(HasSubstr("[unknown];app!main (a.cc:3) 5000000")));
  EXPECT_EQ(got.profile->meta("import.time_unix_ns"), "1700000000");
}

TEST(ImportPprof, ThreadsWithoutNumbersAreNoOthers) {
  MadePprof made;
  made.type("samples", "count");
  made.sample({1}, {1}, {{"thread", "x", 0}}).sample({1}, {2}, {{"tid", "", 1}});
  made.sample({1}, {4}, {{"process", "a", 0}, {"tid", "", 9}});
  made.sample({1}, {8}, {{"process", "b", 0}, {"tid", "", 9}});
  made.location(1, 0, 0, {{1, 0}}).function(1, "f", "");
  const Imported got = imported(made.bytes());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("samples 1: f 2/2", "samples 9: f 4/4", "samples 9: f 8/8",
                                      "samples x: f 1/1"));
  EXPECT_EQ(got.profile->threads().size(), 1u + 4);
  EXPECT_EQ(got.profile->processes().size(), 1u + 3);
  EXPECT_EQ(got.left.at("pprof.process_numbers"), 2u);
}

TEST(ImportPprof, LabelsOfThreadsThatSayNoneAreCounted) {
  MadePprof made;
  made.type("samples", "count");
  made.sample({1}, {1}, {{"tid", "worker-1", 0}});
  made.sample({1}, {2}, {{"pid", "", uint64_t{1} << 32}});
  made.sample({1}, {4}, {{"thread", "", 7}});
  made.location(1, 0, 0, {{1, 0}}).function(1, "f", "");
  const Imported got = imported(made.bytes());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("pprof.unread_labels"), 3u);
  EXPECT_EQ(got.profile->threads().size(), 1u);
}

TEST(ImportPprof, TheTypesSayHowManyValuesASampleHas) {
  MadePprof made;
  made.type("a", "count").type("b", "count");
  made.sample({1}, {9}).sample({1}, {1, 2}).sample({1}, {3, 4});
  const Imported got = imported(made.bytes());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("pprof.bad_sample"), 1u);
  EXPECT_THAT(costs(got),
              ElementsAre("a: [unknown] 1", "a: [unknown] 3", "b: [unknown] 2", "b: [unknown] 4"));
}

TEST(ImportPprof, TypesOfOneNameStayApart) {
  MadePprof made;
  made.type("x", "count").type("x", "count").type("x-2", "count");
  made.sample({1}, {1, 2, 4});
  const Imported got = imported(made.bytes());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("x-2-2: [unknown] 4", "x-2: [unknown] 2", "x: [unknown] 1"));
}

TEST(ImportPprof, WhatUnpacksToTooMuchIsRefused) {
  const auto read = [](std::string bytes) {
    static constexpr ImportFormat kSmall{
        .name = "pprof", .summary = "", .fits = fits_pprof, .read = [](Input& in, Intake& to) {
          in.held().set_most(1 << 20);
          return import_pprof(in, to);
        }};
    return imported_as(std::move(bytes), &kSmall);
  };
  EXPECT_TRUE(read(cpu_profile().bytes()).profile);
  // Each made of 2 bytes a piece or so: texts, locations, functions, samples, values, labels.
  const auto times = [](int count, auto&& add) {
    MadePprof made = cpu_profile();
    for (int i = 0; i < count; ++i) add(made, static_cast<uint64_t>(i) + 1000);
    return made.bytes();
  };
  const std::string long_name(100'000, 'n');
  std::string no_texts;
  for (int i = 0; i < 150'000; ++i) no_texts += std::string_view("\x32\0", 2);
  const std::string hostile[] = {
      cpu_profile().bytes() + no_texts,
      times(40'000, [](MadePprof& made, uint64_t i) { made.location(i, 0, 0, {}); }),
      times(40'000, [](MadePprof& made, uint64_t i) { made.function(i, "f", ""); }),
      times(40'000,
            [](MadePprof& made, uint64_t i) {
              made.sample({i}, {1, 2});
            }),
      times(40,
            [&](MadePprof& made, uint64_t i) {
              made.function(i, long_name, std::to_string(i))
                  .location(i, 0, i, {{i, i}})
                  .sample({i}, {1, 2});
            }),
      times(4000,
            [](MadePprof& made, uint64_t i) {
              made.sample({7}, {1, 2}, {{"tid", "", i}});
            }),
  };
  for (const std::string& bytes : hostile) {
    const Imported got = read(bytes);
    ASSERT_FALSE(got.profile) << bytes.size();
    EXPECT_EQ(got.error.code, Code::LimitExceeded) << got.error.message;
  }
}

TEST(ImportPprof, LinesOfOnePlaceHaveALimit) {
  MadePprof made;
  made.type("samples", "count").sample({1}, {1});
  made.location(1, 0, 0, std::vector<std::pair<uint64_t, uint64_t>>(9000, {0, 0}));
  const Imported got = imported(made.bytes());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("pprof.too_many_lines"), 9000u - 8192);
}

TEST(ImportPprof, AddressesWithoutNamesAreThoseOfTheFile) {
  // This very program, mapped somewhere.
  const auto self = symbols::open_elf("/proc/self/exe");
  ASSERT_TRUE(self);
  const std::string path = std::string(testing::TempDir()) + "hone-pprof-self";
  const elf::Segment* code = nullptr;
  for (const elf::Segment& segment : self->image.segments()) {
    if (segment.executable) code = &segment;
  }
  ASSERT_NE(code, nullptr);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(self->image.bytes().data()),
             static_cast<std::streamsize>(self->image.bytes().size()));
  MadePprof made;
  const uint64_t start = 0x7f00'0000'0000;
  made.type("cpu", "nanoseconds").sample({1}, {5}).sample({2}, {6});
  made.mapping(1, path, "", start, start + 0x100000, raw(code->offset));
  made.mapping(2, "/nowhere/lib.so", "", start, start + 0x100000, 0x1000);
  made.location(1, 1, start + 0x10, {}).location(2, 2, start + 0x10, {});
  const Imported got = imported(made.bytes());
  ::unlink(path.c_str());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.profile->frames().address[1], raw(code->svma) + 0x10);
  EXPECT_EQ(got.profile->frames().address[2], 0x1010u);
  EXPECT_EQ(got.left.at("import.no_file"), 1u);
  EXPECT_EQ(got.left.at("import.no_build_id"), 2u);
}

TEST(ImportPprof, WhatIsCutIsSaidOrRefused) {
  const std::string whole = cpu_profile().bytes();
  size_t taken = 0;
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const Imported got = imported(whole.substr(0, bytes), "pprof");
    if (got.profile) {
      ++taken;
      continue;
    }
    EXPECT_EQ(got.error.code, Code::Corrupt) << bytes;
  }
  EXPECT_GT(taken, 0u);
  EXPECT_EQ(imported(whole.substr(0, 20), "pprof").error.code, Code::Corrupt);
  const Imported cut = imported(whole.substr(0, whole.size() - 2));
  ASSERT_TRUE(cut.profile) << cut.error.message;
  EXPECT_EQ(cut.left.at("import.cut_short"), 1u);
  EXPECT_EQ(imported("\n\x04\x08\x01\x10\x02\x07").error.code, Code::Unsupported);
}

TEST(ImportPprof, WhatHoneWrites) {
  MadeProfile made(R"(
    @thread main process=app tid=11 start_ns=1000000000 end_ns=2000000000
    @thread worker process=app tid=12 start_ns=1000000000 end_ns=2000000000
    main@a.cc:3;[inlined]step@b.cc:9;[kernel]read 2 time=1000000005
    main@a.cc:3 1 time=1000000009 weight=50 thread=worker
    @wait main;lock start=1000001100 ns=300 count=2
  )");
  const Imported got = imported(made.exported("pprof"));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got),
              ElementsAre("cpu main: app!main (:3)>app!step (:9);[kernel]!read 2000000/2",
                          "cpu worker: app!main (:3) 50/1", "off-cpu main: app!main;app!lock 300/2",
                          "samples main: app!main (:3)>app!step (:9);[kernel]!read 2/2",
                          "samples worker: app!main (:3) 1/1", "waits main: app!main;app!lock 2"));
  EXPECT_EQ(got.profile->threads()[1].tid, 11u);
}

}  // namespace
}  // namespace hone::exchange
