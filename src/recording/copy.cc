#include "recording/copy.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "recording/cut.h"

namespace hone::recording {
namespace {

template <class T>
inline constexpr bool kIsId =
    std::is_same_v<T, StringId> || std::is_same_v<T, ModuleId> || std::is_same_v<T, ProcessId> ||
    std::is_same_v<T, ThreadId> || std::is_same_v<T, FrameId> || std::is_same_v<T, StackId> ||
    std::is_same_v<T, FunctionId> || std::is_same_v<T, TrackId>;
// A column of another strong type would be copied as it is: new kinds of ids are said above.
template <class T>
inline constexpr bool kIsPlain = !std::is_enum_v<T> || std::is_same_v<T, TimeNs> ||
                                 std::is_same_v<T, DurationNs> || std::is_same_v<T, Svma>;

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

template <class Row>
Row row_at(const Columns& all, size_t i) {
  Row row;
  size_t at = 0;
  visit(row, [&](auto& field) { detail::get(all.columns[at++], i, field); });
  return row;
}

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

// Not events: told at the end, or with what refers to them.
constexpr Table kApart[] = {Table::kMeta,          Table::kDiagnostics,    Table::kPauses,
                            Table::kCounters,      Table::kClocks,         Table::kProcessEnds,
                            Table::kThreadEnds,    Table::kThreadNames,    Table::kUnsampledCpu,
                            Table::kModuleSymbols, Table::kLines,          Table::kCodeBytes,
                            Table::kCodeLines,     Table::kScriptFunctions};
bool is_apart(Table table) {
  return std::find(std::begin(kApart), std::end(kApart), table) != std::end(kApart) ||
         spec_of(table).kind == TableKind::kIds;
}

// Facts of the whole that do not hold of a range.
bool is_of_the_whole(std::string_view key) {
  return key == "cpu.total_ns" || key == "run.wall_ns" || key == "run.recorded_ns" ||
         key == "run.start_ns" || key == "redaction";
}

}  // namespace

struct Copier::State {
  State(Builder& builder, const CopyOptions& settings) : out(builder), options(settings) {}

  bool in_range(TimeNs time) const { return time >= options.from && time <= options.to; }
  bool overlaps(TimeNs start, TimeNs end) const {
    return start <= options.to && (end >= options.from || end == TimeNs{});
  }

  template <class Id>
  const Columns& rows_of() const {
    return tables[static_cast<size_t>(RowOf<Id>::Row::kTable)];
  }
  template <class Id>
  std::vector<Id>& ids() {
    if constexpr (std::is_same_v<Id, ModuleId>) return modules;
    if constexpr (std::is_same_v<Id, ProcessId>) return processes;
    if constexpr (std::is_same_v<Id, ThreadId>) return threads;
    if constexpr (std::is_same_v<Id, FrameId>) return frames;
    if constexpr (std::is_same_v<Id, StackId>) return stacks;
    if constexpr (std::is_same_v<Id, FunctionId>) return functions;
    if constexpr (std::is_same_v<Id, TrackId>) return tracks;
  }
  // The id that was given, or none: for rows that only describe.
  template <class Id>
  Id known(Id id) {
    const std::vector<Id>& map = ids<Id>();
    return raw(id) < map.size() ? map[raw(id)] : Id{};
  }

  StringId text(StringId id, TextKind kind) {
    const Columns& strings = tables[static_cast<size_t>(Table::kStrings)];
    if (id == StringId::kNone || raw(id) > strings.row_count) return {};
    std::vector<StringId>& map = texts[static_cast<size_t>(kind)];
    StringId& to = map[raw(id)];
    if (to == StringId::kNone) to = out.string(strings.columns[0].text(raw(id) - 1), kind);
    return to;
  }

  // Gives every id of a row anew. `column` counts along, for the kind of text.
  template <class Row>
  void renumber(Row& row) {
    size_t column = 0;
    visit(row, [&](auto& field) {
      using Field = std::remove_cvref_t<decltype(field)>;
      static_assert(kIsId<Field> || kIsPlain<Field>);
      if constexpr (std::is_same_v<Field, StringId>) {
        field = text(field, text_kind(spec_of(Row::kTable).columns[column].name));
      } else if constexpr (kIsId<Field>) {
        field = take(field);
      }
      ++column;
    });
  }

