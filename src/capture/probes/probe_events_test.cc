#include "capture/probes/probe_events.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <link.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <thread>

#include "capture/probes/probe_definitions.h"

#if defined(__x86_64__)
asm(R"(
.pushsection .text
.globl hone_probed_in_test
.type hone_probed_in_test, @function
hone_probed_in_test:
  push %rbp
  pop %rbp
  ret
.size hone_probed_in_test, . - hone_probed_in_test
.popsection
)");
extern "C" void hone_probed_in_test();

namespace hone::capture {
namespace {

// Where in the test's own file the code at `address` is.
FileOffset offset_of(uint64_t address) {
  struct Search {
    uint64_t address = 0, found = 0;
  } search{.address = address};
  const auto look = [](dl_phdr_info* file, size_t, void* data) {
    auto* of = static_cast<Search*>(data);
    for (int i = 0; i < file->dlpi_phnum; ++i) {
      const ElfW(Phdr)& part = file->dlpi_phdr[i];
      const uint64_t begin = file->dlpi_addr + part.p_vaddr;
      if (part.p_type != PT_LOAD || of->address < begin || of->address - begin >= part.p_filesz) {
        continue;
      }
      of->found = of->address - begin + part.p_offset;
    }
    return 1;  // the program's own file is the first
  };
  ::dl_iterate_phdr(look, &search);
  return FileOffset{search.found};
}

// A thread of a program that runs already: it makes calls when it is told to, on one CPU.
class Caller {
 public:
  explicit Caller(int cpu = -1) {
    ::sem_init(&begun_, 0, 0);
    ::sem_init(&wanted_, 0, 0);
    ::sem_init(&done_, 0, 0);
    thread_ = std::thread([this, cpu] { run(cpu); });
    ::sem_wait(&begun_);
  }
  ~Caller() { end(); }
  pid_t tid() const { return tid_; }
  void call(int count) {
    count_ = count;
    ::sem_post(&wanted_);
    ::sem_wait(&done_);
  }
  void end() {
    if (!thread_.joinable()) return;
    count_ = -1;
    ::sem_post(&wanted_);
    thread_.join();
  }

 private:
  void run(int cpu) {
    if (cpu >= 0) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      ::sched_setaffinity(0, sizeof one, &one);
    }
    tid_ = static_cast<pid_t>(::syscall(SYS_gettid));
    ::sem_post(&begun_);
    for (;;) {
      ::sem_wait(&wanted_);
      if (count_ < 0) return;
      for (int i = 0; i < count_; ++i) hone_probed_in_test();
      ::sem_post(&done_);
    }
  }
  pid_t tid_ = 0;
  int count_ = 0;
  sem_t begun_, wanted_, done_;
  std::thread thread_;
};

// Probes on a function of ours. The test is skipped where the kernel lets us make none.
class Events : public ::testing::Test {
 protected:
  void SetUp() override {
    const FileOffset place = offset_of(reinterpret_cast<uint64_t>(&hone_probed_in_test));
    ASSERT_GT(raw(place), 0u);
    ProbePlan plan;
    plan.files.push_back({base::UniqueFd{::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)}, "test"});
    plan.functions.push_back({.name = "a function of our own"});
    plan.points = {{0, 0, place, CallEvent::What::kEntry}};
    auto defined = ProbeDefinitions::make(plan);
    if (!defined && defined.error().number == "E061") GTEST_SKIP() << defined.error().message;
    ASSERT_TRUE(defined) << defined.error().message;
    defined_.emplace(std::move(*defined));
  }
  // How many calls were told of, by thread.
  static std::map<pid_t, int> told(ProbeEvents& events) {
    std::map<pid_t, int> out;
    events.drain(TimeNs{INT64_MAX}, [&](std::span<const uint8_t> record) {
      perf_event_header header{};
      int32_t tid = 0;
      std::memcpy(&header, record.data(), sizeof header);
      if (header.type != PERF_RECORD_SAMPLE) return;
      std::memcpy(&tid, record.data() + sizeof header + 12, sizeof tid);
      ++out[tid];
    });
    return out;
  }
  std::optional<ProbeDefinitions> defined_;
};

