#include "analysis/findings.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::profile_of_text;

std::vector<std::string> ids(std::string_view text, const Selection& selection = {}) {
  std::vector<std::string> all;
  for (const Finding& f : findings(profile_of_text(text), selection)) all.push_back(f.id);
  return all;
}

// The finding of that id; one without an id when it was not found.
Finding find(std::string_view text, std::string_view id, const Selection& selection = {}) {
  for (const Finding& f : findings(profile_of_text(text), selection)) {
    if (f.id == id) return f;
  }
  return {};
}
bool has(std::string_view text, std::string_view id, const Selection& selection = {}) {
  return !find(text, id, selection).id.empty();
}
std::string evidence(const Finding& f, std::string_view name) {
  for (const auto& [key, value] : f.evidence) {
    if (key == name) return value;
  }
  return "(none)";
}

// Ten functions of ten percent each: nothing to see. Lines are spread too.
constexpr std::string_view kFlat = R"(
  main;a@x.c:1 100
  main;b@x.c:2 100
  main;c@x.c:3 100
  main;d@x.c:4 100
  main;e@x.c:5 100
  main;f@x.c:6 100
  main;g@x.c:7 100
  main;h@x.c:8 100
  main;i@x.c:9 100
  main;j@x.c:10 100
)";
std::string flat_and(std::string_view more) {
  return std::string(kFlat) + std::string(more);
}

TEST(Findings, NothingStandsOut) {
  EXPECT_EQ(ids(kFlat), std::vector<std::string>{"nothing-stands-out"});
  const Finding f = find(kFlat, "nothing-stands-out");
  EXPECT_NE(f.sentence.find("10.0%"), std::string::npos) << f.sentence;
  EXPECT_EQ(evidence(f, "self_share"), "0.1000");
  // A note about the measurement does not count as something to look at.
  EXPECT_EQ(ids(flat_and("@diagnostic samples_lost count=2 severity=3")),
            (std::vector<std::string>{"nothing-stands-out", "data-lost"}));
  EXPECT_FALSE(has(flat_and("main;k 2000"), "nothing-stands-out"));
}

TEST(Findings, DominatingFunction) {
  const Finding f = find(flat_and("main;hot(int) 600"), "dominating-function");
  EXPECT_EQ(f.severity, 2);
  EXPECT_NEAR(f.gain_share, 0.375, 1e-9);
  EXPECT_EQ(evidence(f, "function"), "hot(int)");
  EXPECT_EQ(evidence(f, "self_share"), "0.3750");
  EXPECT_EQ(f.next_step, "See its lines and instructions: hone annotate 'hot'");
  EXPECT_EQ(find(flat_and("main;hot 3000"), "dominating-function").severity, 3);
}
// What the interpreter does for a function of a script is that function's; what runs without a
// script around it is nobody's.
TEST(Findings, FunctionOfAScript) {
  const std::string modules =
      "@module /x/job.py kind=6\n@function /x/job.py!fib file=/x/job.py line=7\n"
      "@function /x/job.py!report file=/x/job.py line=20\n";
  const std::string text = modules +
                           "main;/x/job.py!report;/x/job.py!fib;python3!eval 60\n"
                           "main;/x/job.py!report;/x/job.py!fib;python3!add 20\n"
                           "main;/x/job.py!report;python3!eval 10\n"
                           "main;python3!collect 60\n";
  const Finding f = find(text, "script-function");
  EXPECT_EQ(evidence(f, "function"), "fib");
  EXPECT_EQ(evidence(f, "share"), "0.5333");
  EXPECT_NE(f.sentence.find("(job.py:7)"), std::string::npos) << f.sentence;
  EXPECT_FALSE(has(modules + "main;/x/job.py!fib;python3!eval 10\nmain;python3!collect 90",
                   "script-function"));
  EXPECT_FALSE(has("main;python3!eval 90", "script-function"));
}
TEST(Findings, DominatingCodeWithoutNames) {
  const Finding f =
      find(flat_and("main;//anon!0x7f10 300\nmain;//anon!0x7f20 300"), "dominating-function");
  EXPECT_TRUE(f.sentence.starts_with("Code that the program made while it ran, without names, has"))
      << f.sentence;
  EXPECT_TRUE(f.next_step.ends_with(": hone report --callers '[anon]'")) << f.next_step;
}
TEST(Findings, DominatingFunctionNearMisses) {
  // 26%, but its interval reaches under 25%.
  EXPECT_FALSE(has(flat_and("main;hot 350"), "dominating-function"));
  // Two of 40%: it is one of several.
  EXPECT_FALSE(has("main;a 400\nmain;b 400\nmain;c 200", "dominating-function"));
  // 60% of 10 samples.
  EXPECT_FALSE(has("main;a 6\nmain;b 4", "dominating-function"));
  // The caller of everything has no time of its own.
  EXPECT_FALSE(has(kFlat, "dominating-function"));
}

