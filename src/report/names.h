// Long C++ and Rust names made to fit, losing what says least first.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "profile/profile.h"

namespace hone::report {

// At most `width` columns: the contents of template arguments go first (`f<…>`), then those of
// parameter lists (`f(…)`), then the middle. 0 means no limit. `dots` stands for what was left
// out: "…", or "..." where only ASCII can be shown.
std::string shorten_name(std::string_view name, size_t width, std::string_view dots = "…");
// For the narrow bars of a flame graph: as shorten_name, then the namespaces go, then the end.
std::string shorten_label(std::string_view name, size_t width);
// Cuts the middle out, keeping more of the end.
std::string elide_middle(std::string_view text, size_t width, std::string_view dots = "…");
using profile::file_name;
// "similarity.cc:41"; without the line when it is 0; "" without a file.
std::string place_text(std::string_view file, unsigned line, bool whole_path);

}  // namespace hone::report
