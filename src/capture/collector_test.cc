// What happens to processes and threads, told event by event, and the rows that come of it.
#include "capture/collector.h"

#include <gtest/gtest.h>

#include <map>

#include "capture/test_support.h"

namespace hone::capture {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

class CollectorTest : public testing::Test {
 protected:
  CollectorTest() : modules_({}), collector_(recording_.builder(), modules_, {}) {}

  void root(pid_t pid = 100, bool until_exec = false) {
    collector_.add_root(pid, "root", "root --all", TimeNs{1}, until_exec);
  }
  void fork(pid_t pid, pid_t parent, int64_t time) {
    collector_.on_fork(pid, pid, parent, TimeNs{time});
  }
  void thread(pid_t pid, pid_t tid, int64_t time) {
    collector_.on_fork(pid, tid, pid, TimeNs{time});
  }
  void exit(pid_t pid, pid_t tid, int64_t time) { collector_.on_exit(pid, tid, TimeNs{time}); }
  void cpu(pid_t pid, pid_t tid, int64_t ns, int64_t time) {
    collector_.on_thread_cpu(pid, tid, DurationNs{ns}, TimeNs{time});
  }
  void sample(pid_t pid, pid_t tid, int64_t time) {
    collector_.on_sample({.time = TimeNs{time}, .pid = pid, .tid = tid, .weight = DurationNs{10}});
  }
  void finish(int64_t time, const CpuAccount& cpu = {}) { collector_.finish(TimeNs{time}, cpu); }

  // "pid[<parent's pid] x: threads, cpu" of every process in the order of their starts.
  std::vector<std::string> processes() {
    const auto starts = recording_.rows<recording::ProcessRow>();
    const auto threads = recording_.rows<recording::ThreadRow>();
    std::vector<std::string> out;
    std::map<uint32_t, recording::ProcessEndRow> ends;
    for (const auto& end : recording_.rows<recording::ProcessEndRow>()) {
      EXPECT_TRUE(ends.emplace(raw(end.process), end).second) << "two ends of one process";
    }
    for (uint32_t id = 1; const auto& start : starts) {
      const auto& end = ends[id];
      std::string text = std::to_string(start.pid);
      if (start.parent != ProcessId::kNone) {
        text += "<" + std::to_string(starts[raw(start.parent) - 1].pid);
      }
      text += end.exited ? " exited " : " runs ";
      text += std::to_string(raw(end.time)) + ": ";
      text += std::to_string(std::count_if(threads.begin(), threads.end(),
                                           [&](const auto& t) { return raw(t.process) == id; }));
      text += " threads, cpu " + std::to_string(raw(end.cpu));
      out.push_back(text);
      ++id;
    }
    return out;
  }
  std::map<uint32_t, int64_t> unsampled() {
    std::map<uint32_t, int64_t> out;
    for (const auto& row : recording_.rows<recording::UnsampledCpuRow>()) {
      out[raw(row.process)] += raw(row.cpu);
    }
    return out;
  }

