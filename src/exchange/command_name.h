// What a process is called of which a file gives nothing but its command line.
#pragma once

#include <string_view>

namespace hone::exchange {

// "/opt/app -x" -> "app". Files do not quote: what has a blank in it ends there.
inline std::string_view command_name(std::string_view command) {
  const std::string_view program = command.substr(0, command.find(' '));
  return program.substr(program.rfind('/') + 1);
}

}  // namespace hone::exchange