  template <class Id>
  Id take(Id id) {
    std::vector<Id>& map = ids<Id>();
    if (id == Id{} || raw(id) >= map.size()) return {};
    if (map[raw(id)] != Id{}) return map[raw(id)];
    auto row = row_at<typename RowOf<Id>::Row>(rows_of<Id>(), raw(id) - 1);
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
    if (!options.parts) key = std::to_string(input_count) + ':' + std::to_string(raw(id)) + key[0];
    if constexpr (std::is_same_v<Id, ProcessId> || std::is_same_v<Id, ThreadId>) {
      if (row.start < options.from) row.start = options.from;
    }
    uint32_t& known = by_key[std::move(key)];
    if (known == 0) known = raw(out.append_id<Id>(row));
    return map[raw(id)] = Id{known};
  }

  FrameId take(FrameId id) {
    const Columns& rows = tables[static_cast<size_t>(Table::kFrames)];
    if (id == FrameId::kNone || raw(id) >= frames.size()) return {};
    FrameId& to = frames[raw(id)];
    if (to == FrameId::kNone) {
      const auto row = row_at<FrameRow>(rows, raw(id) - 1);
      to = out.frame(take(row.module), row.address);
    }
    return to;
  }

  StackId take(StackId id) {
    const Columns& rows = tables[static_cast<size_t>(Table::kStacks)];
    std::vector<StackId>& path = path_scratch;
    path.clear();
    // A parent stands before its callee, or it is damage: so this ends.
    while (id != StackId::kNone && raw(id) < stacks.size() && stacks[raw(id)] == StackId::kNone) {
      path.push_back(id);
      const auto row = row_at<StackRow>(rows, raw(id) - 1);
      id = raw(row.parent) < raw(id) ? row.parent : StackId::kNone;
    }
    StackId at = id != StackId::kNone && raw(id) < stacks.size() ? stacks[raw(id)] : StackId{};
    for (auto step = path.rbegin(); step != path.rend(); ++step) {
      const auto row = row_at<StackRow>(rows, raw(*step) - 1);
      at = out.callee(at, take(row.frame));
      stacks[raw(*step)] = at;
    }
    return at;
  }

  Result<void> read_ids(const Reader& in);
  Result<void> read_lives(const Reader& in);
  Result<void> copy_events(const Reader& in);
  template <class Row>
  Result<void> copy_rows(const Reader& in);
  Result<void> copy_counters(const Reader& in);
  Result<void> copy_names(const Reader& in);
  Result<void> copy_facts(const Reader& in);
  void note_sample(const SampleRow& from, StackId stack);
  void note_unknown(const Reader& in);

