#include "capture/probes/probe_source.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>

#include "base/host/clock.h"
#include "capture/test_support.h"

#if defined(__x86_64__)
asm(R"(
.pushsection .text
.globl hone_probed_for_source
.type hone_probed_for_source, @function
hone_probed_for_source:
  push %rbp
  pop %rbp
  ret
.size hone_probed_for_source, . - hone_probed_for_source
.popsection
)");
extern "C" void hone_probed_for_source();

namespace hone::capture {
namespace {

// Calls of a function of ours, in a recording that knows of this process or does not. Skipped where
// the kernel lets us make no probes.
class Source : public ::testing::Test {
 protected:
  static constexpr uint32_t kRateMax = 50;  // 5 in each tenth of a second
  Source() : modules_({}), collector_(recording_.builder(), modules_, {}) {}
  void SetUp() override {
    auto source = ProbeSource::open({.patterns = {"hone_probed_for_source"}, .rate_max = kRateMax},
                                    {.program = {}, .pids = {::getpid()}}, {}, [] {
                                      return std::vector{static_cast<pid_t>(::syscall(SYS_gettid))};
                                    });
    if (!source && source.error().number == "E061") GTEST_SKIP() << source.error().message;
    ASSERT_TRUE(source) << source.error().message;
    source_ = std::move(*source);
    source_->begin(recording_.builder(), collector_);
  }
  void know_this_process() {
    collector_.add_root(::getpid(), "test", "test", base::monotonic_now(), false);
  }
  std::map<std::string, uint64_t> diagnostics() {
    std::map<std::string, uint64_t> out;
    for (const auto& row : recording_.rows<recording::DiagnosticRow>())
      out[std::string(row.name)] += row.count;
    return out;
  }
  size_t spans() { return recording_.rows<recording::SpanRow>().size(); }
  static bool nobody(pid_t) { return false; }

  TestRecording recording_;
  stacks::ModuleStore modules_;
  Collector collector_;
  std::unique_ptr<ProbeSource> source_;
};

TEST_F(Source, TellsOfEachCall) {
  know_this_process();
  for (int i = 0; i < 3; ++i) hone_probed_for_source();
  source_->finish(base::monotonic_now(), &nobody);
  EXPECT_EQ(spans(), 3u);
  EXPECT_TRUE(diagnostics().empty());
}

TEST_F(Source, CountsWhatProcessesDidThatAreNotRecorded) {
  for (int i = 0; i < 3; ++i) hone_probed_for_source();
  source_->finish(base::monotonic_now(), &nobody);
  EXPECT_EQ(spans(), 0u);
  EXPECT_EQ(diagnostics(), (std::map<std::string, uint64_t>{{"probe_events_of_others", 6}}));
}

TEST_F(Source, CountsCallsWhoseThreadTheRecordingHasNoMore) {
  constexpr uint64_t kCalls = 50;
  know_this_process();
  for (uint64_t i = 0; i < kCalls; ++i) hone_probed_for_source();
  const TimeNs later = base::monotonic_now() + DurationNs{1'000'000'000};
  source_->drain(later, &nobody);
  // Our id is a stranger's now, who descends from nobody that is recorded. Of calls that no timed
  // one stands for nothing has been told yet.
  collector_.on_fork(::getpid(), ::getpid(), 1, later);
  source_->finish(later, &nobody);
  uint64_t told = spans();
  for (const auto& row : recording_.rows<recording::SpanArgumentRow>()) told += row.value - 1;
  const auto found = diagnostics();
  ASSERT_EQ(found.count("probe_calls_without_thread"), 1u);
  EXPECT_GT(found.at("probe_calls_without_thread"), 0u);
  EXPECT_EQ(told + found.at("probe_calls_without_thread"), kCalls);
}

}  // namespace
}  // namespace hone::capture
#endif
