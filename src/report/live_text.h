// `hone top` in words: the table of the last moments as lines for a terminal, as text for a pipe
// and as JSON.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/live_table.h"
#include "report/text_style.h"

namespace hone::report {

// What is the same in every table of one run.
struct LiveTitle {
  std::string target;   // "xz (pid 12)"
  std::string sampler;  // "perf, every CPU, kernel frames"
  double frequency_hz = 0;
  unsigned cpu_count = 0;
};

// The table with what stands over it; each line ends in a newline.
std::string live_text(const LiveTitle& title, const analysis::LiveView& view,
                      const TextStyle& style);
// One line, schema "hone.top/1".
std::string live_json(const LiveTitle& title, const analysis::LiveView& view);

// `text` cut to `width` columns a line and `height` lines, escape sequences of colours not counted.
// Each line is without its newline; colours that a cut left on are turned off.
std::vector<std::string> fitted_lines(std::string_view text, size_t width, size_t height);

}  // namespace hone::report
