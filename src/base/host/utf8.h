// Characters as UTF-8.
#pragma once

#include <string>

namespace hone::base {

// What is no character (half of a surrogate pair, beyond U+10FFFF) becomes U+FFFD.
void append_utf8(std::string& out, char32_t c);

}  // namespace hone::base
