// What importers keep until the end of a file is bounded in bytes, wherever it is kept.
#include <gtest/gtest.h>

#include "exchange/import_test_support.h"

namespace hone::exchange {
namespace {

constexpr size_t kHeldHere = size_t{1} << 16;

Error error_of(std::string_view format, std::string text, uint64_t held_most) {
  const std::string path = testing::TempDir() + "hone-import-held-" + std::to_string(::getpid());
  auto in = Input::of_bytes(std::move(text), "the file");
  EXPECT_TRUE(in);
  in->held().set_most(held_most);
  auto done = import_into(*find_import_format(format), *in, path);
  ::unlink(path.c_str());
  return done ? Error{.code = Code::Internal, .message = "taken"} : done.error();
}

std::string repeated(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(ImportHeld, MoreThanIsAllowedIsRefused) {
  struct Case {
    std::string_view format, head, part, tail;
  };
  const std::string text = "\"" + std::string(100, 'x') + "\"";
  const std::string wide = ",{\"name\":" + text + "}";
  const std::string named = ",{\"callFrame\":{},\"hitCount\":1}";
  const std::string line = "s 64 " + std::string(100, 'x') + "\n";
  for (const Case& each : {
           Case{"speedscope", R"({"profiles":[{"weights":[0)", ",0", "]}]}"},
           {"speedscope", R"({"profiles":[{"events":[{})", R"(,{"at":1})", "]}]}"},
           {"speedscope", R"({"profiles":[{})", ",{}", "]}"},
           {"speedscope", R"({"shared":{"frames":[{})", ",{}", "]}}"},
           {"speedscope", R"({"shared":{"frames":[{})", wide, "]}}"},
           {"speedscope", R"({"profiles":[{"samples":[[])", ",[]", "]}]}"},
           {"cpuprofile", R"({"nodes":[{})", named, "]}"},
           {"cpuprofile", R"({"nodes":[{"children":[1)", ",1", "]}]}"},
           {"cpuprofile", R"({"nodes":[{"parent":1)", R"(,"parent":1)", "}]}"},
           {"cpuprofile", R"({"nodes":[{}],"samples":[1)", ",1,-90000000", "]}"},
           {"dhat", R"({"dhatFileVersion":2,"pps":[{})", R"(,{"tb":1,"tbk":300,"fs":[1,9,1]})",
            "]}"},
           {"dhat", R"({"dhatFileVersion":2,"ftbl":["")", ",\"\"", "]}"},
           {"firefox", R"({"threads":[{})", ",{}", "]}"},
           {"firefox", R"({"counters":[{})", ",{}", "]}"},
           {"firefox", R"({"threads":[{"frameTable":{"line":[0)", ",0", "]}}]}"},
           {"firefox", R"({"threads":[{"markers":{"data":[{})", ",{}", "]}}]}"},
           {"google-benchmark", R"({"benchmarks":[{})", R"(,{"run_type":"aggregate"})", "]}"},
           {"hyperfine", R"({"results":[{"times":[0)", ",0", "]}]}"},
           {"heaptrack", "v 1 3\n", line, ""},
           {"heaptrack", "v 1 3\n", "i 1 0\n", ""},
           {"heaptrack", "v 1 3\n", "t 0 0\n", ""},
           {"heaptrack", "v 1 3\n", "a 1 0\n", ""},
       }) {
    SCOPED_TRACE(std::string(each.format) + " " + std::string(each.part));
    ASSERT_NE(find_import_format(each.format), nullptr);
    const std::string file =
        std::string(each.head) + repeated(each.part, kHeldHere / 4 + 1) + std::string(each.tail);
    EXPECT_EQ(error_of(each.format, file, kHeldHere).code, Code::LimitExceeded);
    EXPECT_NE(error_of(each.format, file, HeldBytes::kMost).code, Code::LimitExceeded);
  }
}

// A span that ended waits for its place in its thread, one that is open for its end.
TEST(ImportHeld, SpansOfChromeThatWaitAreBounded) {
  struct Case {
    std::string_view part;
    std::string (*event)(int);
  };
  static constexpr auto text = [](int n) { return std::to_string(n); };
  for (const Case& each : {
           Case{"open", [](int n) { return R"("ph":"B","name":"a","tid":2,"ts":)" + text(n); }},
           {"ended",
            [](int n) { return R"("ph":"X","name":"a","tid":2,"dur":1,"ts":)" + text(n); }},
           {"without an end", [](int n) { return R"("ph":"X","name":"a","ts":)" + text(n); }},
           {"threads", [](int n) { return R"("ph":"i","name":"a","ts":1,"tid":)" + text(n); }},
           {"names", [](int n) { return R"("ph":"i","ts":1,"name":")" + text(n) + "\""; }},
           {"texts",
            [](int n) { return R"("ph":"i","ts":1,"name":"a","args":{"b":")" + text(n) + "\"}"; }},
           {"profiles",
            [](int n) { return R"("ph":"P","name":"Profile","ts":1,"id":")" + text(n) + "\""; }},
       }) {
    SCOPED_TRACE(each.part);
    std::string file = "[";
    for (int n = 1; n < 20'000; ++n) file += (n > 1 ? ",{" : "{") + each.event(n) + "}";
    EXPECT_EQ(error_of("chrome", file + "]", kHeldHere).code, Code::LimitExceeded);
    EXPECT_EQ(error_of("chrome", file + "]", HeldBytes::kMost).message, "taken");
  }
  // What began and ended is as much as ended.
  std::string paired = "[{}";
  for (int n = 1; n < 2000; ++n) {
    paired += R"(,{"ph":"B","name":"a","ts":)" + text(n) + R"(},{"ph":"E","ts":)" + text(n) + "}";
  }
  EXPECT_EQ(error_of("chrome", paired + "]", kHeldHere).message, "taken");
}

// What a program point is of stands in front of them all in what DHAT writes.
TEST(ImportHeld, PointsOfDhatAreNotKept) {
  const std::string file = R"({"dhatFileVersion":2,"mode":"heap","tu":"i","pid":1,"pps":[{})" +
                           repeated(R"(,{"tb":12345,"tbk":7,"fs":[1,9,1]})", kHeldHere) + "]}";
  EXPECT_EQ(error_of("dhat", file, kHeldHere).message, "taken");
}

// Lines that are short and each something new: what a small file makes of a lot of memory.
TEST(ImportHeld, TextsThatNeverRepeatAreRefused) {
  struct Case {
    std::string_view format, head;
    std::string (*line)(int);
  };
  static constexpr auto text = [](int n) { return std::to_string(n); };
  for (const Case& each : {
           Case{"folded", "a;b 1\n", [](int n) { return "a;" + text(n) + " 1\n"; }},
           {"folded", "a;b 1\n", [](int) { return std::string("a 1\n"); }},
           {"folded", "a;b 1\n", [](int n) { return "a-" + text(n) + "/1;b 1\n"; }},
           {"callgrind", "events: Ir\n", [](int n) { return "fn=" + text(n) + "\n1 1\n"; }},
           {"callgrind", "events: Ir\nfn=f\n", [](int) { return std::string("+1 1\n"); }},
           {"callgrind", "events: Ir\n", [](int n) { return "thread: " + text(n) + "\n1 1\n"; }},
           {"callgrind", "events: Ir\n", [](int n) { return "fn=(" + text(n) + ") f\n"; }},
           {"callgrind", "events: Ir\n", [](int n) { return "event: e" + text(n) + " : t\n"; }},
           {"callgrind", "events: Ir\nfn=f\n",
            [](int n) { return "cfn=" + text(n) + "\ncalls=1 1\n1 1\n"; }},
           {"gperftools", "heap profile: 1: 2 [3: 4] @ heapprofile\n",
            [](int n) { return "1: 2 [3: 4] @ 0x" + text(n) + "\n"; }},
           {"gperftools", "heap profile: 1: 2 [3: 4] @ heapprofile\nMAPPED_LIBRARIES:\n",
            [](int n) { return text(n) + "-ffffffff r-xp 0 0:0 0 /a\n"; }},
           {"gperftools", "--- mutex:\n", [](int n) { return "# 0x" + text(n) + " f a.go:1\n"; }},
       }) {
    SCOPED_TRACE(std::string(each.format) + " " + each.line(1));
    ASSERT_NE(find_import_format(each.format), nullptr);
    std::string file(each.head);
    for (int n = 1; n < 20'000; ++n) file += each.line(n);
    EXPECT_EQ(error_of(each.format, file, kHeldHere).code, Code::LimitExceeded);
    EXPECT_NE(error_of(each.format, file, HeldBytes::kMost).code, Code::LimitExceeded);
  }
}

TEST(ImportHeld, CpuProfilesOfGperftoolsAreBounded) {
  std::string file;
  const auto word = [&](uint64_t each) {
    file.append(reinterpret_cast<const char*>(&each), sizeof each);
  };
  for (const uint64_t each : {0, 3, 0, 1000, 0}) word(each);
  for (uint64_t address = 1; address < 5000; ++address) {
    for (const uint64_t each : {uint64_t{1}, uint64_t{1}, address}) word(each);
  }
  EXPECT_EQ(error_of("gperftools", file, kHeldHere).code, Code::LimitExceeded);
  EXPECT_NE(error_of("gperftools", file, HeldBytes::kMost).code, Code::LimitExceeded);
}

}  // namespace
}  // namespace hone::exchange