TEST(Findings, DominatingLine) {
  const std::string text = flat_and("main;hot@y.c:40 400\nmain;hot@y.c:50 40\n");
  const Finding f = find(text, "dominating-line");
  EXPECT_EQ(evidence(f, "file"), "y.c");
  EXPECT_EQ(evidence(f, "line"), "40");
  EXPECT_EQ(evidence(f, "function"), "hot");
  EXPECT_EQ(f.severity, 2);
}
TEST(Findings, DominatingLineOfAFunctionWhoseOtherLinesHaveNoSamples) {
  const std::string text = flat_and("@function hot file=y.c line=30\nmain;hot@y.c:40 400\n");
  EXPECT_EQ(evidence(find(text, "dominating-line"), "line"), "40");
}
TEST(Findings, DominatingLineNearMisses) {
  // The function is that one line, with its signature above.
  EXPECT_FALSE(
      has(flat_and("@function hot file=y.c line=39\nmain;hot@y.c:40 400\n"), "dominating-line"));
  // The function is that one line.
  EXPECT_FALSE(has(flat_and("main;hot@y.c:40 400\nmain;hot@y.c:41 40\n"), "dominating-line"));
  // Spread over the function.
  EXPECT_FALSE(has(flat_and("main;hot@y.c:40 200\nmain;hot@y.c:50 200\n"), "dominating-line"));
  // No line is known.
  EXPECT_FALSE(has(flat_and("main;hot 900"), "dominating-line"));
}

std::string run_facts(int cpus, int64_t wall_ms) {
  return "@meta host.cpu_count " + std::to_string(cpus) + "\n@meta run.wall_ns " +
         std::to_string(wall_ms * 1'000'000) + "\n";
}
TEST(Findings, SingleBusyThread) {
  const Finding f = find(flat_and(run_facts(16, 1050)), "single-busy-thread");
  EXPECT_EQ(f.severity, 2);
  EXPECT_EQ(evidence(f, "cpu_count"), "16");
  EXPECT_EQ(evidence(f, "thread"), "main");
  // On two CPUs it is a note.
  EXPECT_EQ(find(flat_and(run_facts(2, 1050)), "single-busy-thread").severity, 1);
}
TEST(Findings, SingleBusyThreadNearMisses) {
  EXPECT_FALSE(has(flat_and(run_facts(1, 1050)), "single-busy-thread"));       // no other CPU
  EXPECT_FALSE(has(flat_and(run_facts(16, 5000)), "single-busy-thread"));      // mostly sleeps
  EXPECT_FALSE(has(kFlat, "single-busy-thread"));                              // not known
  EXPECT_FALSE(has("main 400\n" + run_facts(16, 410), "single-busy-thread"));  // too short
  const std::string two = flat_and("main;work 1000 thread=other\n");
  EXPECT_FALSE(has(two + run_facts(16, 1050), "single-busy-thread"));  // two at once
  EXPECT_FALSE(has(two + run_facts(16, 2050), "single-busy-thread"));  // two by turns
  EXPECT_FALSE(has(flat_and(run_facts(16, 1050)), "single-busy-thread", {.thread = "main"}));
}

