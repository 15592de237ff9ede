// The part of loading that gives every frame its source-level rows and every function its name.
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

#include "profile/loader.h"

namespace hone::profile {
namespace {

using recording::Table;

// Of symbols::NameSource, which lies in a room beside this one.
constexpr uint8_t kSourceFrameInfo = 6;
constexpr uint8_t kSourceUnknown = 7;

uint64_t key_of(std::string_view name, std::string_view module) {
  std::string text(name);
  text += '\0';
  text += module;
  return XXH3_64bits(text.data(), text.size());
}

}  // namespace

std::string_view Loader::module_name(ModuleId id) const {
  return profile_.module_name(id);
}

void Loader::read_functions() {
  profile_.functions_.resize(1);
  profile_.functions_.reserve(tables_[Table::kFunctions].row_count + 1);
  tables_.for_each<recording::FunctionRow>([&](const recording::FunctionRow& row, size_t) {
    Function& function = profile_.functions_.emplace_back();
    function.module = checked(row.module, profile_.modules_.size());
    function.name = string_id(row.name);
    function.mangled = string_id(row.mangled);
    function.start = row.start;
    function.bytes = row.bytes;
    function.file = string_id(row.file);
    function.line = row.line;
    function.source = row.source;
  });
}

void Loader::read_lines() {
  line_rows_.reserve(tables_[Table::kLines].row_count);
  tables_.for_each<recording::LineRow>([&](const recording::LineRow& row, size_t) {
    line_rows_.push_back({.frame = checked(row.frame, profile_.frames_.size()),
                          .function = checked(row.function, profile_.functions_.size()),
                          .file = string_id(row.file),
                          .line = row.line,
                          .inlined = row.inlined});
  });
}

void Loader::take_late_symbols(const LateSymbols& late) {
  std::unordered_map<std::string_view, StringId> known;
  const auto id_of = [&](const std::string& text) {
    if (text.empty()) return StringId::kNone;
    const auto [found, added] = known.try_emplace(text, StringId::kNone);
    if (added) found->second = intern(text);
    return found->second;
  };
  const size_t first = profile_.functions_.size();
  for (const LateSymbols::NamedFunction& from : late.functions) {
    Function& function = profile_.functions_.emplace_back();
    function.module = checked(from.module, profile_.modules_.size());
    function.name = id_of(from.name);
    function.mangled = id_of(from.mangled);
    function.start = from.start;
    function.bytes = from.bytes;
    function.file = id_of(from.file);
    function.line = from.line;
    function.source = from.source;
  }
  for (const LateSymbols::Line& from : late.lines) {
    const size_t function = first + from.function;
    line_rows_.push_back({.frame = checked(from.frame, profile_.frames_.size()),
                          .function = function < profile_.functions_.size()
                                          ? FunctionId{static_cast<uint32_t>(function)}
                                          : FunctionId::kNone,
                          .file = id_of(from.file),
                          .line = from.line,
                          .inlined = static_cast<uint8_t>(from.inlined)});
  }
  for (const LateSymbols::ModuleState& from : late.modules) {
    const ModuleId id = checked(from.module, profile_.modules_.size());
    if (id == ModuleId::kNone) continue;
    Module& module = profile_.modules_[raw(id)];
    module.symbol_state = from.state;
    module.optimised = from.optimised;
    module.debug_file = id_of(from.debug_file);
    module.producer = id_of(from.producer);
    module.missing = id_of(from.missing);
  }
}

// A function row that says neither name nor bounds stands for many places.
bool Loader::is_unknown_place(FunctionId id) const {
  const Function& function = profile_.functions_[raw(id)];
  return id == FunctionId::kNone || (function.name == StringId::kNone && function.start == 0);
}

void Loader::name_functions() {
  for (size_t i = 1; i < profile_.functions_.size(); ++i) {
    Function& function = profile_.functions_[i];
    if (function.name == StringId::kNone && function.start != 0) {
      function.source = kSourceFrameInfo;
      const std::string_view module = module_name(function.module);
      function.name = intern(module.empty() ? fmt::format("[unknown] 0x{:x}", function.start)
                                            : fmt::format("{}+0x{:x}", module, function.start));
    }
    function.key = key_of(profile_.string(function.name), module_name(function.module));
  }
}

FunctionId Loader::unnamed_function(ModuleId module, uint64_t address) {
  const std::string_view name = module_name(module);
  const uint8_t kind = profile_.modules_[raw(module)].kind;
  // Places in the kernel and in the vDSO go together: one name tells what there is to know. So do
  // those in code that a program made for itself: its addresses are other ones in each run.
  const bool together = profile_.in_kernel(module) || kind == recording::kModuleVdso;
  const bool generated = kind == recording::kModuleAnonymous;
  std::string text = name.empty() ? fmt::format("[unknown] 0x{:x}", address)
                     : together   ? std::string(name)
                     : generated  ? fmt::format("[{}]", name)
                                  : fmt::format("{}+0x{:x}", name, address);
  // By module as well: two modules may have the same file name.
  const auto [found, added] =
      unnamed_.try_emplace(fmt::format("{}/{}", raw(module), text), FunctionId::kNone);
  if (added) {
    found->second = FunctionId{static_cast<uint32_t>(profile_.functions_.size())};
    Function& function = profile_.functions_.emplace_back();
    function.module = module;
    function.name = intern(text);
    function.source = kSourceUnknown;
    function.key = key_of(text, name);
    canonical_.push_back(found->second);
  }
  return found->second;
}

// The same function may have several rows: inlined here and called there, or a constructor's
// complete and base variants. People see one name, so lines refer to one row: the one with code.
// Same names in different files (static functions) stay apart.
void Loader::merge_functions() {
  std::vector<Function>& functions = profile_.functions_;
  canonical_.resize(functions.size());
  struct Slot {
    std::vector<FunctionId> ids;  // canonical ones of this module and name; nearly always one
  };
  std::unordered_map<uint64_t, Slot> slots;
  slots.reserve(functions.size());
  for (uint32_t i = 1; i < functions.size(); ++i) {
    Function& function = functions[i];
    canonical_[i] = FunctionId{i};
    if (is_unknown_place(FunctionId{i})) continue;
    Slot& slot = slots[function.key ^ (uint64_t{raw(function.module)} << 32)];
    const std::string_view name = profile_.string(function.name);
    const auto same = [&](FunctionId id) {
      const Function& other = functions[raw(id)];
      return other.module == function.module && profile_.string(other.name) == name &&
             (other.file == function.file || other.file == StringId::kNone ||
              function.file == StringId::kNone);
    };
    const auto found = std::find_if(slot.ids.begin(), slot.ids.end(), same);
    if (found == slot.ids.end()) {
      slot.ids.push_back(FunctionId{i});
      continue;
    }
    canonical_[i] = *found;
    Function& kept = functions[raw(*found)];
    if (kept.start == 0 && function.start != 0) {
      kept.start = function.start;
      kept.bytes = function.bytes;
      kept.source = function.source;
      kept.mangled = function.mangled;
    }
    if (kept.file == StringId::kNone) {
      kept.file = function.file;
      kept.line = function.line;
    }
  }
}

void Loader::layout_lines() {
  Frames& frames = profile_.frames_;
  // Rows of one frame stand together; a second group of the same frame repeats it.
  std::vector<uint32_t> row_count(frames.size(), 0);
  size_t kept = 0;
  FrameId open = FrameId::kNone;
  for (const LineRow& row : line_rows_) {
    const bool repeats = row.frame != open && row_count[raw(row.frame)] != 0;
    if (row.frame == FrameId::kNone || repeats) {
      repeated_lines_ += repeats;
      open = FrameId::kNone;
      continue;
    }
    open = row.frame;
    ++row_count[raw(row.frame)];
    line_rows_[kept++] = row;
  }
  line_rows_.resize(kept);
  for (size_t f = 1; f < frames.size(); ++f) {
    if (row_count[f] != 0) continue;
    line_rows_.push_back({.frame = FrameId{static_cast<uint32_t>(f)}});
    row_count[f] = 1;
  }

  // Frame 0 has one row too, of no function, so that first_line is never empty.
  row_count[0] = 1;
  frames.first_line.resize(frames.size() + 1);
  uint32_t at = 0;
  for (size_t f = 0; f < frames.size(); ++f) {
    frames.first_line[f] = at;
    at += row_count[f];
  }
  frames.first_line[frames.size()] = at;
  Lines& lines = profile_.lines_;
  lines.function.resize(at);
  lines.file.resize(at);
  lines.line.resize(at);
  lines.inlined.resize(at);
  std::vector<uint32_t> next(frames.first_line.begin(), frames.first_line.end() - 1);
  for (const LineRow& row : line_rows_) {
    const size_t f = raw(row.frame);
    const uint32_t to = next[f]++;
    lines.function[to] = is_unknown_place(row.function)
                             ? unnamed_function(frames.module[f], frames.address[f])
                             : canonical_[raw(row.function)];
    lines.file[to] = row.file;
    lines.line[to] = row.line;
    // The outermost row is the physical function, whatever the file says.
    lines.inlined[to] = to + 1 < frames.first_line[f + 1] ? 1 : 0;
  }
  std::vector<LineRow>().swap(line_rows_);
}

void Loader::read_code() {
  tables_.for_each<recording::CodeRow>([&](const recording::CodeRow& row, size_t) {
    const FunctionId id = checked(row.function, tables_[Table::kFunctions].row_count + 1);
    if (id == FunctionId::kNone) return;
    profile_.code_.push_back({.function = canonical_[raw(id)],
                              .start = row.start,
                              .bytes = {row.bytes.begin(), row.bytes.end()}});
  });
  tables_.for_each<recording::CodeLineRow>([&](const recording::CodeLineRow& row, size_t) {
    const FunctionId id = checked(row.function, tables_[Table::kFunctions].row_count + 1);
    if (id == FunctionId::kNone) return;
    profile_.code_lines_.push_back({.function = canonical_[raw(id)],
                                    .address = row.address,
                                    .file = string_id(row.file),
                                    .line = row.line});
  });
}

}  // namespace hone::profile
