// A function as V8's profilers write it, into files of their own and into Chrome's traces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exchange/intake.h"
#include "exchange/json_scan.h"

namespace hone::exchange {

struct V8Function {
  std::string_view name, url;  // as they are written
  int64_t line = -1;           // from 0

  // What all stacks hang from, and time in which nothing ran: no code.
  bool is_root() const { return name == "(root)"; }
  bool is_idle() const { return name == "(idle)"; }
  // Takes the member when it is one of a function's.
  bool take(std::string_view key, JsonScan& at);
  FrameId code(Intake& to, std::string& name_room, std::string& url_room) const;
  // Where the escapes of name and url are undone.
  FrameId plain_code(Intake& to) const;
};

// 0 where there is none.
int64_t whole_number(JsonScan& at);

}  // namespace hone::exchange
