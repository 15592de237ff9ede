// What the standard streams are and how text is drawn on them.
#pragma once

#include <string>
#include <string_view>

#include "base/host/result.h"
#include "report/text_style.h"

namespace hone::cli {

enum class Stream : int { kOut = 1, kErr = 2 };

// `color` is auto, always or never. For auto: a terminal, unless NO_COLOR or CLICOLOR=0 or
// TERM=dumb; CLICOLOR_FORCE colours everything. Width is that of the terminal, 0 for a pipe.
report::TextStyle style_of(Stream stream, std::string_view color, bool full_names);
bool is_terminal(Stream stream);

// Writes all of it. A reader that went away is no error: the process ends as SIGPIPE ends it.
Result<void> print(Stream stream, std::string_view text);
// For what is only said, where nothing can be done about a failure.
void say(std::string_view text);

// A path or a name as a person can paste it into a shell, harmless on the terminal.
std::string shell_word(const std::string& text);

}  // namespace hone::cli
