// `hone annotate` for the terminal: source lines with their cost, then instructions with theirs:
// all of a small function, of a large one the hottest with what stands around them.
#pragma once

#include <string>

#include "analysis/annotate.h"
#include "report/source.h"
#include "report/text_style.h"

namespace hone::report {

enum class Instructions : uint8_t { kNone, kHot, kAll };

struct AnnotateOptions {
  std::string weight = "CPU time";  // what shares are of
  bool is_time = true;
  uint32_t context_lines = 3;  // shown around lines with cost
  Instructions instructions = Instructions::kHot;
  uint32_t most_instructions = 20;  // of kHot, those around them not counted
};

// Ends in a newline. `source` is asked once for each file with cost in it; where it has no text the
// lines' costs are shown without, with the places that were tried.
std::string annotate_text(const analysis::Annotation& annotation, SourceLookup source,
                          const TextStyle& style, const AnnotateOptions& options);

}  // namespace hone::report
