// Flags that several commands have.
#pragma once

#include <initializer_list>
#include <vector>

#include "cli/command.h"

namespace hone::cli {

Flag config_flag();
Flag color_flag();
Flag full_names_flag();
Flag json_flag();
Flag source_path_flag();
// --process, --thread, --time, --no-kernel.
std::vector<Flag> selection_flags();

std::vector<Flag> joined(std::initializer_list<std::vector<Flag>> parts);

}  // namespace hone::cli
