#include "elf/dwarf/line_table.h"

#include <algorithm>
#include <filesystem>

namespace hone::elf::dwarf {
namespace {

enum StandardOpcode : uint8_t {
  kCopy = 1,
  kAdvancePc = 2,
  kAdvanceLine = 3,
  kSetFile = 4,
  kSetColumn = 5,
  kNegateStatement = 6,
  kSetBasicBlock = 7,
  kConstAddPc = 8,
  kFixedAdvancePc = 9,
  kPrologueEnd = 10,
  kEpilogueBegin = 11,
  kSetIsa = 12,
};
enum ExtendedOpcode : uint8_t { kEndSequence = 1, kSetAddress = 2 };
enum ContentType : uint8_t { kContentPath = 1, kContentFolder = 2 };

constexpr size_t kFormatsMax = 16;

// The registers of the machine, and which of the ranges the next row reaches into.
class Sequencer {
 public:
  Sequencer(std::span<const LineTable::Range> ranges, uint64_t text_begin,
            base::FunctionRef<void(size_t, const LineTable::Row&)> row)
      : ranges_(ranges), text_begin_(text_begin), row_(row) {}

  uint64_t address = 0, file = 1, line = 1;

  void emit() {
    settle();
    row_address_ = address;
    row_file_ = file;
    row_line_ = line;
    in_sequence_ = true;
  }
  void end() {
    settle();
    in_sequence_ = false;
    address = 0;
    file = line = 1;
  }

 private:
  // The row before this one holds for all addresses up to here. `next_` is the first range that
  // ends behind that row's start.
  void settle() {
    if (!in_sequence_ || address < row_address_) {
      dead_ = address < text_begin_;
      next_ = static_cast<size_t>(
          std::upper_bound(ranges_.begin(), ranges_.end(), address,
                           [](uint64_t at, const LineTable::Range& r) { return at < r.high; }) -
          ranges_.begin());
      return;
    }
    if (dead_) return;
    while (next_ < ranges_.size() && ranges_[next_].high <= row_address_) ++next_;
    for (size_t i = next_; i < ranges_.size() && ranges_[i].low < address; ++i) {
      const uint64_t low = std::max(ranges_[i].low, row_address_);
      const uint64_t high = std::min(ranges_[i].high, address);
      if (low >= high) continue;
      if (--steps_ < 0) return;
      row_(i, {low, high, row_file_, row_line_});
    }
  }

