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
  // A line of /proc/PID/maps, or "build=/a/folder", which later lines may call $build; false when
  // it is neither.
  bool add_map(std::string_view line);
  // What the file itself says of a look-up address; the first one counts.
  void name(uint64_t address, std::string_view function, std::string_view file, uint32_t line);
  // Bytes of what is kept until write().
  uint64_t held() const { return held_; }
  // Gives the frames their rows.
  void write(Intake& to);

 private:
  struct Map {
    uint64_t start = 0, limit = 0, offset = 0;
    std::string path;
  };
  struct Name {
    std::string function, file;
    uint32_t line = 0;
  };
  const Map* map_of(uint64_t address) const;
  ModuleId module_of(const Map* map, bool is_named, Intake& to) const;

  std::unordered_map<uint64_t, FrameId> known_;
  std::vector<uint64_t> addresses_;  // by frame
  std::vector<Map> maps_;
  std::unordered_map<uint64_t, Name> names_;  // by address
  std::string build_;                         // what $build stands for
  uint64_t held_ = 0;
};

}  // namespace hone::exchange
