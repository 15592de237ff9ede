// What `--probe` asks for: MODULE:PATTERN, or PATTERN alone for the program itself.
//
//   const ProbePattern asked = parse_probe("libc:mall*");
//   if (matches(asked.function, "malloc")) ...
//
// Pure: nothing is opened here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/host/result.h"

namespace hone::capture {

struct ProbePattern {
  std::string text;      // as it was given
  std::string module;    // a path, or the name of a library; empty: the program itself
  std::string function;  // with * and ?, of the whole name
};

// The module ends at the first single colon: `ns::f*` is of the program. Errors: InvalidArgument
// (E002) without a function.
Result<ProbePattern> parse_probe(std::string_view text);

// * is any text, ? is one character; the whole of `text` has to fit. Linear in both, but for
// patterns of several stars.
bool glob_fits(std::string_view pattern, std::string_view text);

// A function's name as people write it: `shape::area(int) const` is called `shape::area`, too.
std::string_view without_parameters(std::string_view demangled);

// A library `name` ("libc", "libc.so.6", "c") is the file that is called `file_name`.
bool names_library(std::string_view name, std::string_view file_name);

}  // namespace hone::capture
