// What an import made of costs, as lines of text, for tests.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "exchange/import_test_support.h"

namespace hone::exchange {

// "main (a.cc:7) > step": inlined calls follow with ">", the rest with ";"; what is not known is
// not there. Modules in front where they have a name: "[kernel]!read".
inline std::string stack_words(const profile::Profile& p, StackId stack) {
  std::string out;
  for (StackId at = stack; at != StackId::kNone; at = p.stacks().parent[raw(at)]) {
    const uint32_t frame = raw(p.stacks().frame[raw(at)]);
    std::string words;
    for (uint32_t row = p.frames().first_line[frame]; row < p.frames().first_line[frame + 1];
         ++row) {
      const auto& lines = p.lines();
      const auto& function = p.functions()[raw(lines.function[row])];
      std::string one(p.module_name(function.module));
      if (!one.empty()) one += "!";
      one += p.string(function.name);
      if (lines.line[row] != 0) {
        one += " (" + std::string(p.string(lines.file[row])) + ":" +
               std::to_string(lines.line[row]) + ")";
      }
      words = one + (words.empty() ? "" : ">") + words;
    }
    out = words + (out.empty() ? "" : ";") + out;
  }
  return out;
}

// "metric thread: stack value/count"; count where it is known, thread where there is one. Sorted.
inline std::vector<std::string> costs(const Imported& got) {
  std::vector<std::string> out;
  const profile::Profile& p = *got.profile;
  for (const profile::Cost& cost : p.costs()) {
    std::string line(p.string(p.cost_metrics()[raw(cost.metric)].name));
    if (cost.thread != ThreadId::kNone) line += " " + got.thread(cost.thread);
    line += ": " + stack_words(p, cost.stack) + " " + std::to_string(cost.value);
    if (cost.count != 0) line += "/" + std::to_string(cost.count);
    out.push_back(line);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace hone::exchange
