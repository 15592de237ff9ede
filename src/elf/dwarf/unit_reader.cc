#include "elf/dwarf/unit_reader.h"

#include <algorithm>

namespace hone::elf::dwarf {
namespace {

struct Row {
  uint64_t file = 0;
  uint64_t line = 0;
  bool known = false;
};

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
  if (!unit->good) {
    out.first_frame.resize(job.addresses.size() + 1);
    return out;
  }
  std::vector<uint64_t> sorted;
  sorted.reserve(job.addresses.size());
  for (const uint32_t index : job.addresses) sorted.push_back(raw(addresses[index]));
  std::vector<Row> rows(sorted.size());
  if (skeleton.lines) {
    skeleton.lines->look_up(sorted, text_begin_, [&](size_t i, uint64_t file, uint64_t line) {
      if (!rows[i].known) rows[i] = {file, line, true};
    });
  }
  const FunctionWalk walk(unit->unit, sorted, text_begin_);
  const auto file_of = [&](uint64_t file) { return file_id(pool_.path(*unit, file)); };

  out.first_frame.push_back(0);
  for (size_t i = 0; i < sorted.size(); ++i) {
    const FunctionWalk::Place& place = walk.places()[i];
    uint32_t file = rows[i].known ? file_of(rows[i].file) : 0;
    auto line = static_cast<uint32_t>(rows[i].line);
    for (uint32_t at = place.innermost; at != FunctionWalk::kNone; at = walk.calls()[at].outer) {
      const Die& call = walk.inlined()[walk.calls()[at].entry];
      out.frames.push_back({function_id(*unit, call, 0, 0), file, line, true});
      file = file_of(call.call_file);
      line = static_cast<uint32_t>(call.call_line);
    }
    if (place.function != FunctionWalk::kNone) {
      const Die& function = walk.functions()[place.function];
      const uint32_t id = function_id(*unit, function, place.low, place.high);
      out.frames.push_back({id, file, line, false});
    } else if (rows[i].known) {
      out.frames.push_back({DebugFrame::kNoFunction, file, line, false});
    }
    out.first_frame.push_back(static_cast<uint32_t>(out.frames.size()));
  }
  const Unit& described = unit->unit.producer().empty() ? skeleton.unit : unit->unit;
  out.producer = described.producer();
  out.assembly = described.language() == kLanguageAssembler;
  return out;
}

uint32_t FrameTable::file(const std::string& path) {
  const auto [slot, is_new] = file_ids_.try_emplace(path, static_cast<uint32_t>(files_.size()));
  if (is_new) files_.push_back(path);
  return slot->second;
}

uint32_t FrameTable::function(const DebugFunction& function) {
  std::string key = function.linkage_name.empty() ? function.name : function.linkage_name;
  key += '\0' + std::to_string(raw(function.start));
  // Functions that are local to a unit share a name, not a place.
  if (function.linkage_name.empty()) {
    key += '\0' + function.file + '\0' + std::to_string(function.line);
  }
  const auto [slot, is_new] =
      function_ids_.try_emplace(std::move(key), static_cast<uint32_t>(functions_.size()));
  if (is_new) functions_.push_back(function);
  return slot->second;
}

void FrameTable::add(const Job& job, const JobResult& result, const UnitReader& reader) {
  size_t resolved = 0;
  for (size_t i = 0; i + 1 < result.first_frame.size(); ++i) {
    const uint32_t from = result.first_frame[i];
    const uint32_t to = result.first_frame[i + 1];
    if (from == to) continue;
    ++resolved;
    auto& frames = frames_of_[job.addresses[i]];
    // An address that two units claim stays with the first one that knows its function.
    if (!frames.empty() && frames.back().function != DebugFrame::kNoFunction) continue;
    frames.clear();
    for (uint32_t at = from; at < to; ++at) {
      DebugFrame frame = result.frames[at];
      if (frame.function != DebugFrame::kNoFunction) {
        frame.function = function(reader.functions()[frame.function]);
      }
      frame.file = file(reader.files()[frame.file]);
      frames.push_back(frame);
    }
  }
  if (!result.assembly && resolved > producer_addresses_) {
    producer_addresses_ = resolved;
    producer_ = result.producer;
  }
}

void FrameTable::finish(DebugFrames& out) {
  out.first_frame.push_back(0);
  for (const auto& frames : frames_of_) {
    out.frames.insert(out.frames.end(), frames.begin(), frames.end());
    out.first_frame.push_back(static_cast<uint32_t>(out.frames.size()));
  }
  out.functions = std::move(functions_);
  out.files = std::move(files_);
  out.producer = std::move(producer_);
}

}  // namespace hone::elf::dwarf
