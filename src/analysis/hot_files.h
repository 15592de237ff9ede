// Source files by the weight that was spent in them, and the functions in each: innermost source
// lines, inlined calls included.
//
//   for (const HotFile& file : hot_files(profile, weights, {.files = 200})) use(file.name,
//   file.self);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/metrics.h"
#include "analysis/weights.h"
#include "profile/profile.h"

namespace hone::analysis {

struct HotFile {
  struct Function {
    uint64_t key = 0;
    std::string name;
    int64_t self = 0;
    uint64_t samples = 0;
    uint32_t line = 0;  // of its declaration; 0 not known
  };
  std::string name;  // as the debug information has it
  int64_t self = 0;
  uint64_t samples = 0;
  std::vector<Function> functions;  // heaviest first
};

struct HotFileOptions {
  size_t files = 200, functions = 50;  // of each file
};

// Heaviest first. Code whose file is not known is left out.
std::vector<HotFile> hot_files(const profile::Profile& profile, const StackWeights& weights,
                               const HotFileOptions& options);

}  // namespace hone::analysis
