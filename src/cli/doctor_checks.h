// What `hone doctor` makes of what it found: pure, so that every kind of machine can be tried.
//
//   std::vector<Check> checks = judge(facts);
//   print(checks_text(checks, style));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor_facts.h"
#include "report/text_style.h"

namespace hone::cli {

enum class CheckState : uint8_t { kOk, kLimited, kFailed };

struct Check {
  std::string_view id;    // stable: "sampling"
  bool required = false;  // kFailed makes `hone doctor` exit with 1
  CheckState state{};
  std::string says;
  std::string effect;  // what it means; empty when all is well
  std::vector<std::string> fixes;
};

std::vector<Check> judge(const MachineFacts& facts);
bool all_required_ok(const std::vector<Check>& checks);
std::string checks_text(const std::vector<Check>& checks, const report::TextStyle& style);
std::string checks_json(const std::vector<Check>& checks);  // schema "hone.doctor/1"

// Parts of judge(): of perf_event_open and its limits, of the place that Hone runs in.
void judge_sampling(const MachineFacts& facts, std::vector<Check>& out);
void judge_place(const MachineFacts& facts, std::vector<Check>& out);
// "EACCES"; the C library's words for the rarer ones.
std::string errno_name(int number);

}  // namespace hone::cli
