// Files that a command makes for a person: whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "base/host/result.h"

namespace hone::cli {

// "-" is standard output. Errors: E040; E002 where a recording would be lost.
Result<void> write_output(const std::string& path, std::string_view text);
// Errors: E002 when `path` is a recording, which no output replaces.
Result<void> spare_recordings(const std::string& path);
// "wrote PATH" on standard error, unless that is standard output.
void say_wrote(const std::string& path);

}  // namespace hone::cli