  TestRecording recording_;
  stacks::ModuleStore modules_;
  Collector collector_;
};

using Texts = std::vector<std::string>;

TEST_F(CollectorTest, TreeOfProcesses) {
  root();
  fork(101, 100, 10);
  thread(101, 150, 11);
  fork(102, 101, 12);
  exit(101, 150, 20);
  exit(101, 101, 21);
  exit(102, 102, 22);
  finish(30);
  EXPECT_EQ(processes(),
            (Texts{"100 runs 30: 1 threads, cpu -1", "101<100 exited 21: 2 threads, cpu -1",
                   "102<101 exited 22: 1 threads, cpu -1"}));
}

TEST_F(CollectorTest, StrangersAreNotRecorded) {
  root();
  fork(200, 50, 10);
  sample(200, 200, 11);
  sample(0, 0, 12);
  sample(-1, -1, 13);
  exit(200, 200, 14);
  collector_.on_name(200, 200, "x", true, TimeNs{15});
  cpu(200, 200, 5, 16);
  collector_.on_map({.time = TimeNs{17}, .pid = 200, .bytes = 4096, .path = "/bin/true"});
  finish(20);
  EXPECT_EQ(collector_.counts().foreign, 3u);
  EXPECT_EQ(processes(), (Texts{"100 runs 20: 1 threads, cpu -1"}));
}

TEST_F(CollectorTest, UntilExecItIsOurselves) {
  root(100, true);
  sample(100, 100, 5);
  collector_.on_name(100, 100, "hone", false, TimeNs{6});
  collector_.on_name(100, 100, "xz", true, TimeNs{7});
  sample(100, 100, 8);
  finish(10);
  EXPECT_EQ(collector_.counts().foreign, 1u);
  EXPECT_EQ(collector_.counts().samples, 1u);
  const auto names = recording_.rows<recording::ThreadNameRow>();
  ASSERT_EQ(names.size(), 1u);
  EXPECT_EQ(recording_.text(names[0].name), "xz");
  EXPECT_EQ(names[0].exec, 1);
}

TEST_F(CollectorTest, IdsThatAreUsedAgain) {
  root();
  fork(101, 100, 10);
  exit(101, 101, 20);
  fork(101, 100, 30);  // the same id, at once
  sample(101, 101, 31);
  cpu(101, 101, 7, 32);
  exit(101, 101, 40);
  fork(101, 50, 50);  // and now a stranger's
  sample(101, 101, 51);
  finish(60);
  EXPECT_EQ(collector_.counts().samples, 1u);
  EXPECT_EQ(collector_.counts().foreign, 1u);
  EXPECT_EQ(processes(),
            (Texts{"100 runs 60: 1 threads, cpu -1", "101<100 exited 20: 1 threads, cpu -1",
                   "101<100 exited 40: 1 threads, cpu 7"}));
}

TEST_F(CollectorTest, ThreadIdOfAnotherProcess) {
  root();
  fork(101, 100, 10);
  thread(101, 150, 11);
  thread(100, 150, 20);  // its exit was lost
  sample(100, 150, 21);
  exit(101, 101, 22);
  finish(30);
  EXPECT_EQ(processes(),
            (Texts{"100 runs 30: 2 threads, cpu -1", "101<100 exited 22: 2 threads, cpu -1"}));
}

TEST_F(CollectorTest, SeenAfterItsExit) {
  root();
  thread(100, 150, 10);
  exit(100, 150, 20);
  sample(100, 150, 21);  // on the kernel's way out
  cpu(100, 150, 5, 22);
  sample(100, -1, 23);  // further out: without an id
  finish(30);
  EXPECT_EQ(collector_.counts().samples, 2u);
  EXPECT_EQ(processes(), (Texts{"100 runs 30: 2 threads, cpu 5"}));
}

TEST_F(CollectorTest, SampledAndUnsampledAreAll) {
  root();
  fork(101, 100, 10);
  for (int i = 0; i < 5; ++i) sample(101, 101, 20 + i);
  exit(101, 101, 30);
  cpu(101, 101, 70, 31);
  exit(100, 100, 40);
  cpu(100, 100, 30, 41);
  finish(50);
  EXPECT_EQ(unsampled(), (std::map<uint32_t, int64_t>{{1, 30}, {2, 20}}));
}

// The kernel's own account of what was waited for holds what the clocks do not see.
TEST_F(CollectorTest, TimeOutsideOfTheClocksGoesByThreads) {
  root();
  fork(101, 100, 10);
  for (pid_t tid = 150; tid < 153; ++tid) {
    thread(101, tid, 11);
    exit(101, tid, 20);
    cpu(101, tid, 100, 21);
  }
  exit(101, 101, 30);
  cpu(101, 101, 100, 31);
  exit(100, 100, 40);
  cpu(100, 100, 100, 41);
  finish(50, {.counted = DurationNs{500}, .waited = DurationNs{600}});
  EXPECT_EQ(processes(),
            (Texts{"100 exited 40: 1 threads, cpu 120", "101<100 exited 30: 4 threads, cpu 480"}));
  EXPECT_EQ(unsampled()[0], 0);
}

TEST_F(CollectorTest, TimeOutsideOfTheClocksNeedsAllEnded) {
  root();
  fork(101, 100, 10);  // lives on, so it was not waited for
  exit(100, 100, 40);
  cpu(100, 100, 100, 41);
  finish(50, {.waited = DurationNs{600}});
  EXPECT_EQ(processes(),
            (Texts{"100 exited 40: 1 threads, cpu 100", "101<100 runs 50: 1 threads, cpu -1"}));
}

TEST_F(CollectorTest, WithoutClocksOneProcessIsKnownAllTheSame) {
  root();
  sample(100, 100, 10);
  exit(100, 100, 40);
  finish(50, {.waited = DurationNs{600}});
  EXPECT_EQ(processes(), (Texts{"100 exited 40: 1 threads, cpu 600"}));
  EXPECT_EQ(unsampled()[1], 590);
}

// The thread that ends up with the counters that we opened puts nothing out.
TEST_F(CollectorTest, OpenedCountersAreCredited) {
  root();
  thread(100, 150, 10);
  exit(100, 150, 20);
  cpu(100, 150, 300, 21);
  exit(100, 100, 40);
  finish(50, {.counted = DurationNs{1000}});
  EXPECT_EQ(processes(), (Texts{"100 exited 40: 2 threads, cpu 1000"}));
}

TEST_F(CollectorTest, OpenedCountersAreNotGuessed) {
  root();
  thread(100, 150, 10);
  thread(100, 151, 10);
  exit(100, 150, 20);
  exit(100, 100, 40);  // two without a count
  exit(100, 151, 40);
  cpu(100, 151, 300, 41);
  finish(50, {.counted = DurationNs{1000}});
  EXPECT_EQ(processes(), (Texts{"100 exited 40: 3 threads, cpu 300"}));
}

TEST_F(CollectorTest, WaitStatus) {
  root();
  fork(101, 100, 10);
  exit(101, 101, 20);
  fork(102, 100, 20 + 2 * kSecond);
  exit(102, 102, 30 + 2 * kSecond);  // by now the first one is put away
  EXPECT_TRUE(collector_.on_wait_status(101, 9, 4096));
  EXPECT_TRUE(collector_.on_wait_status(100, 256, 8192));
  EXPECT_FALSE(collector_.on_wait_status(999, 0, 0));
  finish(3 * kSecond);
  std::map<uint32_t, int32_t> status;
  for (const auto& row : recording_.rows<recording::ProcessEndRow>()) {
    status[raw(row.process)] = row.status;
  }
  EXPECT_EQ(status, (std::map<uint32_t, int32_t>{{1, 256}, {2, 9}, {3, -1}}));
}

TEST_F(CollectorTest, MillionsOfThreadsAreLetGo) {
  root();
  constexpr int kThreads = 200'000;
  for (int i = 0; i < kThreads; ++i) {
    const int64_t time = int64_t{i} * 1'000'000;  // 1 ms each
    const pid_t tid = 1000 + i;
    thread(100, tid, time + 10);
    exit(100, tid, time + 20);
    cpu(100, tid, 7, time + 30);
  }
  // A second's worth is all that is held.
  EXPECT_LT(collector_.held_threads(), 1100u);
  finish(kThreads * int64_t{1'000'000});
  EXPECT_EQ(recording_.rows<recording::ThreadEndRow>().size(), kThreads + 1u);
}

TEST_F(CollectorTest, ThreadsWithoutClocksAreLetGoToo) {
  root();
  for (int i = 0; i < 5000; ++i) {
    thread(100, 1000 + i, i * kSecond);
    exit(100, 1000 + i, i * kSecond + 5);
  }
  EXPECT_LT(collector_.held_threads(), 5u);
}

TEST_F(CollectorTest, MappingsOfEveryKind) {
  root();
  const auto map = [&](const char* path, uint64_t inode) {
    collector_.on_map({.time = TimeNs{5},
                       .pid = 100,
                       .begin = 0x10000,
                       .bytes = 0x1000,
                       .identity = {.inode = inode},
                       .path = path});
  };
  map("/no/such/file", 5);
  map("/no/such/file (deleted)", 6);
  map("//anon", 0);
  map("[vdso]", 0);
  map("[heap]", 0);
  map("", 0);
  map("anon_inode:[perf_event]", 7);
  EXPECT_EQ(modules_.modules().size(), 6u);  // the one without a name is "//anon", too
}

// A part that follows introduces what runs, and nothing that has ended; each sample is in one part.
TEST(CollectorParts, GoOnWhereTheOneBeforeEnded) {
  TestRecording first, second;
  recording::Builder& builder = first.builder();
  stacks::ModuleStore modules({});
  Collector collector(builder, modules, {});
  const auto sample = [&](pid_t pid, pid_t tid, int64_t time) {
    collector.on_sample({.time = TimeNs{time}, .pid = pid, .tid = tid, .weight = DurationNs{10}});
  };
  collector.add_root(100, "root", "root --all", TimeNs{1}, false);
  collector.on_fork(200, 200, 100, TimeNs{2});
  collector.on_fork(100, 101, 100, TimeNs{3});
  collector.on_fork(100, 102, 100, TimeNs{3});
  collector.on_name(100, 101, "worker", false, TimeNs{4});
  sample(100, 101, 5);
  sample(200, 200, 6);
  collector.on_exit(200, 200, TimeNs{7});
  collector.on_exit(100, 102, TimeNs{7});
  collector.end_part(TimeNs{10});

  // What was told goes into the first file, and the collector's Builder is the second's from now.
  std::swap(builder, second.builder());
  collector.begin_part();
  collector.on_thread_cpu(100, 102, DurationNs{500}, TimeNs{11});  // it is in the part before
  collector.on_thread_cpu(100, 101, DurationNs{900}, TimeNs{11});  // of both parts
  sample(100, 101, 12);
  collector.on_process_cpu(100, DurationNs{40});
  collector.finish(TimeNs{20}, {});
  std::swap(builder, second.builder());

  EXPECT_EQ(first.rows<recording::SampleRow>().size(), 2u);
  EXPECT_EQ(first.rows<recording::ThreadEndRow>().size(), 4u);
  const auto processes = second.rows<recording::ProcessRow>();
  ASSERT_EQ(processes.size(), 1u);
  EXPECT_EQ(processes[0].pid, 100u);
  EXPECT_EQ(raw(processes[0].start), 1);
  EXPECT_EQ(second.text(processes[0].command), "root --all");
  const auto threads = second.rows<recording::ThreadRow>();
  ASSERT_EQ(threads.size(), 2u);
  EXPECT_EQ(threads[1].tid, 101u);
  EXPECT_EQ(second.text(threads[1].name), "worker");
  EXPECT_EQ(raw(second.rows<recording::ThreadEndRow>()[1].cpu), -1);
  const auto ends = second.rows<recording::ProcessEndRow>();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(raw(ends[0].cpu), 40);
  EXPECT_EQ(raw(second.rows<recording::UnsampledCpuRow>()[0].cpu), 30);
  EXPECT_EQ(second.rows<recording::SampleRow>().size(), 1u);
  EXPECT_EQ(collector.counts().samples, 1u);
  EXPECT_EQ(collector.counts_before().samples, 2u);
}

TEST(CollectorPauses, SamplesOfPausesAreDropped) {
  TestRecording recording;
  stacks::ModuleStore modules({});
  PauseLog pauses;
  pauses.begin(TimeNs{10}, PauseCause::kControl);
  pauses.end(TimeNs{20});
  Collector collector(recording.builder(), modules, {.pauses = &pauses});
  collector.add_root(100, "root", "root", TimeNs{1}, false);
  for (const int64_t time : {5, 10, 19, 20}) {
    collector.on_sample({.time = TimeNs{time}, .pid = 100, .tid = 100, .weight = DurationNs{10}});
  }
  collector.on_fork(100, 101, 100, TimeNs{15});  // what happens meanwhile is followed
  collector.finish(TimeNs{30}, {});
  EXPECT_EQ(recording.rows<recording::SampleRow>().size(), 2u);
  EXPECT_EQ(recording.rows<recording::ThreadRow>().size(), 2u);
}

}  // namespace
}  // namespace hone::capture
