// Source text, handed in by the caller: the report reads no files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/host/function_ref.h"

namespace hone::report {

struct SourceFile {
  std::string file;                // as the debug information names it
  std::vector<std::string> lines;  // lines[0] is line 1; empty when it was not found
  std::vector<std::string> tried;  // where it was looked for, when it was not found
  bool changed = false;            // newer than the program that was recorded
};
// By the name in the debug information. Called once a file.
using SourceLookup = base::FunctionRef<SourceFile(std::string_view file)>;

}  // namespace hone::report
