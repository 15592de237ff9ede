// A flame graph as one SVG file: in a browser it can be searched, zoomed and walked by keyboard;
// other viewers show a still picture. It makes no request.
//
//   std::string svg = flamegraph_svg(tree, {.title = "./app", .facts = "4.8 s of CPU time"});
#pragma once

#include <string>

#include "analysis/call_tree.h"

namespace hone::report {

struct FlameOptions {
  std::string title;
  std::string facts;            // one line under the title
  std::string of = "CPU time";  // what is weighed, as in a sentence
  std::string unit = "ns";      // of it: ns, bytes or count
  bool icicle = true;           // root at the top; false: at the bottom
  double min_share = 0.0005;    // frames with less of all CPU time are left out, with their number
};

std::string flamegraph_svg(const analysis::CallTree& tree, const FlameOptions& options);

// For a page that has honeFlame() already: the still picture and the data as a script element
// with the id "hone-flame".
std::string flamegraph_fragment(const analysis::CallTree& tree, const FlameOptions& options);

}  // namespace hone::report
