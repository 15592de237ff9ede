#include "recording/renumber.h"

#include <algorithm>

namespace hone::recording {
namespace {

// The table of ids that an id is of.
template <class Id>
struct RowOf;
template <>
struct RowOf<ModuleId> {
  using Row = ModuleRow;
};
template <>
struct RowOf<ProcessId> {
  using Row = ProcessRow;
};
template <>
struct RowOf<ThreadId> {
  using Row = ThreadRow;
};
template <>
struct RowOf<TrackId> {
  using Row = TrackRow;
};
template <>
struct RowOf<FunctionId> {
  using Row = FunctionRow;
};
template <>
struct RowOf<SiteId> {
  using Row = SiteRow;
};
template <>
struct RowOf<GpuQueueId> {
  using Row = GpuQueueRow;
};
template <>
struct RowOf<MetricId> {
  using Row = MetricRow;
};

// The bytes of a row, so that equal ones are found.
template <class Row>
std::string key_of(const Row& row) {
  std::string key(1, static_cast<char>(Row::kTable));
  visit(row, [&](const auto& field) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, std::string_view>) {
      key.append(field).push_back('\0');
    } else {
      key.append(reinterpret_cast<const char*>(&field), sizeof field);
    }
  });
  return key;
}

// What parts of one recording know a row by. Functions are named by each part for itself.
std::string key_of_part(const ModuleRow& row, uint32_t id) {
  return key_of(ModuleRow{.kind = row.kind}) + std::to_string(id);
}
std::string key_of_part(const ProcessRow& row, uint32_t) {
  return key_of(ProcessRow{.pid = row.pid, .start = row.start});
}
std::string key_of_part(const ThreadRow& row, uint32_t) {
  return key_of(ThreadRow{.process = row.process, .tid = row.tid, .start = row.start});
}
std::string key_of_part(const FunctionRow& row, uint32_t) {
  return key_of(row);
}
std::string key_of_part(const TrackRow& row, uint32_t) {
  return key_of(row);
}
std::string key_of_part(const SiteRow& row, uint32_t) {
  return key_of(row);
}
std::string key_of_part(const GpuQueueRow& row, uint32_t) {
  return key_of(row);
}
std::string key_of_part(const MetricRow& row, uint32_t) {
  return key_of(row);
}

}  // namespace

template <class Id>
Id Renumber::take_row(Id id) {
  std::vector<Id>& map = ids<Id>();
  if (id == Id{} || raw(id) >= map.size()) return {};
  if (map[raw(id)] != Id{}) return map[raw(id)];
  auto row = this->row<typename RowOf<Id>::Row>(raw(id));
  if constexpr (std::is_same_v<Id, ProcessId>) {
    // A parent stands before its children; one that is not in the copy by now is none.
    const ProcessId parent = known(row.parent);
    row.parent = {};
    renumber(row);
    row.parent = parent;
  } else if constexpr (std::is_same_v<Id, TrackId>) {
    const TrackId qualifies = known(row.qualifies);
    row.qualifies = {};
    renumber(row);
    row.qualifies = qualifies;
  } else {
    renumber(row);
  }
  std::string key = key_of_part(row, raw(id));
  if (!options_.parts) key = std::to_string(input_count_) + ':' + std::to_string(raw(id)) + key[0];
  if constexpr (std::is_same_v<Id, ProcessId> || std::is_same_v<Id, ThreadId>) {
    if (row.start < options_.from) row.start = options_.from;
  }
  uint32_t& known = by_key_[std::move(key)];
  if (known == 0) known = raw(out_.append_id<Id>(row));
  return map[raw(id)] = Id{known};
}

ModuleId Renumber::take(ModuleId id) {
  return take_row(id);
}
ProcessId Renumber::take(ProcessId id) {
  return take_row(id);
}
ThreadId Renumber::take(ThreadId id) {
  return take_row(id);
}
TrackId Renumber::take(TrackId id) {
  return take_row(id);
}
FunctionId Renumber::take(FunctionId id) {
  return take_row(id);
}
SiteId Renumber::take(SiteId id) {
  return take_row(id);
}
GpuQueueId Renumber::take(GpuQueueId id) {
  return take_row(id);
}
MetricId Renumber::take(MetricId id) {
  return take_row(id);
}

FrameId Renumber::take(FrameId id) {
  if (id == FrameId::kNone || raw(id) >= frames_.size()) return {};
  FrameId& to = frames_[raw(id)];
  if (to == FrameId::kNone) {
    const auto row = this->row<FrameRow>(raw(id));
    to = out_.frame(take(row.module), row.address);
  }
  return to;
}

StackId Renumber::take(StackId id) {
  path_.clear();
  // A parent stands before its callee, or it is damage: so this ends.
  while (id != StackId::kNone && raw(id) < stacks_.size() && stacks_[raw(id)] == StackId::kNone) {
    path_.push_back(id);
    const auto row = this->row<StackRow>(raw(id));
    id = raw(row.parent) < raw(id) ? row.parent : StackId::kNone;
  }
  StackId at = id != StackId::kNone && raw(id) < stacks_.size() ? stacks_[raw(id)] : StackId{};
  for (auto step = path_.rbegin(); step != path_.rend(); ++step) {
    const auto row = this->row<StackRow>(raw(*step));
    at = out_.callee(at, take(row.frame));
    stacks_[raw(*step)] = at;
  }
  return at;
}

StringId Renumber::text(StringId id, TextKind kind) {
  const Columns& strings = rows(Table::kStrings);
  if (id == StringId::kNone || raw(id) > strings.row_count) return {};
  std::vector<StringId>& map = texts_[static_cast<size_t>(kind)];
  StringId& to = map[raw(id)];
  if (to == StringId::kNone) to = out_.string(strings.columns[0].text(raw(id) - 1), kind);
  return to;
}

Result<void> Renumber::read(const Reader& in, int64_t shift_ns) {
  ++input_count_;
  shift_ns_ = shift_ns;
  for (const TableSpec& spec : recording::tables()) {
    if (spec.kind != TableKind::kIds) continue;
    HONE_TRY_ASSIGN(tables_[static_cast<size_t>(spec.table)], in.columns(spec.table));
  }
  const auto count = [&](Table table) { return static_cast<size_t>(rows(table).row_count) + 1; };
  for (auto& map : texts_) map.assign(count(Table::kStrings), {});
  if (!options_.parts) modules_.clear();  // else these ids are the same
  modules_.resize(std::max(modules_.size(), count(Table::kModules)));
  processes_.assign(count(Table::kProcesses), {});
  threads_.assign(count(Table::kThreads), {});
  frames_.assign(count(Table::kFrames), {});
  stacks_.assign(count(Table::kStacks), {});
  functions_.assign(count(Table::kFunctions), {});
  tracks_.assign(count(Table::kTracks), {});
  sites_.assign(count(Table::kSites), {});
  gpu_queues_.assign(count(Table::kGpuQueues), {});
  metrics_.assign(count(Table::kMetrics), {});
  return {};
}

}  // namespace hone::recording
