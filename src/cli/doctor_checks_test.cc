#include "cli/doctor_checks.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace hone::cli {
namespace {

MachineFacts good_machine() {
  return {.paranoid = 0,
          .kptr_restrict = 0,
          .debuginfod_urls = "https://example.org",
          .cache_folder = "/cache/hone",
          .locked_limit_bytes = 8 << 20,
          .ring_limit_bytes = 516 << 10};
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
  MachineFacts facts;
  facts.paranoid = 3;
  facts.user_side_errno = facts.kernel_side_errno = facts.whole_machine_errno = EACCES;
  facts.hardware_errno = ENOENT;
  facts.kptr_restrict = 1;
  facts.kernel_names_problem = "hidden";
  facts.ring_limit_bytes = 4096;
  const auto checks = judge(facts);
  EXPECT_FALSE(all_required_ok(checks));
  for (const Check& check : checks) {
    EXPECT_NE(check.state, CheckState::kOk) << check.id;
    EXPECT_FALSE(check.effect.empty()) << check.id;
    EXPECT_FALSE(check.fixes.empty()) << check.id;
  }
  EXPECT_EQ(find(checks, "sampling").fixes.front(),
            "sudo sysctl kernel.perf_event_paranoid=2   (until reboot)");
}

TEST(Doctor, ASandboxIsToldApartFromASetting) {
  MachineFacts facts = good_machine();
  facts.paranoid = 1;
  facts.user_side_errno = EPERM;
  EXPECT_NE(find(judge(facts), "sampling").fixes.front().find("container"), std::string::npos);
}

TEST(Doctor, WhatARecordingCanDoWithoutFailsNothing) {
  MachineFacts facts = good_machine();
  facts.paranoid = 2;
  facts.kernel_side_errno = facts.whole_machine_errno = EACCES;
  facts.hardware_errno = ENOENT;
  facts.cache_folder.clear();
  EXPECT_TRUE(all_required_ok(judge(facts)));
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
