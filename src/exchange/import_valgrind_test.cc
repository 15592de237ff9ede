#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/import_samples_text.h"
#include "exchange/valgrind_frame.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ValgrindFrame, EveryForm) {
  const auto words = [](std::string_view text) {
    const ValgrindFrame frame = parse_valgrind_frame(text);
    return std::string(frame.function) + "|" + std::string(frame.module) + "|" +
           std::string(frame.file) + "|" + std::to_string(frame.line);
  };
  EXPECT_EQ(words("0x109186: make (d.c:4)"), "make||d.c|4");
  EXPECT_EQ(words("0x4: a::b(int, char) (x/y z.cc:12)"), "a::b(int, char)||x/y z.cc|12");
  EXPECT_EQ(words("0x4: f(int) (in /usr/lib/a (1).so)"), "f(int)|/usr/lib/a (1).so||0");
  EXPECT_EQ(words("0x10: alloc::alloc (src/alloc.rs:87:9)"), "alloc::alloc||src/alloc.rs|87");
  EXPECT_EQ(words("0x4: operator new(unsigned long)"), "operator new(unsigned long)|||0");
  EXPECT_EQ(words("???"), "???|||0");
  EXPECT_EQ(words(""), "|||0");
}

TEST(ImportDhat, HeapProfilesBecomeSums) {
  const Imported got = imported(R"j({"dhatFileVersion":2,"mode":"heap","verb":"Allocated",
"bklt":true,"bkacc":true,"tu":"instrs","Mtu":"Minstr","cmd":"./app -x","pid":77,"te":30,"tg":20,
"pps":[{"tb":100,"tbk":4,"tl":9,"mb":60,"mbk":2,"gb":50,"gbk":2,"eb":0,"ebk":0,"rb":7,"wb":8,
"acc":[-4,0],"fs":[1,2,3]},{"tb":5,"tbk":1,"eb":5,"ebk":1,"fs":[1,9]}],
"ftbl":["[root]","0x1: malloc (in /m.so)","0x2: make (d.c:4)","0x3: main (d.c:9)"]})j");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(
      costs_text(got),
      ElementsAre("alloc-bytes 100/4: main;make;malloc", "alloc-count 4/4: main;make;malloc",
                  "dhat.peak-bytes 50/2: main;make;malloc", "dhat.lifetimes 9/4: main;make;malloc",
                  "dhat.read-bytes 7/0: main;make;malloc",
                  "dhat.written-bytes 8/0: main;make;malloc", "alloc-bytes 5/1: [unknown];malloc",
                  "alloc-count 1/1: [unknown];malloc", "leaked 5/1: [unknown];malloc"));
  EXPECT_EQ(got.left.at("import.access_counts"), 1u);
  EXPECT_EQ(got.left.at("import.largest_sizes"), 1u);
  EXPECT_EQ(got.profile->string(got.profile->processes()[1].name), "app");
  EXPECT_EQ(got.left.at("import.no_such_frame"), 1u);
  EXPECT_EQ(got.profile->meta("dhat.peak"), "20 instrs");
  EXPECT_EQ(got.profile->processes()[1].pid, 77u);
}

TEST(ImportDhat, OtherModesAndVersions) {
  const auto file = [](std::string_view version, std::string_view mode) {
    return "{\"dhatFileVersion\":" + std::string(version) + ",\"mode\":\"" + std::string(mode) +
           R"j(","bsu":"sheep","tu":"µs","pps":[{"tb":9,"tbk":2,"tl":3,"fs":[1]}],)j" +
           R"j("ftbl":["[root]","0x1: f (a.c:1)"]})j";
  };
  EXPECT_THAT(costs_text(imported(file("2", "copy"))),
              ElementsAre("dhat.copied-bytes 9/2: f", "dhat.copies 2/2: f"));
  EXPECT_THAT(costs_text(imported(file("2", "rust-ad-hoc"))),
              ElementsAre("dhat.units 9/2: f", "dhat.events 2/2: f"));
  EXPECT_THAT(costs_text(imported(file("2", "rust-heap"))),
              ElementsAre("alloc-bytes 9/2: f", "alloc-count 2/2: f", "dhat.lifetimes 3000/2: f"));
  const Imported newer = imported(file("3", "heap"));
  ASSERT_FALSE(newer.profile);
  EXPECT_EQ(newer.error.code, Code::Unsupported);
  EXPECT_THAT(newer.error.message, HasSubstr("version 3"));
}

