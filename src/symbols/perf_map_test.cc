#include "symbols/perf_map.h"

#include <gtest/gtest.h>

namespace hone::symbols {
namespace {

TEST(PerfMap, TheLastEntryOfAnAddressIsTaken) {
  const std::vector<uint64_t> addresses = {0x0fff, 0x1000, 0x10ff, 0x1100, 0x2004};
  const auto found = read_perf_map(
      "1000 100 first\n"
      "0x2000 10 JS:*add /app/sum.js:3:12\n"
      "1080 80 second of that place\n",
      addresses);
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found[0].bytes, 0u);
  EXPECT_EQ(found[1].name, "first");
  EXPECT_EQ(found[1].start, Avma{0x1000});
  EXPECT_EQ(found[2].name, "second of that place");
  EXPECT_EQ(found[2].bytes, 0x80u);
  EXPECT_EQ(found[3].bytes, 0u);
  EXPECT_EQ(found[4].name, "JS:*add /app/sum.js:3:12");
}

TEST(PerfMap, LinesThatAreNoneAreSkipped) {
  const std::vector<uint64_t> addresses = {0x10, 0x20, UINT64_MAX};
  const auto found = read_perf_map(
      "\n \nxyz\n10\n10 \n10 8\n10 8 \n-10 8 a\n10 zz a\n"
      "ffffffffffffffffff 1 too long\n"
      "20 ffffffffffffffff to the end of memory\n"
      "10 8 cut",
      addresses);
  EXPECT_EQ(found[0].name, "cut");
  EXPECT_EQ(found[1].name, "to the end of memory");
  EXPECT_EQ(found[2].name, "to the end of memory");
}

TEST(JitName, OfV8AndCpython) {
  const auto parts = [](std::string_view name) {
    const JitName parsed = parse_jit_name(name);
    return parsed.function + "|" + parsed.file + "|" + std::to_string(parsed.line);
  };
  EXPECT_EQ(parts("JS:*add /app/sum.js:3:12"), "add|/app/sum.js|3");
  EXPECT_EQ(parts("LazyCompile:~add file:///app/a b.mjs:10:2"), "add|file:///app/a b.mjs|10");
  EXPECT_EQ(parts("Function:^ /app/sum.js:7:1"), "(anonymous)|/app/sum.js|7");
  EXPECT_EQ(parts("LazyCompile:*add /app/sum.js:3"), "add|/app/sum.js|3");
  EXPECT_EQ(parts("JS:*"), "(anonymous)||0");
  EXPECT_EQ(parts("JS:*add /app/sum.js"), "add /app/sum.js||0");
  EXPECT_EQ(parts("py::Parser.next:/app/parser.py"), "Parser.next|/app/parser.py|0");
  EXPECT_EQ(parts("py::<genexpr>:<string>"), "<genexpr>:<string>||0");
  EXPECT_EQ(parts("Builtin:ArrayMap"), "Builtin:ArrayMap||0");
  EXPECT_EQ(parts("wasm-function[3]-3-turbofan"), "wasm-function[3]||0");
  EXPECT_EQ(parts("JS:step-12-turbofan"), "step||0");
  EXPECT_EQ(parts("JS:*a-12-liftoff /app/a.js:3:1"), "a-12-liftoff|/app/a.js|3");
  EXPECT_EQ(parts("a-b-12-liftoff"), "a-b||0");
  EXPECT_EQ(parts("-12-liftoff"), "-12-liftoff||0");
  EXPECT_EQ(parts("step-turbofan"), "step-turbofan||0");
  EXPECT_EQ(parts("7-turbofan"), "7-turbofan||0");
}

}  // namespace
}  // namespace hone::symbols
