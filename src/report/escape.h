// Text from recordings is hostile: names hold markup, escape sequences and broken UTF-8. Every
// voice of the report passes it through one of these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone::report {

// One character of UTF-8, taken from the front of `text`. Broken bytes give U+FFFD, one each, so
// that this always moves on. `text` must not be empty.
char32_t take_char(std::string_view& text);
void append_utf8(std::string& out, char32_t c);

// Columns that a terminal uses: 0 for combining marks, 2 for wide characters.
size_t display_width(std::string_view text);

// For a terminal: control characters (escape sequences too) as "\x1b", broken UTF-8 as U+FFFD.
std::string terminal_text(std::string_view text);
// Without what XML forbids and what reorders a line (each becomes U+FFFD); markup stays as it is.
std::string clean_text(std::string_view text);
// For HTML and XML, as content and in double-quoted attributes. Cleaned first.
std::string markup_text(std::string_view text);
// JSON that is put into a <script> or <metadata>: '<', '>' and '&' become \u003c and so on, which
// JSON reads as the same text.
std::string json_in_markup(std::string json);

}  // namespace hone::report
