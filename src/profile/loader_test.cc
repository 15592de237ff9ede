#include "profile/loader.h"

#include <gtest/gtest.h>

#include "profile/stack_text.h"

namespace hone::profile {
namespace {

using recording::Table;

// "main > work > helper" of a stack, inlined ones in brackets.
std::string picture(const Profile& p, StackId id) {
  std::string text;
  for (; id != StackId::kNone; id = p.stacks().parent[raw(id)]) {
    const uint32_t frame = raw(p.stacks().frame[raw(id)]);
    for (uint32_t i = p.frames().first_line[frame]; i < p.frames().first_line[frame + 1]; ++i) {
      std::string name(p.string(p.functions()[raw(p.lines().function[i])].name));
      if (p.lines().inlined[i] != 0) name = "[" + name + "]";
      text = text.empty() ? name : name + " > " + text;
    }
  }
  return text;
}

uint64_t diagnostic(const Profile& p, std::string_view name) {
  for (const Diagnostic& d : p.diagnostics()) {
    if (d.name == name) return d.count;
  }
  return 0;
}

Profile load(Tables tables) {
  Result<Profile> loaded = Loader::build(std::move(tables), nullptr);
  EXPECT_TRUE(loaded.has_value());
  return std::move(*loaded);
}

TEST(Loader, AccountsOfManyHoursAreKeptAndImpossibleOnesNot) {
  const Profile p = profile_of_text(R"(
    @process app cpu_ns=90000000000000 unsampled_ns=-5000000000
    @process odd cpu_ns=9223372036854775807 unsampled_ns=9223372036854775807
    main 1
  )");
  EXPECT_EQ(p.processes()[1].cpu_ns, 90'000'000'000'000);
  EXPECT_EQ(p.processes()[1].unsampled_ns, -5'000'000'000);
  EXPECT_EQ(p.processes()[2].cpu_ns, -1);
  EXPECT_EQ(p.processes()[2].unsampled_ns, 0);
}

TEST(Loader, LoadsAPicture) {
  const Profile p = profile_of_text(R"(
    @meta run.command ./app --fast
    @meta run.command ./app --faster
    main;work;[inlined]helper@h.h:7 2
    main;libc.so.6!operator new(unsigned long) 1 thread=io cpu=3
  )");
  ASSERT_EQ(p.samples().size(), 3u);
  EXPECT_EQ(picture(p, p.samples().stack[0]), "main > work > [helper]");
  EXPECT_EQ(picture(p, p.samples().stack[2]), "main > operator new(unsigned long)");
  EXPECT_EQ(p.samples().cpu[2], 3);
  EXPECT_EQ(p.string(p.threads()[raw(p.samples().thread[2])].name), "io");
  EXPECT_EQ(p.meta("run.command"), "./app --faster");
  EXPECT_EQ(p.meta("no.such"), "");
  EXPECT_TRUE(p.symbolised());
  EXPECT_TRUE(p.diagnostics().empty());
}

TEST(Loader, NamesPlacesWithoutSymbols) {
  const Profile p = profile_of_text(R"(
    /usr/bin/xz!0x1234 1
    ?!0xdead 1
    [kernel]0xff00 1
    [kernel]0xff08 1
    [vdso]!0xc10 1
    //anon!0x7f10 1
    //anon!0x7f20 1
  )");
  EXPECT_EQ(picture(p, StackId{1}), "xz+0x1234");
  EXPECT_EQ(picture(p, StackId{2}), "[unknown] 0xdead");
  EXPECT_EQ(picture(p, StackId{3}), "[kernel]");
  EXPECT_EQ(picture(p, StackId{5}), "[vdso]");
  EXPECT_EQ(picture(p, StackId{6}), "[anon]");
  EXPECT_EQ(p.lines().function[raw(p.stacks().frame[6])],
            p.lines().function[raw(p.stacks().frame[7])]);
  EXPECT_EQ(p.lines().function[raw(p.stacks().frame[3])],
            p.lines().function[raw(p.stacks().frame[4])]);
}

TEST(Loader, NamesAFunctionOfKnownBoundsByItsStart) {
  Tables tables = tables_of_text("@function f start=0x4000\nf 1");
  tables[Table::kFunctions].columns[1].numbers[0] = 0;  // its name
  const Profile p = load(std::move(tables));
  EXPECT_EQ(picture(p, StackId{1}), "app+0x4000");
}

TEST(Loader, ShowsOneFunctionForInlinedAndCalledRows) {
  Tables tables = tables_of_text("@function helper start=0x4000 bytes=80\nmain;helper 1\nmain 1");
  // The same name again, as rows of inlined instances have it: no bounds, but a declaration.
  const recording::FunctionRow again{
      .module = ModuleId{1}, .name = StringId{2}, .file = StringId{3}, .line = 9};
  ASSERT_EQ(tables[Table::kStrings].columns[0].text(1), "helper");
  const uint32_t id = tables.append(again);
  recording::Columns& lines = tables[Table::kLines];
  lines.columns[1].numbers.back() = id;
  const Profile p = load(std::move(tables));
  EXPECT_EQ(function_named(p, "helper"), FunctionId{1});
  EXPECT_EQ(p.functions()[1].start, 0x4000u);
  EXPECT_EQ(p.functions()[1].line, 9u);
}

TEST(Loader, KeepsStaticFunctionsOfTwoFilesApart) {
  Tables tables = tables_of_text("@function init file=a.c\ninit 1\nmain 1");
  const recording::FunctionRow other{
      .module = ModuleId{1}, .name = StringId{2}, .start = 0x9000, .file = StringId{1}};
  tables[Table::kLines].columns[1].numbers.back() = tables.append(other);
  const Profile p = load(std::move(tables));
  EXPECT_NE(p.lines().function[1], p.lines().function[2]);
}

TEST(Loader, MapsHostileIdsToNoneAndCountsThem) {
  const std::string text = "main;a 3\nmain;b 1";
  {
    Tables tables = tables_of_text(text);
    tables.samples.thread[0] = ThreadId{77};
    tables.samples.stack[1] = StackId{0xffffffff};
    const Profile p = load(std::move(tables));
    EXPECT_EQ(p.samples().thread[0], ThreadId::kNone);
    EXPECT_EQ(p.samples().stack[1], StackId::kNone);
    EXPECT_EQ(diagnostic(p, "load.id_out_of_range"), 2u);
  }
  {
    Tables tables = tables_of_text(text);
    tables.stacks.parent[1] = StackId{2};  // the root is its child's child
    const Profile p = load(std::move(tables));
    EXPECT_EQ(p.stacks().parent[1], StackId::kNone);
    EXPECT_EQ(diagnostic(p, "load.stack_order"), 1u);
  }
  {
    Tables tables = tables_of_text(text);
    tables.samples.weight_ns[0] = -5;
    tables.samples.weight_ns[1] = INT64_MAX / 3;
    const Profile p = load(std::move(tables));
    EXPECT_EQ(p.samples().weight_ns[0], 0);
    EXPECT_EQ(p.samples().weight_ns[1], 0);
    EXPECT_EQ(diagnostic(p, "load.weight_out_of_range"), 2u);
  }
}

TEST(Loader, TimesStayFarFromOverflow) {
  for (const int64_t time : {INT64_MIN, int64_t{-1}, INT64_MAX}) {
    Tables tables = tables_of_text("@thread main process=app tid=1 start_ns=5 end_ns=6\nmain 2");
    tables.samples.time[0] = TimeNs{time};
    for (const Table table : {Table::kThreads, Table::kThreadEnds, Table::kProcesses}) {
      const recording::TableSpec& spec = recording::spec_of(table);
      for (size_t c = 0; c < spec.columns.size(); ++c) {
        if (spec.columns[c].unit != recording::Unit::kTime) continue;
        for (uint64_t& number : tables[table].columns[c].numbers) {
          number = static_cast<uint64_t>(time);
        }
      }
    }
    const Profile p = load(std::move(tables));
    for (const TimeNs got :
         {p.samples().time[0], p.threads()[1].start, p.threads()[1].end, p.processes()[1].start}) {
      EXPECT_GE(raw(got), 0) << time;
      EXPECT_LT(raw(got), INT64_MAX / 2) << time;
    }
    EXPECT_EQ(p.samples().time[1], tables_of_text("main 2").samples.time[1]);
  }
}

TEST(Loader, DamageInAnyCellNeverCrashes) {
  const std::string text = R"(
    @module /usr/bin/app state=2 missing=debug file
    @code work 9090c3
    @code_line work 0 a.c:3
    main;work;[inlined]helper@h.h:7 2
    main;libm!sin 1 thread=io
    @diagnostic samples_lost count=4
    @process app cpu_ns=5000000 unsampled_ns=4
  )";
  const Tables whole = tables_of_text(text);
  for (size_t t = 0; t < whole.columns.size(); ++t) {
    for (size_t c = 0; c < whole.columns[t].columns.size(); ++c) {
      // The end offsets of texts are the reader's word.
      const recording::TableSpec& spec = recording::spec_of(static_cast<Table>(t));
      if (spec.columns[c].type == recording::ColumnType::kBytes) continue;
      for (size_t r = 0; r < whole.columns[t].columns[c].numbers.size(); ++r) {
        for (const uint64_t value : {uint64_t{0}, ~uint64_t{0}, uint64_t{1} << 31, uint64_t{3}}) {
          Tables damaged = whole;
          damaged.columns[t].columns[c].numbers[r] = value;
          ASSERT_TRUE(Loader::build(std::move(damaged), nullptr).has_value());
        }
      }
    }
  }
}

TEST(Loader, DamageInAnySampleOrStackNeverCrashes) {
  const Tables whole = tables_of_text("main;work;[inlined]helper 2\nmain;sin 1 thread=io");
  const auto damage = [&](size_t rows, auto&& set) {
    for (size_t row = 0; row < rows; ++row) {
      for (const uint64_t value : {uint64_t{0}, ~uint64_t{0}, uint64_t{1} << 31, uint64_t{3}}) {
        Tables damaged = whole;
        set(damaged, row, value);
        const Profile p = load(std::move(damaged));
        for (uint32_t i = 1; i < p.stacks().size(); ++i) {
          ASSERT_LT(raw(p.stacks().parent[i]), i);
          ASSERT_LT(raw(p.stacks().frame[i]), p.frames().size());
        }
        for (size_t i = 0; i < p.samples().size(); ++i) {
          ASSERT_LT(raw(p.samples().stack[i]), p.stacks().size());
          ASSERT_LT(raw(p.samples().thread[i]), p.threads().size());
          ASSERT_GE(p.samples().weight_ns[i], 0);
        }
      }
    }
  };
  const size_t samples = whole.samples.size();
  damage(samples, [](Tables& t, size_t row, uint64_t value) {
    t.samples.thread[row] = static_cast<ThreadId>(value);
  });
  damage(samples, [](Tables& t, size_t row, uint64_t value) {
    t.samples.stack[row] = static_cast<StackId>(value);
  });
  damage(samples, [](Tables& t, size_t row, uint64_t value) {
    t.samples.weight_ns[row] = static_cast<int64_t>(value);
  });
  const size_t stacks = whole.stacks.size();
  damage(stacks - 1, [](Tables& t, size_t row, uint64_t value) {
    t.stacks.parent[row + 1] = static_cast<StackId>(value);
  });
  damage(stacks - 1, [](Tables& t, size_t row, uint64_t value) {
    t.stacks.frame[row + 1] = static_cast<FrameId>(value);
  });
}

TEST(Loader, TakesTheLatestNames) {
  Tables tables = tables_of_text("main 1\n@process app pid=7\n@thread main tid=7");
  tables.append(recording::StringRow{.text = "later"});
  tables.append(recording::StringRow{.text = "earlier"});
  const uint32_t count = static_cast<uint32_t>(tables[Table::kStrings].row_count);
  tables.append(recording::ThreadNameRow{
      .thread = ThreadId{1}, .time = TimeNs{20}, .name = StringId{count - 1}, .exec = 1});
  tables.append(
      recording::ThreadNameRow{.thread = ThreadId{1}, .time = TimeNs{10}, .name = StringId{count}});
  const Profile p = load(std::move(tables));
  EXPECT_EQ(p.string(p.threads()[1].name), "later");
  EXPECT_EQ(p.string(p.processes()[1].name), "later");
}

TEST(Loader, AddsUpDiagnosticsOfOneName) {
  const Profile p = profile_of_text(R"(
    @diagnostic samples_lost count=4 severity=2
    @diagnostic samples_lost count=3 severity=3 detail=ring was full
    main 1)");
  ASSERT_EQ(p.diagnostics().size(), 1u);
  EXPECT_EQ(p.diagnostics()[0].count, 7u);
  EXPECT_EQ(p.diagnostics()[0].severity, 3);
}

TEST(Loader, AsksForSymbolsOnlyWhenThereAreNone) {
  Tables tables = tables_of_text("/usr/bin/xz!0x1234;/usr/bin/xz!0x2000 1");
  int asked = 0;
  auto symbols = [&](const Profile& p) {
    ++asked;
    EXPECT_EQ(p.frames().address[1], 0x1234u);
    LateSymbols late;
    late.functions.push_back(
        {.module = ModuleId{1}, .name = "outer", .start = 0x1200, .source = 1});
    late.functions.push_back({.module = ModuleId{1}, .name = "inner", .source = 1});
    late.lines.push_back(
        {.frame = FrameId{1}, .function = 1, .file = "a.c", .line = 3, .inlined = true});
    late.lines.push_back({.frame = FrameId{1}, .function = 0, .file = "a.c", .line = 9});
    late.lines.push_back({.frame = FrameId{2}, .function = 99});
    late.modules.push_back({.module = ModuleId{1}, .state = 1, .optimised = false});
    return late;
  };
  const Profile::Symboliser symboliser(symbols);
  Result<Profile> p = Loader::build(std::move(tables), &symboliser);
  ASSERT_TRUE(p.has_value());
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(p->symbolised());
  EXPECT_EQ(picture(*p, StackId{2}), "outer > [inner] > xz+0x2000");
  EXPECT_FALSE(p->modules()[1].optimised);

  ASSERT_TRUE(Loader::build(tables_of_text("main 1"), &symboliser).has_value());
  EXPECT_EQ(asked, 1);
}

TEST(Loader, AnEmptyRecordingIsAProfileOfNothing) {
  const Profile p = load(Tables{});
  EXPECT_EQ(p.samples().size(), 0u);
  EXPECT_EQ(p.stacks().size(), 1u);
  EXPECT_EQ(p.frames().first_line.size(), 2u);
  EXPECT_EQ(p.functions().size(), 1u);
}

TEST(Loader, KeepsWaitsThatCanBeAndCountsTheRest) {
  Tables tables = tables_of_text("main;work 2");
  const recording::WaitRow sound{.time = TimeNs{100},
                                 .until = TimeNs{400},
                                 .thread = ThreadId{1},
                                 .duration = DurationNs{300},
                                 .count = 1,
                                 .runnable = DurationNs{-1},
                                 .stack = StackId{2}};
  tables.append(sound);
  const auto with = [&](auto&& change) {
    recording::WaitRow row = sound;
    change(row);
    tables.append(row);
  };
  with([](auto& row) { row.thread = ThreadId{0}; });
  with([](auto& row) { row.thread = ThreadId{99}; });
  with([](auto& row) { row.duration = DurationNs{301}; });  // longer than its time
  with([](auto& row) { row.duration = DurationNs{-1}; });
  with([](auto& row) { row.until = TimeNs{99}; });
  with([](auto& row) { row.runnable = DurationNs{301}; });
  with([](auto& row) {
    row.time = TimeNs{INT64_MIN};
    row.until = TimeNs{INT64_MAX};
  });
  with([](auto& row) {
    row.time = TimeNs{0};
    row.until = TimeNs{INT64_MAX};
    row.duration = DurationNs{INT64_MAX};
  });
  with([](auto& row) { row.flags = recording::kWaitAccount; });  // an account has no duration
  const Profile odd = [&] {
    with([](auto& row) {
      row.stack = StackId{77};
      row.place = StringId{1u << 30};
      row.waker = ThreadId{44};
      row.stands_for = DurationNs{INT64_MIN};
    });
    return load(std::move(tables));
  }();
  ASSERT_EQ(odd.waits().size(), 2u);
  EXPECT_EQ(odd.waits()[0].stack, StackId{2});
  EXPECT_EQ(odd.waits()[1].stack, StackId::kNone);
  EXPECT_EQ(odd.waits()[1].place, StringId::kNone);
  EXPECT_EQ(odd.waits()[1].waker, ThreadId::kNone);
  EXPECT_EQ(odd.waits()[1].stands_for_ns, 0);
  EXPECT_EQ(diagnostic(odd, "load.wait_out_of_range"), 9u);
}

}  // namespace
}  // namespace hone::profile