TEST(Findings, BrokenStacks) {
  const Finding f = find(flat_and(R"(
    jit.so!emit;work 60 end=2
    work 20 end=5
  )"),
                         "broken-stacks");
  EXPECT_EQ(f.severity, 1);
  EXPECT_EQ(evidence(f, "broken_samples"), "80");
  EXPECT_EQ(evidence(f, "reason_samples"), "60");
  EXPECT_EQ(evidence(f, "module"), "jit.so");
  EXPECT_EQ(find(flat_and("work 400 end=5"), "broken-stacks").severity, 2);
  EXPECT_NE(find(flat_and("@meta sampler.unwind fp\nwork 400 end=5"), "broken-stacks")
                .next_step.find("--unwind dwarf"),
            std::string::npos);
  EXPECT_NE(find(flat_and("@meta sampler.unwind fp\n@meta import.format perf-data\nwork 400 end=6"),
                 "broken-stacks")
                .next_step.find("perf record --call-graph dwarf"),
            std::string::npos);
}
TEST(Findings, BrokenStacksNearMisses) {
  EXPECT_FALSE(has(flat_and("work 20 end=5"), "broken-stacks"));           // 1.96%
  EXPECT_FALSE(has(flat_and("work 300 end=8 flags=4"), "broken-stacks"));  // no user side
  EXPECT_FALSE(has("main 40\nwork 4 end=5", "broken-stacks"));             // four samples
}

TEST(Findings, MissingSymbols) {
  constexpr std::string_view kStripped = R"(
    @meta host.os Debian GNU/Linux 12 (bookworm)
    @module /usr/lib/x86_64-linux-gnu/liblzma.so.5 state=3 missing=debug file 4a6b
    main;/usr/lib/x86_64-linux-gnu/liblzma.so.5!0x5010 300
  )";
  const Finding f = find(flat_and(kStripped), "missing-symbols");
  EXPECT_EQ(f.severity, 2);
  EXPECT_EQ(evidence(f, "missing"), "debug file 4a6b");
  EXPECT_NE(f.next_step.find("-dbgsym"), std::string::npos) << f.next_step;
  EXPECT_NE(f.next_step.find("debuginfod.debian.net"), std::string::npos) << f.next_step;
  EXPECT_NE(f.sentence.find("liblzma.so.5"), std::string::npos);

  EXPECT_NE(find(flat_and("@module /opt/me/app state=4\n/opt/me/app!0x9 300"), "missing-symbols")
                .next_step.find("-g"),
            std::string::npos);
  EXPECT_NE(find(flat_and("@module /gone state=5\n/gone!0x9 300"), "missing-symbols")
                .next_step.find("readable"),
            std::string::npos);
  constexpr std::string_view kOfPerf =
      "@meta import.format perf-data\n@module /gone state=5\n/gone!0x9 300";
  EXPECT_NE(find(flat_and(kOfPerf), "missing-symbols").next_step.find("import again"),
            std::string::npos);
}
TEST(Findings, MissingSymbolsNearMisses) {
  // Under 10%.
  EXPECT_FALSE(has(flat_and("@module lib.so state=4\nlib.so!0x9 100"), "missing-symbols"));
  // Exported names are names.
  EXPECT_FALSE(has(flat_and("@module lib.so state=3\nlib.so!memcpy 400"), "missing-symbols"));
  // A symbol table is enough for names; a place that it does not cover is no stripped file.
  EXPECT_FALSE(has(flat_and("@module lib.so state=2\nlib.so!0x9 400"), "missing-symbols"));
  // Generated code has no symbol file.
  EXPECT_FALSE(has(flat_and("@module jit kind=5 state=5\njit!0x9 400"), "missing-symbols"));
  // The module is on every stack, but has no time of its own.
  EXPECT_FALSE(has("@module lib.so state=4\nlib.so!0x9;a 400\nb 20", "missing-symbols"));
}

