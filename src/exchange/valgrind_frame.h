// Frames as Valgrind's tools print them, and DHAT's kin of Rust:
//   0x109186: make (d.c:4)   0x48417B4: malloc (in /usr/lib/a.so)   0x1: f (src/a.rs:87:9)   ???
#pragma once

#include <cstdint>
#include <string_view>

#include "exchange/intake.h"

namespace hone::exchange {

struct ValgrindFrame {
  std::string_view function, module, file;
  uint32_t line = 0;
};
ValgrindFrame parse_valgrind_frame(std::string_view text);
FrameId code_of(const ValgrindFrame& frame, Intake& to);

}  // namespace hone::exchange
