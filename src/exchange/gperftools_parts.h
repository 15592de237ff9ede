// The formats of import_gperftools.cc, told by their beginning.
#pragma once

#include <string_view>

#include "exchange/import.h"

namespace hone::exchange::gperftools {

// What the CPU profiler writes: words of the machine, then the maps as text.
bool fits_cpu(std::string_view head);
Result<void> read_cpu(Input& in, Intake& to);

// Heap profiles, heap growth, contention: text, then the maps.
bool fits_text(std::string_view head);
Result<void> read_text(Input& in, Intake& to);

}  // namespace hone::exchange::gperftools
