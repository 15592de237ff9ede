// What the keys of `hone top` do: pure, so that every key can be tried without a terminal.
#pragma once

#include <string>
#include <string_view>

#include "analysis/live_table.h"
#include "report/text_style.h"

namespace hone::cli {

struct LiveKeys {
  analysis::LiveQuery query;
  bool paused = false;
  bool help = false;
  bool typing = false;        // of a filter
  std::string before_filter;  // what it was before it was typed
  bool quit = false;
  bool suspend = false;

  void press(char key);
  // The last line of the screen: what is being typed, or what can be pressed.
  std::string bottom_line(const report::TextStyle& style) const;
};

std::string live_help_text();

}  // namespace hone::cli