TEST(Findings, DebugBuild) {
  constexpr std::string_view kDebug =
      "@module /opt/me/app optimised=0 producer=-O0\nmain;/opt/me/app!slow 500\n";
  const Finding f = find(flat_and(kDebug), "debug-build");
  EXPECT_EQ(f.severity, 3);
  EXPECT_NE(f.next_step.find("-O2 -g"), std::string::npos);
  EXPECT_EQ(evidence(f, "module"), "/opt/me/app");
  EXPECT_EQ(findings(profile_of_text(flat_and(kDebug)), {})[0].id, "debug-build");
}
TEST(Findings, DebugBuildNearMisses) {
  EXPECT_FALSE(has(flat_and("@module d optimised=0\nmain;d!slow 300"), "debug-build"));  // 23%
  EXPECT_FALSE(has(flat_and("@module d optimised=1\nmain;d!slow 900"), "debug-build"));
  // Calls optimised code.
  EXPECT_FALSE(has("@module d optimised=0\nd!main;a 500\nd!main 20", "debug-build"));
}

// Four small functions; `last` is on top of them.
std::string small_chain(std::string_view stack) {
  std::string text;
  for (const char* name : {"s1", "s2", "s3", "s4"}) {
    text += "@function " + std::string(name) + " bytes=32\n";
  }
  return text + std::string(stack) + "\n";
}
TEST(Findings, TallSmallFunctions) {
  const Finding f = find(flat_and(small_chain("main;s1;s2;s3;s4 300")), "tall-small-functions");
  EXPECT_EQ(f.severity, 2);
  EXPECT_EQ(evidence(f, "chain"), "s1 > s2 > s3 > s4");
}
TEST(Findings, TallSmallFunctionsNearMisses) {
  const auto found = [](std::string_view text) {
    return has(flat_and(small_chain(text)), "tall-small-functions");
  };
  EXPECT_FALSE(found("main;s1;s2;s3;s4 100"));                             // 9%
  EXPECT_FALSE(found("main;s1;s2;s3 400"));                                // three
  EXPECT_FALSE(found("main;s1;s2;s3;s4;big 400"));                         // the work is elsewhere
  EXPECT_FALSE(found("main;s1;big;s2;s3;s4 400"));                         // not in a row
  EXPECT_FALSE(found("main;s1;[inlined]s2;[inlined]s3;[inlined]s4 400"));  // inlined already
  EXPECT_FALSE(found("main;s1;s1;s1;s1;s2;s1;s2 400"));                    // recursion
  EXPECT_FALSE(found("@module /usr/bin/app optimised=0\nmain;s1;s2;s3;s4 400"));  // -O0 says it
}

TEST(Findings, OfTheSystemsFunctionsTheCallersAreAskedFor) {
  const auto next_step = [](std::string_view module) {
    const std::string path(module);
    return find("@module " + path + " state=2\nmain;" + path + "!memcmp 400\nmain;work 50",
                "dominating-function")
        .next_step;
  };
  EXPECT_NE(next_step("/usr/lib/libc.so.6").find("--callers 'memcmp'"), std::string::npos);
  EXPECT_NE(next_step("/library/app").find("annotate 'memcmp'"), std::string::npos);
}

TEST(Findings, TooFewSamples) {
  const Finding f = find("@meta sampler.frequency_hz 997\nmain;a 60\nmain;b 60", "too-few-samples");
  EXPECT_EQ(f.severity, 1);
  EXPECT_EQ(evidence(f, "sample_count"), "120");
  EXPECT_NE(f.next_step.find("-F 9970"), std::string::npos) << f.next_step;
  EXPECT_NE(f.sentence.find("within 9 points"), std::string::npos) << f.sentence;
  EXPECT_EQ(find("main 3", "too-few-samples").severity, 2);
  EXPECT_EQ(ids(""), std::vector<std::string>{"too-few-samples"});
}
TEST(Findings, TooFewSamplesNearMiss) {
  EXPECT_FALSE(has("main;a 200", "too-few-samples"));
  EXPECT_TRUE(has("main;a 199", "too-few-samples"));
  EXPECT_TRUE(has(flat_and("main 3 thread=io"), "too-few-samples", {.thread = "io"}));
}

