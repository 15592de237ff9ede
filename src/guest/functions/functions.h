// The inner parts of libhone-functions: a span for each call of a function that was compiled with
// -finstrument-functions.
//
// No heap, thread, exception or lock. A function is named when it is first met, by the symbol table
// of the file that it is in.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifndef HONE_ENABLE
#define HONE_ENABLE
#endif
#include "hone/hone.h"

namespace hone::functions {

inline constexpr uint32_t kFunctionsMax = 1u << 16;
// Of one thread. Deeper calls are not recorded.
inline constexpr uint32_t kCallsMax = 4096;
inline constexpr uint32_t kModulesMax = 256;
inline constexpr size_t kNameBytesMax = 1023;
inline constexpr size_t kPoolBytes = 16u << 20;

struct Name {
  char text[kNameBytesMax + 1];
  char module[256];  // its file's name, without the folder
  bool is_symbol;    // else "module+0x1234", or an address alone
};
// names.cc: of the function that begins at `address`.
void name_of(uintptr_t address, Name& out);

// places.cc: never null; beyond the room all functions go by one name.
hone_site* place_of(uintptr_t address);

// What is not recorded is a message each time.
enum class Refusal { kLeft, kDepth, kCount };
void refuse(Refusal what);

}  // namespace hone::functions