TEST(ImportDhat, MembersInAnyOrder) {
  const std::string head = R"j("mode":"heap","tu":"instrs","pid":7)j";
  const std::string points = R"j("pps":[{"tb":9,"tbk":2,"tl":3,"fs":[2,1]},{"tb":4,"fs":[1]}])j";
  const std::string table = R"j("ftbl":["[root]","0x1: f (a.c:1)","0x2: g (a.c:2)"])j";
  for (const std::string& members :
       {head + "," + points + "," + table, head + "," + table + "," + points,
        table + "," + points + "," + head, points + "," + head + "," + table}) {
    const Imported got = imported("{\"dhatFileVersion\":2," + members + "}");
    ASSERT_TRUE(got.profile) << members << got.error.message;
    EXPECT_THAT(costs_text(got), ElementsAre("alloc-bytes 9/2: f;g", "alloc-count 2/2: f;g",
                                             "dhat.lifetimes 3/2: f;g", "alloc-bytes 4/0: f"))
        << members;
    EXPECT_EQ(got.profile->processes()[1].pid, 7u);
    EXPECT_TRUE(got.left.empty());
  }
}

TEST(ImportDhat, NumbersThatARecordingCannotHold) {
  const Imported got = imported(R"j({"dhatFileVersion":2,"mode":"rust-heap","tu":"us",
"pps":[{"tb":9,"tbk":2,"tl":4000000000000000000,"gb":9000000000000000000,"fs":[1]}],
"ftbl":["[root]","0x1: f (a.c:1)"]})j");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs_text(got), ElementsAre("alloc-bytes 9/2: f", "alloc-count 2/2: f"));
  EXPECT_EQ(got.left.at("import.cost_out_of_range"), 2u);
}

constexpr std::string_view kMassif =
    "desc: --time-unit=ms\ncmd: ./d 7\ntime_unit: ms\n#-----------\nsnapshot=0\n#-----------\n"
    "time=3\nmem_heap_B=10\nmem_heap_extra_B=6\nmem_stacks_B=0\nheap_tree=empty\n#-----------\n"
    "snapshot=1\n#-----------\ntime=8\nmem_heap_B=100\nmem_heap_extra_B=16\nmem_stacks_B=0\n"
    "heap_tree=peak\n"
    "n2: 100 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n"
    " n2: 90 0x1: make (d.c:4)\n  n0: 60 0x2: main (d.c:9)\n"
    "  n0: 20 in 3 places, all below massif's threshold (1.00%)\n"
    " n0: 10 0x3: grow (d.c:7)\n#-----------\nsnapshot=2\n#-----------\ntime=9\nmem_heap_B=1\n"
    "mem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=detailed\nn0: 1 0x9: late (d.c:1)\n";

TEST(ImportMassif, SnapshotsArePlotsAndThePeakIsSums) {
  const Imported got = imported(std::string(kMassif));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs_text(got),
              ElementsAre("massif.peak-bytes 60/0: main;make", "massif.peak-bytes 20/0: make",
                          "massif.peak-bytes 10/0: make", "massif.peak-bytes 10/0: grow"));
  std::vector<std::string> plots;
  for (const profile::PlotValue& value : got.profile->instrumentation().plots) {
    plots.push_back(got.name(value.site) + " " + std::to_string(raw(value.time)) + " " +
                    std::to_string(static_cast<int>(value.value)));
  }
  EXPECT_THAT(plots, ElementsAre("heap 3000000 10", "heap, overhead 3000000 6", "heap 8000000 100",
                                 "heap, overhead 8000000 16", "heap 9000000 1",
                                 "heap, overhead 9000000 0"));
  EXPECT_EQ(got.left.at("import.below_threshold"), 1u);
  EXPECT_EQ(got.left.size(), 1u);
  EXPECT_EQ(got.profile->meta("massif.peak_heap_bytes"), "100");
  EXPECT_EQ(got.profile->string(got.profile->processes()[1].name), "d");
}

TEST(ImportMassif, InstructionsAreNoTimeAndNonsenseIsRefused) {
  std::string text(kMassif);
  text.replace(text.find("time_unit: ms"), 13, "time_unit: i");
  const Imported got = imported(text);
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.not_time"), 3u);
  EXPECT_TRUE(got.profile->instrumentation().plots.empty());
  const Imported cut = imported(std::string(kMassif.substr(0, kMassif.size() - 60)));
  ASSERT_TRUE(cut.profile) << cut.error.message;
  EXPECT_EQ(cut.left.at("import.cut_short"), 1u);
  text.replace(text.find("mem_heap_B=100"), 14, "mem_heap_B=1e9");
  const Imported broken = imported(text);
  ASSERT_FALSE(broken.profile);
  EXPECT_THAT(broken.error.message, HasSubstr("line 16"));
}

}  // namespace
}  // namespace hone::exchange
