#include "elf/dwarf/unit_reader.h"

#include <algorithm>

namespace hone::elf::dwarf {
namespace {

constexpr uint64_t kExtentBytesMax = ~uint32_t{0};

// What of [low, high) around `anchor` no part of a function has.
LineTable::Range free_around(std::span<const FunctionWalk::Part> parts, uint64_t anchor,
                             LineTable::Range range) {
  for (const FunctionWalk::Part& part : parts) {
    if (part.high <= anchor) range.low = std::max(range.low, part.high);
    if (part.low > anchor) range.high = std::min(range.high, part.low);
  }
  return range;
}

// Where code without a function of its own may reach. In assembly, and where the body of a split
// unit is missing, as far as the unit does; elsewhere the address alone, since functions that
// nobody asked for may lie beside it.
LineTable::Range range_without_function(const Unit& skeleton, const Unit& unit,
                                        std::span<const FunctionWalk::Part> parts, uint64_t at) {
  LineTable::Range out{at, at + 1};
  if (unit.root().has_children && unit.language() != kLanguageAssembler) return out;
  skeleton.for_each_range(skeleton.root(), [&](uint64_t low, uint64_t high) {
    if (low <= at && at < high) out = {low, high};
  });
  return free_around(parts, at, out);
}

}  // namespace

uint32_t UnitReader::file_id(const std::string& path) {
  const auto [slot, is_new] = file_ids_.try_emplace(path, static_cast<uint32_t>(files_.size()));
  if (is_new) files_.push_back(path);
  return slot->second;
}

uint32_t UnitReader::function_id(LoadedUnit& unit, const Die& die, uint64_t low, uint64_t high) {
  // All calls of one inlined function share its abstract instance.
  FunctionKey key{&unit.unit.file(), die.offset, low};
  if (high == 0) {
    if (const auto to = unit.unit.reference(die.origin)) {
      key.file = to->alternate ? pool_.alternate() : key.file;
      key.origin = to->offset;
    }
  }
  const auto [slot, is_new] =
      function_ids_.try_emplace(key, static_cast<uint32_t>(functions_.size()));
  if (!is_new) return slot->second;
  FunctionName name = read_name(pool_, unit, die);
  functions_.push_back({std::move(name.linkage_name), std::move(name.name), Svma{low}, high - low,
                        std::move(name.file), name.line});
  return slot->second;
}

JobResult UnitReader::read(const Job& job, std::span<const Svma> addresses) {
  JobResult out;
  LoadedUnit& skeleton = pool_.get(main_, *job.header);
  LoadedUnit* unit = &skeleton;
  if (job.split_file && skeleton.good) {
    LoadedUnit& split = pool_.get(*job.split_file, job.split_header);
    split.unit.attach_to(skeleton.unit);
    split.skeleton = &skeleton;
    if (split.good) unit = &split;
  }
  if (!unit->good) return out;
  std::vector<uint64_t> sorted;
  sorted.reserve(job.addresses.size());
  for (const uint32_t index : job.addresses) sorted.push_back(raw(addresses[index]));
  const FunctionWalk walk(unit->unit, sorted, text_begin_);
  std::vector<Target> targets = targets_of(walk, sorted, skeleton, *unit);
  for (size_t i = 0; i < sorted.size(); ++i) out.address_count += !walk.is_homeless(i);
  read_rows(skeleton, targets);
  std::vector<std::vector<uint32_t>> calls_of(walk.parts().size());
  for (uint32_t i = 0; i < walk.calls().size(); ++i) {
    calls_of[walk.calls()[i].part].push_back(i);
  }
  for (Target& target : targets) {
    uint32_t function = CodeMap::kNone;
    if (target.part != FunctionWalk::kNone) {
      const FunctionWalk::Part& part = walk.parts()[target.part];
      function = function_id(*unit, walk.functions()[part.function], part.low, part.high);
    } else if (target.rows.empty()) {
      continue;
    } else {
      ++out.address_count;
    }
    out.code.open(Svma{target.low}, Svma{target.high}, Svma{target.anchor}, function);
    add_rows(*unit, target, out.code);
    if (target.part != FunctionWalk::kNone) {
      add_calls(*unit, walk, calls_of[target.part], target.low, out.code);
    }
    out.code.close();
  }
  const Unit& described = unit->unit.producer().empty() ? skeleton.unit : unit->unit;
  out.producer = described.producer();
  out.assembly = described.language() == kLanguageAssembler;
  return out;
}

std::vector<UnitReader::Target> UnitReader::targets_of(const FunctionWalk& walk,
                                                       std::span<const uint64_t> sorted,
                                                       const LoadedUnit& skeleton,
                                                       const LoadedUnit& unit) {
  std::vector<Target> targets;
  for (uint32_t i = 0; i < walk.parts().size(); ++i) {
    const FunctionWalk::Part& part = walk.parts()[i];
    targets.push_back({part.low, part.high, part.anchor, i, {}});
  }
  uint64_t known_to = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (!walk.is_homeless(i) || sorted[i] < known_to) continue;
    const auto range = range_without_function(skeleton.unit, unit.unit, walk.parts(), sorted[i]);
    known_to = range.high;
    targets.push_back({range.low, range.high, sorted[i], FunctionWalk::kNone, {}});
  }
  for (Target& target : targets) {
    if (target.high - target.low > kExtentBytesMax) {
      target.low = target.anchor;
      target.high = target.anchor + 1;
    }
  }
  std::sort(targets.begin(), targets.end(),
            [](const Target& a, const Target& b) { return a.low < b.low; });
  return targets;
}