TEST_F(Events, OfAThreadThatBeganWhileTheProbesWereSetAreTold) {
  Caller first, second;
  int listed = 0;
  // The second one is begun between the listing and the opening: the first listing has it not.
  auto events = ProbeEvents::open_running({.id = defined_->id()}, [&] {
    std::vector<pid_t> out = {first.tid()};
    if (++listed > 1) out.push_back(second.tid());
    std::sort(out.begin(), out.end());
    return out;
  });
  ASSERT_TRUE(events) << events.error().message;
  EXPECT_EQ(events->begun_meanwhile(), 0u);
  first.call(3);
  second.call(5);
  EXPECT_EQ(told(*events), (std::map<pid_t, int>{{first.tid(), 3}, {second.tid(), 5}}));
}

TEST_F(Events, OfThreadsThatBeganAfterwardsAreToldOnce) {
  std::optional<Caller> later;
  pid_t child = 0;
  const auto self = static_cast<pid_t>(::syscall(SYS_gettid));
  auto events =
      ProbeEvents::open_running({.id = defined_->id()}, [&] { return std::vector<pid_t>{self}; });
  ASSERT_TRUE(events) << events.error().message;
  later.emplace();
  child = later->tid();
  later->call(4);
  hone_probed_in_test();
  later->end();
  EXPECT_EQ(told(*events), (std::map<pid_t, int>{{self, 1}, {child, 4}}));
}

TEST_F(Events, OfAProgramThatBeginsThreadsAllTheTimeAreOpenedAtLast) {
  Caller first;
  std::vector<std::unique_ptr<Caller>> more;
  auto events = ProbeEvents::open_running({.id = defined_->id()}, [&] {
    more.push_back(std::make_unique<Caller>());
    std::vector<pid_t> out = {first.tid()};
    for (const auto& each : more) out.push_back(each->tid());
    std::sort(out.begin(), out.end());
    return out;
  });
  ASSERT_TRUE(events) << events.error().message;
  EXPECT_EQ(more.size(), 2 * size_t{ProbeEvents::kTries});
  EXPECT_EQ(events->begun_meanwhile(), 1u);
}

TEST_F(Events, OfNoThreadAreNotThoseOfTheWholeMachine) {
  auto events =
      ProbeEvents::open_running({.id = defined_->id()}, [] { return std::vector<pid_t>{}; });
  EXPECT_FALSE(events);
}

TEST_F(Events, AreWaitedForWhenTheFirstOfTheirThreadsHasEnded) {
  const int cpu = ::sched_getcpu();
  Caller one(cpu), other(cpu);
  auto events = ProbeEvents::open({.id = defined_->id(), .tasks = {one.tid(), other.tid()}});
  ASSERT_TRUE(events) << events.error().message;
  one.end();
  std::vector<pollfd> waiting;
  events->wait_on(waiting);
  ASSERT_GT(waiting.size(), 0u);
  // Each CPU tells of the end.
  for (pollfd& fd : waiting) {
    ASSERT_EQ(::poll(&fd, 1, -1), 1);
    EXPECT_TRUE((fd.revents & POLLHUP) != 0);
    events->on_end_of(fd.fd);
  }
  const size_t cpus = waiting.size();
  waiting.clear();
  events->wait_on(waiting);
  ASSERT_EQ(waiting.size(), cpus);
  // What the other one fills wakes who waits, although the buffer is that of the ended one's event.
  constexpr int kCallsOfRound = 10'000, kRoundsMax = 30;
  int woken = 0;
  for (int round = 0; round < kRoundsMax && woken == 0; ++round) {
    other.call(kCallsOfRound);
    woken = ::poll(waiting.data(), waiting.size(), 0);
  }
  EXPECT_EQ(woken, 1);
  other.end();
}
}  // namespace
}  // namespace hone::capture
#endif