  Builder& out;
  CopyOptions options;
  size_t input_count = 0;
  // Of the input at hand.
  std::array<Columns, static_cast<size_t>(Table::kCount)> tables;
  std::array<std::vector<StringId>, 4> texts;
  std::vector<ModuleId> modules;
  std::vector<ProcessId> processes;
  std::vector<ThreadId> threads;
  std::vector<FrameId> frames;
  std::vector<StackId> stacks;
  std::vector<FunctionId> functions;
  std::vector<TrackId> tracks;
  std::vector<StackId> path_scratch;
  // Of the copy.
  std::unordered_map<std::string, uint32_t> by_key;
  std::map<uint32_t, ProcessEndRow> process_ends;
  std::map<uint32_t, ThreadEndRow> thread_ends;
  std::map<uint32_t, int64_t> unsampled_ns;
  std::vector<int64_t> self_ns;
  uint64_t samples = 0, unknown_tables = 0;
};

Result<void> Copier::State::read_ids(const Reader& in) {
  for (const TableSpec& spec : recording::tables()) {
    if (spec.kind != TableKind::kIds) continue;
    HONE_TRY_ASSIGN(tables[static_cast<size_t>(spec.table)], in.columns(spec.table));
  }
  const auto count = [&](Table table) {
    return static_cast<size_t>(tables[static_cast<size_t>(table)].row_count) + 1;
  };
  for (auto& map : texts) map.assign(count(Table::kStrings), {});
  if (!options.parts) modules.clear();  // else these ids are the same
  modules.resize(std::max(modules.size(), count(Table::kModules)));
  processes.assign(count(Table::kProcesses), {});
  threads.assign(count(Table::kThreads), {});
  frames.assign(count(Table::kFrames), {});
  stacks.assign(count(Table::kStacks), {});
  functions.assign(count(Table::kFunctions), {});
  tracks.assign(count(Table::kTracks), {});
  return {};
}

// Processes and threads that lived in the range, whether they were sampled or not; and their ends.
Result<void> Copier::State::read_lives(const Reader& in) {
  std::vector<ProcessEndRow> process_rows(processes.size());
  std::vector<ThreadEndRow> thread_rows(threads.size());
  HONE_TRY(in.for_each<ProcessEndRow>([&](const ProcessEndRow& row) {
    if (raw(row.process) < process_rows.size()) process_rows[raw(row.process)] = row;
  }));
  HONE_TRY(in.for_each<ThreadEndRow>([&](const ThreadEndRow& row) {
    if (raw(row.thread) < thread_rows.size()) thread_rows[raw(row.thread)] = row;
  }));
  for (uint32_t i = 1; i < processes.size(); ++i) {
    const auto row = row_at<ProcessRow>(rows_of<ProcessId>(), i - 1);
    ProcessEndRow end = process_rows[i];
    if (!overlaps(row.start, end.time)) continue;
    const uint32_t id = raw(take(ProcessId{i}));
    if (end.process == ProcessId::kNone) continue;
    if (end.time > options.to) {
      end.time = options.to;
      end.exited = 0;
      end.status = -1;
    }
    if (!options.whole) end.cpu = DurationNs{-1};
    ProcessEndRow& all = process_ends[id];
    const bool first = all.process == ProcessId::kNone;
    end.process = ProcessId{id};
    end.peak_memory_bytes = std::max(end.peak_memory_bytes, all.peak_memory_bytes);
    if (!first && (raw(all.cpu) < 0 || raw(end.cpu) < 0)) {
      end.cpu = DurationNs{-1};
    } else if (!first) {
      end.cpu = DurationNs{raw(end.cpu) + raw(all.cpu)};
    }
    all = end;
  }
  for (uint32_t i = 1; i < threads.size(); ++i) {
    const auto row = row_at<ThreadRow>(rows_of<ThreadId>(), i - 1);
    ThreadEndRow end = thread_rows[i];
    if (!overlaps(row.start, end.time)) continue;
    const uint32_t id = raw(take(ThreadId{i}));
    if (end.thread == ThreadId::kNone) continue;
    end.thread = ThreadId{id};
    end.time = std::min(end.time, options.to);
    ThreadEndRow& all = thread_ends[id];
    if (!options.whole || all.thread != ThreadId::kNone) end.cpu = DurationNs{-1};
    all = end;
  }
  return in.for_each<UnsampledCpuRow>([&](const UnsampledCpuRow& row) {
    if (!options.whole) return;
    int64_t& sum = unsampled_ns[raw(known(row.process))];
    if (__builtin_add_overflow(sum, raw(row.cpu), &sum)) sum = 0;
  });
}

void Copier::State::note_sample(const SampleRow& from, StackId stack) {
  const Columns& rows = tables[static_cast<size_t>(Table::kStacks)];
  ++samples;
  if (stack == StackId::kNone || raw(from.stack) >= stacks.size() || raw(from.weight) < 0) return;
  const FrameId leaf = known(row_at<StackRow>(rows, raw(from.stack) - 1).frame);
  if (self_ns.size() <= raw(leaf)) self_ns.resize(2 * size_t{raw(leaf)} + 64);
  int64_t& sum = self_ns[raw(leaf)];
  if (__builtin_add_overflow(sum, raw(from.weight), &sum)) sum = 0;
}

template <class Row>
Result<void> Copier::State::copy_rows(const Reader& in) {
  if (is_apart(Row::kTable)) return {};
  return in.for_each<Row>([&](const Row& from) {
    if constexpr (std::is_same_v<Row, WaitRow>) {
      WaitRow row = from;
      if (!cut_to(row, options.from, options.to)) return;
      renumber(row);
      out.append(row);
      return;
    } else if constexpr (requires { from.time; }) {
      if (!in_range(from.time)) return;
    } else if constexpr (requires {
                           from.start;
                           from.end;
                         }) {
      if (!overlaps(from.start, from.end)) return;
    }
    Row row = from;
    renumber(row);
    if constexpr (std::is_same_v<Row, SampleRow>) note_sample(from, row.stack);
    out.append(row);
  });
}

Result<void> Copier::State::copy_events(const Reader& in) {
#define HONE_TABLE(name, Row, table, kind, doc) HONE_TRY(copy_rows<Row>(in));
#define HONE_COLUMN(Type, name, unit, doc)
#define HONE_TABLE_END()
#include "recording/schema.inc"
#undef HONE_TABLE
#undef HONE_COLUMN
#undef HONE_TABLE_END
  HONE_TRY(copy_counters(in));
  return in.for_each<PauseRow>([&](const PauseRow& from) {
    if (from.end < from.start || !overlaps(from.start, from.end)) return;
    PauseRow row = from;
    row.start = std::max(row.start, options.from);
    row.end = std::min(row.end, options.to);
    out.append(row);
  });
}

// Readings within the range; and, since readings that say the same as both their neighbours are
// left out, what stood at its ends where the readings around an end agree.
Result<void> Copier::State::copy_counters(const Reader& in) {
  std::vector<CounterRow> rows;
  CounterRow last;
  HONE_TRY(in.for_each<CounterRow>([&](const CounterRow& row) {
    const bool goes_on = row.track == last.track && row.value == last.value;
    const auto at = [&](TimeNs time) {
      if (goes_on && last.time < time && row.time > time) {
        rows.push_back({.track = row.track, .time = time, .value = row.value});
      }
    };
    at(options.from);
    if (options.to != options.from) at(options.to);
    if (in_range(row.time)) rows.push_back(row);
    last = row;
  }));
  // In the order of their ids: what a track says something of stands before it.
  std::vector<TrackId> used;
  for (const CounterRow& row : rows) used.push_back(row.track);
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  for (const TrackId id : used) take(id);
  for (CounterRow& row : rows) {
    renumber(row);
    out.append(row);
  }
  return {};
}

// What describes that which events referred to.
Result<void> Copier::State::copy_names(const Reader& in) {
  HONE_TRY(in.for_each<ThreadNameRow>([&](const ThreadNameRow& from) {
    // Names of before the range are those that a thread has in it.
    if (from.time > options.to || known(from.thread) == ThreadId::kNone) return;
    ThreadNameRow row = from;
    row.time = std::max(row.time, options.from);
    renumber(row);
    out.append(row);
  }));
  HONE_TRY(in.for_each<ScriptFunctionRow>([&](ScriptFunctionRow row) {
    if (known(row.module) == ModuleId::kNone) return;
    renumber(row);
    out.append(row);
  }));
  HONE_TRY(in.for_each<ModuleSymbolsRow>([&](ModuleSymbolsRow row) {
    if (known(row.module) == ModuleId::kNone) return;
    renumber(row);
    out.append(row);
  }));
  HONE_TRY(in.for_each<LineRow>([&](LineRow row) {
    if (known(row.frame) == FrameId::kNone) return;
    renumber(row);
    out.append(row);
  }));
  HONE_TRY(in.for_each<CodeRow>([&](CodeRow row) {
    if (known(row.function) == FunctionId::kNone) return;
    renumber(row);
    out.append(row);
  }));
  return in.for_each<CodeLineRow>([&](CodeLineRow row) {
    if (known(row.function) == FunctionId::kNone) return;
    renumber(row);
    out.append(row);
  });
}

Result<void> Copier::State::copy_facts(const Reader& in) {
  HONE_TRY(in.for_each<MetaRow>([&](const MetaRow& row) {
    if (!options.whole && is_of_the_whole(row.key)) return;
    out.append(row);
  }));
  HONE_TRY(in.for_each<ClockRow>([&](const ClockRow& row) { out.append(row); }));
  return in.for_each<DiagnosticRow>([&](const DiagnosticRow& row) {
    // What has a time of after the range did not befall it.
    if (row.first_time > options.to) return;
    out.append(row);
  });
}

void Copier::State::note_unknown(const Reader& in) {
  std::string_view last;
  for (const ChunkFacts& chunk : in.chunks()) {
    unknown_tables += chunk.table == Table::kInvalid && chunk.table_name != last;
    last = chunk.table_name;
  }
}

Copier::Copier(Builder& out, const CopyOptions& options)
    : state_(std::make_unique<State>(out, options)) {}
Copier::Copier(Copier&&) noexcept = default;
Copier::~Copier() = default;

Result<void> Copier::add(const Reader& in) {
  State& s = *state_;
  ++s.input_count;
  HONE_TRY(s.read_ids(in));
  HONE_TRY(s.copy_facts(in));
  HONE_TRY(s.read_lives(in));
  HONE_TRY(s.copy_events(in));
  HONE_TRY(s.copy_names(in));
  s.note_unknown(in);
  return {};
}

void Copier::finish() {
  State& s = *state_;
  for (const auto& [id, row] : s.thread_ends) s.out.append(row);
  for (const auto& [id, row] : s.process_ends) s.out.append(row);
  for (const auto& [id, ns] : s.unsampled_ns) {
    s.out.append(UnsampledCpuRow{.process = ProcessId{id}, .cpu = DurationNs{ns}});
  }
  if (s.unknown_tables > 0) {
    s.out.append(DiagnosticRow{.name = "tables_not_copied",
                               .severity = kNotice,
                               .count = s.unknown_tables,
                               .detail = "tables of a newer Hone that this one does not know"});
  }
}

uint64_t Copier::sample_count() const {
  return state_->samples;
}

std::span<const int64_t> Copier::self_ns_by_frame() const {
  return state_->self_ns;
}

ModuleId Copier::module_of(ModuleId id) const {
  return state_->known(id);
}

}  // namespace hone::recording
