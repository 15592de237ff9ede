// What `hone doctor` makes of what it found: pure, so that every kind of machine can be tried.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/text_style.h"

namespace hone::cli {

// What this machine permits. Error numbers are those of perf_event_open(2), 0 when it worked.
struct MachineFacts {
  int paranoid = -1;                 // kernel.perf_event_paranoid; -100 when it cannot be read
  int user_side_errno = 0;           // own process, user side
  int kernel_side_errno = 0;         // own process, with the kernel side
  int whole_machine_errno = 0;       // one CPU, every task
  int hardware_errno = 0;            // hardware cycles of the own process
  int kptr_restrict = -1;            // -1 when it cannot be read
  std::string kernel_names_problem;  // empty when /proc/kallsyms shows addresses
  std::string debuginfod_urls;
  std::string cache_folder;         // empty when none can be written
  uint64_t locked_limit_bytes = 0;  // RLIMIT_MEMLOCK; UINT64_MAX for none
  uint64_t ring_limit_bytes = 0;    // kernel.perf_event_mlock_kb
  bool privileged = false;          // root or CAP_PERFMON: limits do not hold
};

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

}  // namespace hone::cli