void UnitReader::read_rows(const LoadedUnit& skeleton, std::vector<Target>& targets) const {
  if (!skeleton.lines) return;
  std::vector<LineTable::Range> ranges;
  ranges.reserve(targets.size());
  for (const Target& target : targets) ranges.push_back({target.low, target.high});
  skeleton.lines->run(ranges, text_begin_,
                      [&](size_t i, const LineTable::Row& row) { targets[i].rows.push_back(row); });
}

// Rows come in the order of the program, whose sequences may stand in any order. Neighbours of the
// same line become one.
void UnitReader::add_rows(LoadedUnit& unit, Target& target, CodeMap& out) {
  std::stable_sort(target.rows.begin(), target.rows.end(),
                   [](const LineTable::Row& a, const LineTable::Row& b) { return a.low < b.low; });
  const size_t first = out.rows.size();
  const auto add = [&](uint64_t at, uint32_t file, uint32_t line) {
    if (out.rows.size() > first && out.rows.back().file == file && out.rows.back().line == line) {
      return;
    }
    out.rows.push_back({static_cast<uint32_t>(at - target.low), file, line});
  };
  uint64_t cursor = target.low;
  uint64_t file_number = ~uint64_t{0};
  uint32_t file = 0;
  for (const LineTable::Row& row : target.rows) {
    const uint64_t low = std::max(row.low, cursor);
    if (low >= row.high) continue;
    if (low > cursor) add(cursor, 0, 0);
    if (row.file != file_number) {
      file_number = row.file;
      file = file_id(pool_.path(unit, row.file));
    }
    add(low, file, static_cast<uint32_t>(row.line));
    cursor = row.high;
  }
  if (cursor < target.high) add(cursor, 0, 0);
}

void UnitReader::add_calls(LoadedUnit& unit, const FunctionWalk& walk,
                           std::span<const uint32_t> calls, uint64_t low, CodeMap& out) {
  for (const uint32_t index : calls) {
    const FunctionWalk::Call& call = walk.calls()[index];
    if (call.high - low > kExtentBytesMax) continue;
    const Die& die = walk.inlined()[call.entry];
    const uint32_t file = file_id(pool_.path(unit, die.call_file));
    out.calls.push_back({static_cast<uint32_t>(call.low - low),
                         static_cast<uint32_t>(call.high - low), call.depth,
                         function_id(unit, die, 0, 0), file, static_cast<uint32_t>(die.call_line)});
  }
}

uint32_t MapTable::file(Remap& known, const UnitReader& reader, uint32_t id) {
  known.resize(reader.files().size(), CodeMap::kNone);
  if (known[id] != CodeMap::kNone) return known[id];
  const std::string& path = reader.files()[id];
  const auto [slot, is_new] = file_ids_.try_emplace(path, static_cast<uint32_t>(files_.size()));
  if (is_new) files_.push_back(path);
  return known[id] = slot->second;
}

uint32_t MapTable::function(Remap& known, const UnitReader& reader, uint32_t id) {
  known.resize(reader.functions().size(), CodeMap::kNone);
  if (known[id] != CodeMap::kNone) return known[id];
  const DebugFunction& function = reader.functions()[id];
  std::string key = function.linkage_name.empty() ? function.name : function.linkage_name;
  key += '\0' + std::to_string(raw(function.start));
  // Functions that are local to a unit share a name, not a place.
  if (function.linkage_name.empty()) {
    key += '\0' + function.file + '\0' + std::to_string(function.line);
  }
  const auto [slot, is_new] =
      function_ids_.try_emplace(std::move(key), static_cast<uint32_t>(functions_.size()));
  if (is_new) functions_.push_back(function);
  return known[id] = slot->second;
}

void MapTable::add(const JobResult& result, const UnitReader& reader) {
  Remap& functions = functions_of_[result.reader];
  Remap& files = files_of_[result.reader];
  for (const CodeMap::Extent& extent : result.code.extents) {
    const size_t first_row = code_.rows.size(), first_call = code_.calls.size();
    code_.append(result.code, extent);
    if (extent.function != CodeMap::kNone) {
      code_.extents.back().function = function(functions, reader, extent.function);
    }
    for (size_t i = first_row; i < code_.rows.size(); ++i) {
      code_.rows[i].file = file(files, reader, code_.rows[i].file);
    }
    for (size_t i = first_call; i < code_.calls.size(); ++i) {
      CodeMap::Call& call = code_.calls[i];
      call.file = file(files, reader, call.file);
      call.function = function(functions, reader, call.function);
    }
  }
  if (!result.assembly && result.address_count > producer_addresses_) {
    producer_addresses_ = result.address_count;
    producer_ = result.producer;
  }
}

void MapTable::finish(DebugMap& out) {
  // Of two units that claim an address, the one that knows its function has it.
  std::stable_partition(code_.extents.begin(), code_.extents.end(),
                        [](const auto& extent) { return extent.function != CodeMap::kNone; });
  code_.settle();
  out.code = std::move(code_);
  out.functions = std::move(functions_);
  out.files = std::move(files_);
  out.producer = std::move(producer_);
}

}  // namespace hone::elf::dwarf
