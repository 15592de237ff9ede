#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/import_test_support.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "thread time weight: outer;...;inner"
std::vector<std::string> samples(const Imported& got) {
  std::vector<std::string> out;
  const profile::Profile& p = *got.profile;
  for (size_t i = 0; i < p.samples().size(); ++i) {
    std::string stack;
    for (StackId at = p.samples().stack[i]; at != StackId::kNone; at = p.stacks().parent[raw(at)]) {
      const auto& lines = p.lines();
      const uint32_t first = p.frames().first_line[raw(p.stacks().frame[raw(at)])];
      const auto& function = p.functions()[raw(lines.function[first])];
      stack = std::string(p.string(function.name)) + "@" +
              std::string(p.module_name(function.module)) + (stack.empty() ? "" : ";") + stack;
    }
    out.push_back(got.thread(p.samples().thread[i]) + " " +
                  std::to_string(raw(p.samples().time[i])) + " " +
                  std::to_string(p.samples().weight_ns[i]) + ": " + stack);
  }
  return out;
}

TEST(ImportPerfScript, SamplesWithTheirStacks) {
  const Imported got = imported(
      "# captured on: today\n"
      "my app  12/13 [001] 100.000001:    1003009 cpu-clock:ppp: \n"
      "\tffffffff8158c3e1 next_folio+0xc1 ([kernel.kallsyms])\r\n"
      "\t           13920 std::vector<int>::at(int) const+0x10 (/usr/lib/a (b).so)\n"
      "\t    7ffd2e1d696e [unknown] ([unknown])\n"
      "\n"
      "my app  12/12 [000] 100.000002500:    1003009 cpu-clock:ppp:      55d0 main+0x4 "
      "(/bin/app)\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(samples(got),
              ElementsAre("my app 100000001000 1003009: [unknown]@[unknown];"
                          "std::vector<int>::at(int) const@a (b).so;next_folio@[kernel]",
                          "my app 100000002500 1003009: main@app"));
  EXPECT_THAT(got.left, IsEmpty());
  EXPECT_EQ(got.profile->processes()[1].pid, 12u);
}

TEST(ImportPerfScript, EventsThatCountNoTime) {
  std::string text;
  for (int i = 0; i < 9; ++i) {
    text += "app 7 1.00" + std::to_string(i) + "000: " + std::to_string(1000 * i) +
            " cycles: \n\t 55d0 main+0x4 (/bin/app)\n\n";
  }
  text += "app 7 2.000000: instructions: \n\t 55d0 main+0x4 (/bin/app)\n";
  const Imported got = imported(text);
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(samples(got).size(), 9u);
  EXPECT_EQ(samples(got)[3], "app 1003000000 1000000: main@app");
  EXPECT_EQ(got.left.at("import.weight_estimated"), 9u);
  EXPECT_EQ(got.left.at("import.no_process_ids"), 9u);
  EXPECT_EQ(got.left.at("import.other_event"), 1u);
}

TEST(ImportPerfScript, NonsenseIsRefusedWithItsLine) {
  const Imported got = imported("app 7 1.000000: cycles: \n\t 55d0 main (/bin/app)\n\nnonsense\n");
  ASSERT_FALSE(got.profile);
  EXPECT_EQ(got.error.code, Code::Corrupt);
  EXPECT_THAT(got.error.message, HasSubstr("line 4"));
  EXPECT_EQ(imported("nonsense\n").error.code, Code::Unsupported);
  EXPECT_EQ(imported("at 10.5: it was late\n").error.code, Code::Unsupported);
}

}  // namespace
}  // namespace hone::exchange
