#include "cli/doctor_checks.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "cli/doctor_surroundings.h"

namespace hone::cli {
namespace {

MachineFacts good_machine() {
  MachineFacts facts;
  facts.paranoid = 0;
  facts.sampler = {.whole_machine = true,
                   .kernel_side = true,
                   .stack_bytes = 65528,
                   .ring_bytes = 8 << 20,
                   .cpu_count = 2,
                   .samples = 20,
                   .cpu_ns = 20'000'000};
  facts.kptr_restrict = 0;
  facts.tracefs = "/sys/kernel/tracing";
  facts.locked_limit_bytes = 8 << 20;
  facts.ring_limit_bytes = 516 << 10;
  facts.timer.agent = "/usr/lib/hone/libhone-agent.so";
  facts.place.debuginfod_urls = "https://example.org";
  facts.place.cache_folder = "/cache/hone";
  facts.place.folder = "/srv/somebody";
  facts.place.clock_source = "tsc";
  return facts;
}

// Every trial refused, as by a filter of system calls.
MachineFacts forbidden_machine(int error) {
  MachineFacts facts = good_machine();
  facts.paranoid = 2;
  facts.sampler = {.error = error};
  facts.kernel_side_errno = facts.whole_machine_errno = facts.hardware_errno = error;
  facts.switches_errno = facts.attach_errno = facts.tracepoint_errno = error;
  facts.timer.agent.clear();
  return facts;
}

const Check& find(const std::vector<Check>& checks, std::string_view id) {
  for (const Check& check : checks) {
    if (check.id == id) return check;
  }
  ADD_FAILURE() << id;
  return checks.front();
}

TEST(Doctor, AGoodMachineHasNothingToFix) {
  const auto checks = judge(good_machine());
  EXPECT_TRUE(all_required_ok(checks));
  for (const Check& check : checks) {
    EXPECT_EQ(check.state, CheckState::kOk) << check.id;
    EXPECT_TRUE(check.fixes.empty()) << check.id;
  }
}

TEST(Doctor, EachLimitHasItsEffectAndFix) {
  MachineFacts facts = forbidden_machine(EACCES);
  facts.paranoid = 3;
  facts.kptr_restrict = 1;
  facts.kernel_names_problem = "hidden";
  facts.child_memory_errno = facts.other_memory_errno = EPERM;
  facts.sample_rate_max = 100;
  facts.place.proc_mounted = false;
  facts.place.clock_source = "hpet";
  facts.place.folder_errno = EACCES;
  facts.place.cache_folder.clear();
  facts.place.debuginfod_urls.clear();
  const auto checks = judge(facts);
  EXPECT_FALSE(all_required_ok(checks));
  for (const Check& check : checks) {
    if (check.id == "seccomp" || check.id == "place" || check.id == "locked-memory") continue;
    EXPECT_NE(check.state, CheckState::kOk) << check.id;
    EXPECT_FALSE(check.effect.empty()) << check.id;
    EXPECT_FALSE(check.fixes.empty()) << check.id;
  }
  EXPECT_EQ(find(checks, "sampling").fixes.front(),
            "sudo sysctl kernel.perf_event_paranoid=2   (until reboot)");
}

TEST(Doctor, ASandboxIsToldApartFromASetting) {
  for (const int error : {EPERM, ENOSYS}) {
    MachineFacts facts = forbidden_machine(error);
    facts.place.seccomp_mode = 2;
    const auto checks = judge(facts);
    EXPECT_FALSE(all_required_ok(checks));
    EXPECT_NE(find(checks, "sampling").fixes.front().find("container"), std::string::npos);
    facts.place.container = "kubernetes";
    EXPECT_NE(find(judge(facts), "sampling").fixes.front().find("securityContext"),
              std::string::npos);
  }
  EXPECT_NE(find(judge(forbidden_machine(ENOSYS)), "sampling").fixes.front().find("CONFIG_PERF"),
            std::string::npos);
}

TEST(Doctor, WhereTimersTakeOverARecordingIsPossible) {
  MachineFacts facts = forbidden_machine(EPERM);
  facts.timer.agent = "/usr/lib/hone/libhone-agent.so";
  EXPECT_TRUE(all_required_ok(judge(facts)));
  EXPECT_EQ(find(judge(facts), "sampler").state, CheckState::kLimited);
  EXPECT_EQ(find(judge(facts), "sampling").state, CheckState::kFailed);
  facts.timer.problem = "cannot be preloaded";
  EXPECT_FALSE(all_required_ok(judge(facts)));
}

TEST(Doctor, EventsThatGiveNoSamplesAreNotWell) {
  MachineFacts facts = good_machine();
  facts.sampler.samples = 0;
  EXPECT_EQ(find(judge(facts), "sampling").state, CheckState::kLimited);
}

TEST(Doctor, RootOfAUserNamespaceIsNotToldToUseItsRights) {
  MachineFacts facts = good_machine();
  facts.paranoid = 2;
  facts.kernel_side_errno = EACCES;
  facts.place.user_namespace = true;
  const auto checks = judge(facts);
  for (const std::string& fix : find(checks, "kernel-side").fixes) {
    EXPECT_EQ(fix.find("setcap"), std::string::npos) << fix;
  }
}

TEST(Doctor, WhatARecordingCanDoWithoutFailsNothing) {
  MachineFacts facts = good_machine();
  facts.paranoid = 2;
  facts.kernel_side_errno = facts.whole_machine_errno = EACCES;
  facts.hardware_errno = ENOENT;
  facts.place.cache_folder.clear();
  EXPECT_TRUE(all_required_ok(judge(facts)));
}

TEST(Doctor, TextsOfTheKernelAreTakenApart) {
  const char* status = "Name:\thone\nSeccomp:\t2\nSeccomp_filters:\t1\nCapEff:\t000001ff\n";
  EXPECT_EQ(status_number(status, "Seccomp", -1), 2);
  EXPECT_EQ(status_number(status, "CapEff", -1, 16), 0x1ff);
  EXPECT_EQ(status_number(status, "NoNewPrivs", -1), -1);
  EXPECT_EQ(status_number("\nSeccomp:", "Seccomp", -1), -1);
  EXPECT_FALSE(is_inner_namespace("user:[4026531837]", 4026531837));
  EXPECT_TRUE(is_inner_namespace("user:[4026532211]", 4026531837));
  EXPECT_FALSE(is_inner_namespace("", 4026531837));
  EXPECT_EQ(container_in("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-2.scope\n"),
            "kubernetes");
  EXPECT_EQ(container_in("12:cpu:/docker/0123\n"), "docker");
  EXPECT_EQ(container_in("0::/user.slice/user-1000.slice\n"), "");
}

TEST(Doctor, TextHasOneLineACheckAndItsFixes) {
  const std::string text = checks_text({{.id = "a", .says = "fine"},
                                        {.id = "b",
                                         .state = CheckState::kLimited,
                                         .says = "meagre",
                                         .effect = "less",
                                         .fixes = {"do", "or so"}}},
                                       {});
  EXPECT_EQ(text,
            "ok       a                  fine\n"
            "limited  b                  meagre\n"
            "           effect: less\n"
            "           fix:    do\n"
            "           or:     or so\n");
}

}  // namespace
}  // namespace hone::cli