TEST(Findings, DataLost) {
  const Finding f = find(flat_and("@meta samples.lost 30"), "data-lost");
  EXPECT_EQ(f.severity, 2);
  EXPECT_EQ(evidence(f, "lost_share"), "0.0291");
  EXPECT_EQ(find(flat_and("@diagnostic recording_cut severity=3 count=99"), "data-lost").severity,
            1);
  // Cut between two chunks: nothing is left over, and it is no whole recording all the same.
  EXPECT_EQ(find(flat_and("@diagnostic recording_cut severity=3 count=0"), "data-lost").sentence,
            "The recording is not whole: its end is missing");
}
TEST(Findings, DataLostNearMiss) {
  EXPECT_FALSE(has(flat_and("@meta samples.lost 0"), "data-lost"));
  EXPECT_FALSE(has(flat_and("@diagnostic cache_cold severity=2 count=9"), "data-lost"));
  EXPECT_FALSE(has(flat_and("@diagnostic stack_broken.stack_end severity=3 count=9"), "data-lost"));
}

TEST(Findings, UnsampledCpu) {
  const Finding f = find(flat_and("@process app unsampled_ns=100000000"), "unsampled-cpu");
  EXPECT_EQ(f.severity, 1);
  EXPECT_EQ(evidence(f, "unsampled_share"), "0.0909");
  EXPECT_EQ(evidence(f, "process"), "app");
}
TEST(Findings, UnsampledCpuAdvisesWhatIsNotDoneYet) {
  const std::string unsampled = "@process app unsampled_ns=100000000\n";
  const auto next_step = [&](std::string_view scope) {
    return find(flat_and(unsampled + "@meta sampler.scope " + std::string(scope)), "unsampled-cpu")
        .next_step;
  };
  EXPECT_NE(next_step("per process").find("as root"), std::string::npos);
  EXPECT_EQ(next_step("cpu-wide, filtered").find("as root"), std::string::npos);
}
TEST(Findings, UnsampledCpuNearMiss) {
  // Fewer than 20 periods of sampling, though more than 5%.
  EXPECT_FALSE(has("main;a 100\n@process app unsampled_ns=19000000", "unsampled-cpu"));
  EXPECT_TRUE(has("main;a 30\n@process app unsampled_ns=21000000", "unsampled-cpu"));
  // Chance leaves out as much of 100 samples.
  EXPECT_FALSE(has("main;a 100\n@process app unsampled_ns=29000000", "unsampled-cpu"));
  EXPECT_FALSE(has(flat_and("@process app unsampled_ns=50000000"), "unsampled-cpu"));
  EXPECT_FALSE(has(flat_and("@process app unsampled_ns=-100000000"), "unsampled-cpu"));
}

TEST(Findings, AreSortedAndExplained) {
  const auto p = profile_of_text(flat_and(R"(
    @module d optimised=0
    main;d!slow 900
    work 90 end=5
    @meta samples.lost 1
  )"));
  const std::vector<Finding> all = findings(p, {});
  ASSERT_GE(all.size(), 4u);
  for (size_t i = 1; i < all.size(); ++i) {
    EXPECT_TRUE(
        all[i - 1].severity > all[i].severity ||
        (all[i - 1].severity == all[i].severity && all[i - 1].gain_share >= all[i].gain_share));
  }
  for (const Finding& f : all) {
    EXPECT_FALSE(f.sentence.empty() || f.next_step.empty() || f.how.empty()) << f.id;
    EXPECT_FALSE(f.evidence.empty()) << f.id;
    EXPECT_EQ(f.sentence.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace hone::analysis
