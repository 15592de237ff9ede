// Flags that several commands have.
#pragma once

#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "recording/redaction.h"

namespace hone::cli {

Flag config_flag();
Flag color_flag();
Flag full_names_flag();
Flag json_flag();
Flag redact_flag();
// Its words. Errors: E002, with the words that there are.
Result<recording::Redaction> redaction_asked(const Options& options);
Flag source_path_flag();
// --process, --thread, --time, --no-kernel.
std::vector<Flag> selection_flags();

// The value of --pid, "12,34", as numbers; E002 when it is none. `command` for the advice.
Result<std::vector<pid_t>> process_ids(const std::string& text, std::string_view command);

std::vector<Flag> joined(std::initializer_list<std::vector<Flag>> parts);

}  // namespace hone::cli
