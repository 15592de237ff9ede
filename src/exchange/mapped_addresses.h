// Addresses of a process's memory whose maps stand behind them in the file: frames are given their
// numbers as they are met, and modules and linked addresses when the maps are known.
//
//   MappedAddresses code;
//   const FrameId frame = code.frame(0x7f0012345678);
//   code.add_map("7f0012340000-7f0012350000 r-xp 00010000 08:01 42 /usr/lib/libc.so.6");
//   code.write(to);
//
// Nobody else may make frames of that recording. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange/code_files.h"
#include "exchange/intake.h"

namespace hone::exchange {

class MappedAddresses {
 public:
  // Of a look-up address: return addresses less one.
  FrameId frame(uint64_t address);
  // A line of /proc/PID/maps; false when it is none.
  bool add_map(std::string_view line);
  // Gives the frames their rows.
  void write(Intake& to);

 private:
  struct Map {
    uint64_t start = 0, limit = 0, offset = 0;
    std::string path;
  };
  const Map* map_of(uint64_t address) const;

  std::unordered_map<uint64_t, FrameId> known_;
  std::vector<uint64_t> addresses_;  // by frame
  std::vector<Map> maps_;
};

}  // namespace hone::exchange
