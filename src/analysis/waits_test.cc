#include "analysis/waits.h"

#include <gtest/gtest.h>

#include "analysis/findings.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::Tables;
using recording::WaitRow;

constexpr int64_t kMs = 1'000'000;

// Stacks of waits are those of samples, by the name of their innermost function.
class WaitsTest : public testing::Test {
 protected:
  static constexpr std::string_view kStacks = R"(
    @meta waits.tier stacks at the switch
    @meta waits.wakers yes
    @meta run.wall_ns 1000000000
    @meta host.cpu_count 8
    @thread main process=app tid=1 start_ns=1000000000 end_ns=2000000000
    @thread worker process=app tid=2 start_ns=1000000000 end_ns=1500000000
    @thread third process=app tid=3 start_ns=1000000000 end_ns=1500000000
  main;take;libc.so.6!pthread_cond_wait;[kernel]futex_wait_queue;[kernel]schedule 1 time=1000000001
    main;rest;libc.so.6!nanosleep;[kernel]do_nanosleep;[kernel]schedule 1 time=1000000002
    main;touch;[kernel]handle_mm_fault;[kernel]io_schedule 1 time=1000000003
    main;odd;[kernel]new_thing_of_7_3;[kernel]schedule 1 time=1000000004
    main 1 thread=worker time=1000000005
    main 1 thread=third time=1000000006
  )";
  WaitsTest() : tables_(profile::tables_of_text(kStacks)) {
    for (size_t i = 0; i < 4; ++i) stacks_.push_back(tables_.samples.stack[i]);
  }
  // A wait of thread `id` from `from` ms of the recording.
  WaitRow row(uint32_t id, int64_t from, int64_t ms) const {
    return {.time = TimeNs{1'000'000'000 + from * kMs},
            .until = TimeNs{1'000'000'000 + (from + ms) * kMs},
            .thread = ThreadId{id},
            .duration = DurationNs{ms * kMs},
            .count = 1,
            .runnable = DurationNs{-1}};
  }
  void blocked(size_t stack, int64_t from, int64_t ms, uint32_t thread = 1, uint32_t waker = 0) {
    WaitRow wait = row(thread, from, ms);
    wait.cause = recording::kCauseStack;
    wait.stack = stacks_[stack];
    wait.waker = ThreadId{waker};
    tables_.append(wait);
  }
  void unknown(int64_t from, int64_t ms) { tables_.append(row(1, from, ms)); }
  void runnable(int64_t from, int64_t ms) {
    WaitRow wait = row(1, from, ms);
    wait.runnable = wait.duration;
    wait.flags = recording::kWaitRunnable;
    tables_.append(wait);
  }
  Profile load() { return std::move(*profile::Loader::build(std::move(tables_), nullptr)); }

  Tables tables_;
  std::vector<StackId> stacks_;
};

constexpr size_t kFutex = 0, kNap = 1, kFault = 2, kOdd = 3;

const WaitTimes& of_thread(const WaitReport& report, std::string_view name) {
  for (const ThreadWaitTimes& thread : report.threads) {
    if (thread.name == name) return thread.times;
  }
  ADD_FAILURE() << "no thread " << name;
  static const WaitTimes none;
  return none;
}

TEST_F(WaitsTest, OnAndOffAddUpToALife) {
  blocked(kFutex, 100, 300);
  blocked(kNap, 500, 100);
  blocked(kFault, 610, 20);
  blocked(kOdd, 640, 10);
  runnable(700, 50);
  unknown(800, 5);
  WaitRow lost = row(1, 900, 15);
  lost.flags = recording::kWaitLost;
  tables_.append(lost);
  const WaitReport report = wait_report(load(), {});
  const WaitTimes& main = of_thread(report, "main");
  EXPECT_EQ(main.life_ns, 1000 * kMs);
  EXPECT_EQ(main.of(WaitKind::kLock), 300 * kMs);
  EXPECT_EQ(main.of(WaitKind::kSleep), 100 * kMs);
  EXPECT_EQ(main.of(WaitKind::kPageFault), 20 * kMs);
  EXPECT_EQ(main.of(WaitKind::kOther), 10 * kMs);
  EXPECT_EQ(main.of(WaitKind::kRunQueue), 50 * kMs);
  EXPECT_EQ(main.of(WaitKind::kUnknown), 5 * kMs);
  EXPECT_EQ(main.lost_ns, 15 * kMs);
  EXPECT_EQ(main.running_ns, 500 * kMs);
  for (const ThreadWaitTimes& thread : report.threads) {
    const WaitTimes& t = thread.times;
    EXPECT_EQ(t.running_ns + t.blocked_ns() + t.of(WaitKind::kRunQueue) + t.lost_ns, t.life_ns);
  }
}

TEST_F(WaitsTest, SitesAreTheProgramsOwnFunctions) {
  blocked(kFutex, 100, 300);
  blocked(kFutex, 500, 100);
  blocked(kNap, 700, 100);
  const WaitReport report = wait_report(load(), {});
  ASSERT_EQ(report.sites.size(), 2u);
  EXPECT_EQ(report.sites[0].function, "take");
  EXPECT_EQ(report.sites[0].through, "pthread_cond_wait");
  EXPECT_EQ(report.sites[0].kind, WaitKind::kLock);
  EXPECT_EQ(report.sites[0].ns, 400 * kMs);
  EXPECT_EQ(report.sites[0].longest_ns, 300 * kMs);
  EXPECT_EQ(report.sites[1].function, "rest");
}

TEST_F(WaitsTest, WaitsWithoutACauseAreSharedOutAndSaidToBe) {
  for (int i = 0; i < 6; ++i) {
    WaitRow wait = row(1, i * 10, 1);
    wait.cause = recording::kCauseStack;
    wait.stack = stacks_[i < 2 ? kFutex : kNap];
    wait.stands_for = DurationNs{9 * kMs};
    tables_.append(wait);
  }
  WaitRow many = row(1, 100, 60);
  many.count = 54;
  many.duration = DurationNs{54 * kMs};
  tables_.append(many);
  const WaitReport report = wait_report(load(), {});
  const WaitTimes& main = of_thread(report, "main");
  EXPECT_EQ(main.of(WaitKind::kLock), 20 * kMs);
  EXPECT_EQ(main.of(WaitKind::kSleep), 40 * kMs);
  EXPECT_EQ(main.of(WaitKind::kUnknown), 0);
  EXPECT_EQ(main.all_estimated_ns(), 54 * kMs);
  EXPECT_EQ(main.running_ns, 940 * kMs);
  ASSERT_EQ(report.sites.size(), 2u);
  EXPECT_EQ(report.sites[0].ns, 40 * kMs);
  EXPECT_EQ(report.sites[0].estimated_ns, 36 * kMs);
}

TEST_F(WaitsTest, FewKnownOnesDoNotStandForOthers) {
  WaitRow wait = row(1, 10, 1);
  wait.cause = recording::kCauseStack;
  wait.stack = stacks_[kNap];
  wait.stands_for = DurationNs{99 * kMs};
  tables_.append(wait);
  unknown(100, 99);
  const WaitReport report = wait_report(load(), {});
  EXPECT_EQ(report.all.of(WaitKind::kUnknown), 99 * kMs);
  EXPECT_EQ(report.all.all_estimated_ns(), 0);
}

TEST_F(WaitsTest, LooksTellByPlaceThenBySystemCall) {
  const StringId place{tables_.append(recording::StringRow{.text = "do_epoll_wait"})};
  WaitRow wait = row(1, 100, 30);
  wait.cause = recording::kCauseLook;
  wait.place = place;
  tables_.append(wait);
  wait = row(1, 200, 20);
  wait.cause = recording::kCauseLook;
  wait.system_call = 74 + 1;  // fsync
  tables_.append(wait);
  wait = row(1, 300, 10);
  wait.cause = recording::kCauseLook;
  wait.system_call = 0 + 1;  // read: of what?
  tables_.append(wait);
  const WaitReport report = wait_report(load(), {});
  EXPECT_EQ(report.all.of(WaitKind::kPoll), 30 * kMs);
  EXPECT_EQ(report.all.of(WaitKind::kDisk), 20 * kMs);
  EXPECT_EQ(report.all.of(WaitKind::kOther), 10 * kMs);
}

TEST_F(WaitsTest, TheKernelsAccountIsTakenOffByNumberOfWaits) {
  blocked(kFutex, 100, 100);
  blocked(kNap, 300, 100);
  WaitRow account = row(1, 0, 900);
  account.duration = DurationNs{0};
  account.count = 0;
  account.runnable = DurationNs{8 * kMs};
  account.flags = recording::kWaitAccount;
  tables_.append(account);
  const WaitReport report = wait_report(load(), {});
  EXPECT_TRUE(report.cpu_account);
  EXPECT_EQ(report.all.of(WaitKind::kRunQueue), 8 * kMs);
  EXPECT_EQ(report.all.of(WaitKind::kLock), 96 * kMs);
  EXPECT_EQ(report.all.of(WaitKind::kSleep), 96 * kMs);
}

TEST_F(WaitsTest, ARangeOfTimeCutsWaits) {
  blocked(kNap, 100, 300);
  Selection selection;
  selection.thread = "main";
  selection.time_first = TimeNs{1'200'000'000};
  selection.time_last = TimeNs{1'500'000'000};
  const WaitReport report = wait_report(load(), selection);
  EXPECT_EQ(report.all.life_ns, 300 * kMs);
  EXPECT_EQ(report.all.of(WaitKind::kSleep), 200 * kMs);
  EXPECT_EQ(report.all.running_ns, 100 * kMs);
}

TEST_F(WaitsTest, ATreeOfBlockedTime) {
  blocked(kNap, 100, 300);
  runnable(500, 100);
  const Profile p = load();
  const CallTree tree = wait_tree(p, {});
  EXPECT_EQ(tree.cpu_ns, 300 * kMs);
}

TEST_F(WaitsTest, OneThatWakesAllOthersIsFound) {
  blocked(kFutex, 0, 400, 2, 1);
  blocked(kFutex, 0, 300, 3, 1);
  const std::vector<Finding> all = findings(load(), {});
  const auto found = std::find_if(all.begin(), all.end(), [](const Finding& f) {
    return f.kind == FindingKind::kOneThreadHolds;
  });
  ASSERT_NE(found, all.end());
  EXPECT_NE(found->sentence.find("'main'"), std::string::npos) << found->sentence;
}

TEST_F(WaitsTest, WakingOneIsNoNews) {
  blocked(kFutex, 0, 400, 2, 1);
  for (const Finding& f : findings(load(), {})) EXPECT_NE(f.kind, FindingKind::kOneThreadHolds);
}

TEST_F(WaitsTest, WakingOthersFromLittleOfTheirWaitsIsNoNews) {
  blocked(kFutex, 0, 40, 2, 1);
  blocked(kFutex, 0, 30, 3, 1);
  blocked(kFutex, 100, 700, 2);
  for (const Finding& f : findings(load(), {})) EXPECT_NE(f.kind, FindingKind::kOneThreadHolds);
}

TEST_F(WaitsTest, WaitingMoreThanWorkingIsFound) {
  blocked(kNap, 0, 700);
  blocked(kFutex, 720, 80);
  const std::vector<Finding> all = findings(load(), {});
  const auto found = std::find_if(all.begin(), all.end(),
                                  [](const Finding& f) { return f.kind == FindingKind::kWaiting; });
  // The others ran all the time.
  EXPECT_EQ(found, all.end());
}

TEST(WaitsOfAThread, WaitingMoreThanWorkingIsFound) {
  Tables tables = profile::tables_of_text(R"(
    @meta waits.tier stacks at the switch
    @meta run.wall_ns 1000000000
    @thread main process=app tid=1 start_ns=1000000000 end_ns=2000000000
    main;rest;libc.so.6!nanosleep;[kernel]do_nanosleep 20 time=1000000002
  )");
  tables.append(WaitRow{.time = TimeNs{1'100'000'000},
                        .until = TimeNs{1'900'000'000},
                        .thread = ThreadId{1},
                        .duration = DurationNs{800 * kMs},
                        .count = 1,
                        .runnable = DurationNs{-1},
                        .cause = recording::kCauseStack,
                        .stack = tables.samples.stack[0]});
  const Profile p = std::move(*profile::Loader::build(std::move(tables), nullptr));
  const std::vector<Finding> all = findings(p, {});
  const auto found = std::find_if(all.begin(), all.end(),
                                  [](const Finding& f) { return f.kind == FindingKind::kWaiting; });
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->severity, 2);
  EXPECT_NE(found->sentence.find("sleep 80.0%"), std::string::npos) << found->sentence;
  EXPECT_NE(found->sentence.find("'rest'"), std::string::npos) << found->sentence;
}

TEST(WaitKinds, NamesOfOldAndNewKernels) {
  for (const auto& [name, kind] : std::initializer_list<std::pair<const char*, WaitKind>>{
           {"futex_wait_queue_me", WaitKind::kLock},
           {"futex_wait_queue", WaitKind::kLock},
           {"futex_do_wait", WaitKind::kLock},
           {"do_nanosleep", WaitKind::kSleep},
           {"hrtimer_nanosleep", WaitKind::kSleep},
           {"ep_poll", WaitKind::kPoll},
           {"do_epoll_wait", WaitKind::kPoll},
           {"poll_schedule_timeout.constprop.0", WaitKind::kPoll},
           {"do_sys_poll", WaitKind::kPoll},
           {"io_schedule", WaitKind::kDisk},
           {"folio_wait_bit_common", WaitKind::kDisk},
           {"wait_on_page_bit_common", WaitKind::kDisk},
           {"jbd2_log_wait_commit", WaitKind::kDisk},
           {"pipe_read", WaitKind::kPipe},
           {"pipe_wait", WaitKind::kPipe},
           {"anon_pipe_read", WaitKind::kPipe},
           {"unix_stream_read_generic", WaitKind::kPipe},
           {"tcp_recvmsg_locked", WaitKind::kPipe},
           {"inet_csk_accept", WaitKind::kPipe},
           {"do_wait", WaitKind::kChild},
           {"kernel_wait4", WaitKind::kChild},
           {"schedule", WaitKind::kUnknown},
           {"__schedule", WaitKind::kUnknown},
           {"schedule_timeout", WaitKind::kUnknown},
           {"wait_woken", WaitKind::kUnknown}}) {
    EXPECT_EQ(wait_kind_of_function(name), kind) << name;
  }
  EXPECT_EQ(wait_kind_of_system_call(202, 1), WaitKind::kLock);
  EXPECT_EQ(wait_kind_of_system_call(98, 2), WaitKind::kLock);
  EXPECT_EQ(wait_kind_of_system_call(0, 1), WaitKind::kUnknown);
}

}  // namespace
}  // namespace hone::analysis
