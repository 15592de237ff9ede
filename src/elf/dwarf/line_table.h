// The line number program of one unit (DWARF 5, 6.2; versions 2 to 5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/function_ref.h"
#include "elf/dwarf/unit.h"

namespace hone::elf::dwarf {

class LineTable {
 public:
  // Reads the header. `unit` names the table and must outlive it.
  static std::optional<LineTable> read(const Unit& unit);

  // The path of a file by its number in this table; "" when there is none.
  std::string path(uint64_t file) const;

  // Runs the program once. Calls `row(index, file, line)` for each of `sorted` that a sequence
  // covers; rows of sequences below `text_begin` belong to functions that the linker threw away.
  void look_up(std::span<const uint64_t> sorted, uint64_t text_begin,
               base::FunctionRef<void(size_t, uint64_t, uint64_t)> row) const;

 private:
  struct FileEntry {
    std::string_view name;
    uint64_t folder = 0;
  };
  bool read_header(const Unit& unit);
  bool read_tables_before_5(base::ByteReader& in);
  bool read_tables_of_5(base::ByteReader& in, const Unit& unit);

  uint16_t version_ = 0;
  uint8_t offset_bytes_ = 4;
  uint8_t address_bytes_ = 8;
  uint8_t instruction_bytes_ = 1;
  int8_t line_base_ = 0;
  uint8_t line_range_ = 1;
  uint8_t opcode_base_ = 1;
  Bytes opcode_lengths_;
  Bytes program_;
  std::string_view comp_dir_;
  std::vector<std::string_view> folders_;
  std::vector<FileEntry> files_;
};

}  // namespace hone::elf::dwarf