  std::span<const LineTable::Range> ranges_;
  uint64_t text_begin_;
  base::FunctionRef<void(size_t, const LineTable::Row&)> row_;
  size_t next_ = 0;
  uint64_t row_address_ = 0, row_file_ = 0, row_line_ = 0;
  bool in_sequence_ = false;
  bool dead_ = false;
  // Rows that overlap without end are of damaged files alone.
  int64_t steps_ = int64_t{1} << 26;
};

}  // namespace

std::optional<LineTable> LineTable::read(const Unit& unit) {
  LineTable table;
  if (!unit.stmt_list() || !table.read_header(unit)) return std::nullopt;
  return table;
}

bool LineTable::read_header(const Unit& unit) {
  const Bytes section = unit.file().sections().line;
  const uint64_t offset = unit.stmt_list().number;
  if (offset >= section.size()) return false;
  comp_dir_ = unit.comp_dir();
  base::ByteReader in(section.data() + offset, section.size() - offset);
  uint64_t length = in.u32();
  if (length == 0xffffffff) {
    length = in.u64();
    offset_bytes_ = 8;
  }
  if (!in.ok() || length > in.remaining()) return false;
  base::ByteReader body(in.cursor(), length);
  version_ = body.u16();
  if (version_ < 2 || version_ > 5) return false;
  address_bytes_ = unit.header().address_bytes;
  if (version_ >= 5) {
    address_bytes_ = body.u8();
    body.u8();  // segment selectors: no machine of ours has them
  }
  const uint64_t header_bytes = offset_bytes_ == 8 ? body.u64() : body.u32();
  if (!body.ok() || header_bytes > body.remaining()) return false;
  base::ByteReader header(body.cursor(), header_bytes);
  program_ = {body.cursor() + header_bytes, body.remaining() - header_bytes};
  instruction_bytes_ = header.u8();
  if (version_ >= 4) header.u8();  // operations an instruction: 1 but on VLIW machines
  header.u8();                     // default_is_stmt
  line_base_ = static_cast<int8_t>(header.u8());
  line_range_ = header.u8();
  opcode_base_ = header.u8();
  if (!header.ok() || line_range_ == 0 || opcode_base_ == 0) return false;
  const uint8_t* lengths = header.take(opcode_base_ - 1u);
  if (!lengths) return false;
  opcode_lengths_ = {lengths, opcode_base_ - 1u};
  if (version_ >= 5) return read_tables_of_5(header, unit);
  return read_tables_before_5(header);
}

bool LineTable::read_tables_before_5(base::ByteReader& in) {
  folders_.push_back(comp_dir_);
  while (const char* folder = in.c_string()) {
    if (*folder == 0) break;
    folders_.emplace_back(folder);
  }
  files_.emplace_back();  // files count from 1
  while (const char* name = in.c_string()) {
    if (*name == 0) break;
    FileEntry entry{name, in.uleb()};
    in.uleb();  // time
    in.uleb();  // size
    files_.push_back(entry);
  }
  return in.ok();
}

bool LineTable::read_tables_of_5(base::ByteReader& in, const Unit& unit) {
  for (const bool of_files : {false, true}) {
    struct {
      uint64_t content = 0;
      uint16_t form = 0;
    } formats[kFormatsMax];
    const uint8_t format_count = in.u8();
    if (!in.ok() || format_count > kFormatsMax) return false;
    for (size_t i = 0; i < format_count; ++i) {
      formats[i].content = in.uleb();
      formats[i].form = static_cast<uint16_t>(in.uleb());
    }
    const uint64_t count = in.uleb();
    // Every entry takes bytes, so a larger count cannot be true.
    if (!in.ok() || count > in.remaining() || (count > 0 && format_count == 0)) return false;
    if (!unit.budget().take(static_cast<int64_t>(count))) return false;
    for (uint64_t i = 0; i < count; ++i) {
      FileEntry entry;
      for (size_t f = 0; f < format_count; ++f) {
        Value value;
        if (!unit.read_value(in, formats[f].form, 0, &value)) return false;
        if (formats[f].content == kContentPath) entry.name = unit.string(value);
        if (formats[f].content == kContentFolder) entry.folder = value.number;
      }
      if (of_files) {
        files_.push_back(entry);
      } else {
        folders_.push_back(entry.name);
      }
    }
  }
  return true;
}

std::string LineTable::path(uint64_t file) const {
  if (file >= files_.size() || files_[file].name.empty()) return {};
  const FileEntry& entry = files_[file];
  std::filesystem::path path(entry.name);
  if (path.is_relative() && entry.folder < folders_.size()) {
    path = std::filesystem::path(folders_[entry.folder]) / path;
  }
  if (path.is_relative()) path = std::filesystem::path(comp_dir_) / path;
  return path.lexically_normal().string();
}

void LineTable::run(std::span<const Range> ranges, uint64_t text_begin,
                    base::FunctionRef<void(size_t, const Row&)> row) const {
  base::ByteReader in(program_.data(), program_.size());
  Sequencer state(ranges, text_begin, row);
  const uint64_t const_add_pc =
      static_cast<uint64_t>((255 - opcode_base_) / line_range_) * instruction_bytes_;
  while (!in.at_end()) {
    const uint8_t opcode = in.u8();
    if (opcode >= opcode_base_) {
      const unsigned adjusted = opcode - opcode_base_;
      state.address += uint64_t{adjusted / line_range_} * instruction_bytes_;
      state.line += static_cast<uint64_t>(int64_t{line_base_} + adjusted % line_range_);
      state.emit();
      continue;
    }
    switch (opcode) {
      case 0: {
        const uint64_t bytes = in.uleb();
        if (bytes == 0 || bytes > in.remaining()) return;
        base::ByteReader operand(in.take(bytes), bytes);
        const uint8_t extended = operand.u8();
        if (extended == kEndSequence) {
          state.end();
        } else if (extended == kSetAddress) {
          state.address = operand.remaining() >= 8 ? operand.u64() : operand.u32();
        }
        break;
      }
      case kCopy:
        state.emit();
        break;
      case kAdvancePc:
        state.address += in.uleb() * instruction_bytes_;
        break;
      case kAdvanceLine:
        state.line += static_cast<uint64_t>(in.sleb());
        break;
      case kSetFile:
        state.file = in.uleb();
        break;
      case kSetColumn:
        in.uleb();
        break;
      case kNegateStatement:
      case kSetBasicBlock:
      case kPrologueEnd:
      case kEpilogueBegin:
        break;
      case kConstAddPc:
        state.address += const_add_pc;
        break;
      case kFixedAdvancePc:
        state.address += in.u16();
        break;
      case kSetIsa:
        in.uleb();
        break;
      default:
        for (uint8_t i = 0; i < opcode_lengths_[opcode - 1u]; ++i) in.uleb();
    }
  }
}

}  // namespace hone::elf::dwarf
