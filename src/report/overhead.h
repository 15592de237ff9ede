// What `hone overhead` measured, for people and for machines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/text_style.h"

namespace hone::report {

// Nanoseconds; less than 0: it could not be measured.
struct ProbeCost {
  std::string name;    // stable: "span"
  std::string what;    // for people
  double off_ns = -1;  // built in, and nobody records
  double on_ns = -1;
  std::string how;
};

struct Overhead {
  std::string tool_version, cpu_model, kernel;
  std::string clock;          // "tsc"
  double clock_step_ns = -1;  // the smallest step that it makes
  std::vector<ProbeCost> probes;
  uint64_t spans = 0, marks = 0, lost = 0;  // of the recording that `on_ns` was measured in
  std::vector<std::string> notes;           // what could not be measured, and why
};

std::string overhead_text(const Overhead& overhead, const TextStyle& style);
// Schema "hone.overhead/1".
std::string overhead_json(const Overhead& overhead);

}  // namespace hone::report
