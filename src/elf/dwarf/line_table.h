// The line number program of one unit (DWARF 5, 6.2; versions 2 to 5).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
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

  // Stretches of code whose rows are wanted: sorted, apart from each other.
  struct Range {
    uint64_t low = 0, high = 0;
  };
  // Runs the program once. Calls `row` for each of its rows that holds in one of the ranges, with
  // the range's index and what of it the row covers. Rows of sequences below `text_begin` belong to
  // functions that the linker threw away.
  struct Row {
    uint64_t low = 0, high = 0;
    uint64_t file = 0, line = 0;
  };
  void run(std::span<const Range> ranges, uint64_t text_begin,
           base::FunctionRef<void(size_t, const Row&)> row) const;

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
