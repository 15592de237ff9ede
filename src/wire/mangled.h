// Names of places that are symbols of a file, as the linker knows them.
#pragma once

namespace hone::wire {

// In the unit of a place of spans, which has none otherwise: its name is to be demangled by who
// reads.
inline constexpr char kMangledUnit[] = "(mangled)";

}  // namespace hone::wire
