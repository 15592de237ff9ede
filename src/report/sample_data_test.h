// Made-up data for the tests of this room: a run that looks like a real one, a hostile one, and a
// large call tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/collect.h"
#include "report/source.h"

namespace hone::report {

// From "outer;inner 30" lines, one millisecond a sample. A frame is [i]? name (@module)?; [i] is
// inlined, module "[kernel]" is the kernel, and name "[broken stacks]" a root of broken ones. Views
// in the tree stay valid until the end of the program.
analysis::CallTree tree_of(std::string_view text);

ReportData sample_report();
std::vector<SourceFile> sample_sources();  // of its annotated code
// Names that try to break out of HTML, SVG, JSON and the terminal.
ReportData hostile_report();
// About `nodes` nodes, deep and wide, the same each time.
analysis::CallTree large_tree(size_t nodes);

}  // namespace hone::report
