// What sections of the terminal's voice are made of. Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "report/text_style.h"

namespace hone::report {

// "1.20 ms"
std::string time_text(int64_t ns);
// A title, and behind it what it is of; ends the line.
std::string heading(const TextStyle& style, std::string_view title, std::string_view rest);
// Of so many rows, how many are shown when `top` are asked for; 0 asks for all.
size_t shown_of(size_t rows, uint32_t top);
// "  … 3 more locks: --top 0 shows all"; nothing when none is hidden.
std::string more_text(const TextStyle& style, size_t hidden, std::string_view what,
                      std::string_view flags = "--top 0");

}  // namespace hone::report
