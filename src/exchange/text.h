// Names from a recording are hostile: they hold quotes, control characters and broken UTF-8. What
// each format makes of them.
#pragma once

#include <string>
#include <string_view>

#include "base/host/json_text.h"

namespace hone::exchange {

// base/host/json_text.h
using base::append_json;
using base::json_text;

// A field of RFC 4180: in quotes where it has to be. Broken UTF-8 becomes U+FFFD, a byte each.
void append_csv(std::string& out, std::string_view text);

// A frame of a folded stack: what would end it (';', a line's end) becomes ':' or a blank, other
// control characters '?'. Never empty.
void append_folded(std::string& out, std::string_view text);

}  // namespace hone::exchange
