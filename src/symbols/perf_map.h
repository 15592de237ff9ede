// What JIT compilers say of the code that they make: a perf map, /tmp/perf-PID.map, of lines
// "start size name" in hexadecimal (tools/perf/Documentation/jit-interface.txt of the kernel).
//
//   for (const PerfMapEntry& entry : read_perf_map(text, addresses)) ...
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace hone::symbols {

struct PerfMapEntry {
  Avma start{};
  uint64_t bytes = 0;  // 0: nothing is known of the address
  std::string name;    // as it stands there
};

// For each of the sorted `addresses` what the map says of it. Code is thrown away and its place
// used again, without a word of when: the last entry is taken to be the one that ran. Lines that
// are none are skipped.
std::vector<PerfMapEntry> read_perf_map(std::string_view text, std::span<const uint64_t> addresses);

// A name as V8 and CPython make them, taken apart: "JS:*add /app/sum.js:3:12",
// "step-12-turbofan" and "py::add:/app/sum.py". Of others the whole is the function.
struct JitName {
  std::string function;
  std::string file;
  uint32_t line = 0;
};
JitName parse_jit_name(std::string_view name);

}  // namespace hone::symbols
