// Which lines of which files to show for an annotation: those with cost, with a little around them.
// Shared by the text and the HTML voice.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analysis/annotate.h"
#include "report/source.h"

namespace hone::report {

struct ViewLine {
  uint32_t line = 0;
  const analysis::LineCost* cost = nullptr;  // null for context
  bool gap_before = false;                   // lines were left out between this and the one above
};
struct FileView {
  std::string_view file;
  int64_t self_ns = 0;
  int64_t total_ns = 0;         // of its costliest line, with what that calls
  std::vector<ViewLine> lines;  // ascending
};

// Files with the costliest line first: that of the function itself as a rule. Line 0 ("not known")
// stands first, without context. `line_count(file)` bounds the context; 0 when the text was not
// found: then only lines with cost.
std::vector<FileView> file_views(const analysis::Annotation& annotation, uint32_t context,
                                 base::FunctionRef<size_t(std::string_view file)> line_count);

}  // namespace hone::report
