#include "recording/copy.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "recording/cut.h"
#include "recording/merging.h"
#include "recording/renumber.h"

namespace hone::recording {
namespace {

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

// Of numbers of a file, which may be anything.
int64_t less(int64_t from, int64_t what) {
  int64_t out = 0;
  return __builtin_sub_overflow(from, what, &out) ? 0 : out;
}

// Of tables of numbers alone, which may be too large to be decoded as a whole.
template <class Row>
constexpr bool is_of_numbers() {
  bool out = true;
  Row row{};
  visit(row, [&](const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, std::string_view>) out = false;
  });
  return out;
}

void put_number(uint64_t from, double& to) {
  to = std::bit_cast<double>(from);
}
template <class T>
void put_number(uint64_t from, T& to) {
  to = static_cast<T>(from);
}

}  // namespace

struct Copier::State {
  State(Builder& builder, const CopyOptions& settings)
      : out(builder), options(settings), ids(builder, options) {}

  bool in_range(TimeNs time) const { return time >= options.from && time <= options.to; }
  bool overlaps(TimeNs start, TimeNs end) const {
    return start <= options.to && (end >= options.from || end == TimeNs{});
  }

  Result<void> read_lives(const Reader& in);
  Result<void> copy_events(const Reader& in);
  template <class Row>
  Result<void> copy_rows(const Reader& in);
  template <class Row>
  void copy_row(const Row& from);
  Result<void> copy_counters(const Reader& in);
  Result<void> copy_names(const Reader& in);
  Result<void> copy_facts(const Reader& in);
  Result<void> merge_facts(const Reader& in);
  // False: nothing of it is in the range.
  bool cut(WaitRow& row) const { return cut_to(row, options.from, options.to); }
  bool cut(SpanRow& row);
  bool cut(LockRow& row) const;
  void note_sample(const SampleRow& from, StackId stack);
  void note_unknown(const Reader& in);

  Builder& out;
  CopyOptions options;
  Renumber ids;
  std::map<uint32_t, ProcessEndRow> process_ends;
  std::map<uint32_t, ThreadEndRow> thread_ends;
  std::map<uint32_t, int64_t> unsampled_ns;
  std::vector<int64_t> self_ns;
  // Thread, start and site (ids of the file that is read) of spans that began before the range.
  std::set<std::tuple<uint32_t, int64_t, uint32_t>> spans_before;
  Merging merging;
  uint64_t samples = 0, unknown_tables = 0, costs_without_time = 0;
};

// Processes and threads that lived in the range, whether they were sampled or not; and their ends.
Result<void> Copier::State::read_lives(const Reader& in) {
  std::vector<ProcessEndRow> process_rows(ids.count<ProcessId>());
  std::vector<ThreadEndRow> thread_rows(ids.count<ThreadId>());
  HONE_TRY(in.for_each<ProcessEndRow>([&](const ProcessEndRow& row) {
    if (raw(row.process) < process_rows.size()) process_rows[raw(row.process)] = row;
  }));
  HONE_TRY(in.for_each<ThreadEndRow>([&](const ThreadEndRow& row) {
    if (raw(row.thread) < thread_rows.size()) thread_rows[raw(row.thread)] = row;
  }));
  for (uint32_t i = 1; i < process_rows.size(); ++i) {
    const auto row = ids.row<ProcessRow>(i);
    ProcessEndRow end = process_rows[i];
    if (!overlaps(row.start, end.time)) continue;
    if (options.merge) merging.match(ids, row, i, end.time);
    const uint32_t id = raw(ids.take(ProcessId{i}));
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
    end.time = ids.shifted(end.time);
    if (options.merge && !first) {
      // Both tell of the same time, one maybe of more of it.
      end.cpu = std::max(end.cpu, all.cpu);
      end.status = std::max(end.status, all.status);
      end.exited = std::max(end.exited, all.exited);
      end.time = std::max(end.time, all.time);
    }
    end.peak_memory_bytes = std::max(end.peak_memory_bytes, all.peak_memory_bytes);
    if (options.merge) {
      all = end;
      continue;
    }
    if (!first && (raw(all.cpu) < 0 || raw(end.cpu) < 0)) {
      end.cpu = DurationNs{-1};
    } else if (!first) {
      end.cpu = DurationNs{raw(end.cpu) + raw(all.cpu)};
    }
    all = end;
  }
  for (uint32_t i = 1; i < thread_rows.size(); ++i) {
    const auto row = ids.row<ThreadRow>(i);
    ThreadEndRow end = thread_rows[i];
    if (!overlaps(row.start, end.time)) continue;
    if (options.merge) merging.match(ids, row, i, end.time);
    const uint32_t id = raw(ids.take(ThreadId{i}));
    if (end.thread == ThreadId::kNone) continue;
    end.thread = ThreadId{id};
    end.time = ids.shifted(std::min(end.time, options.to));
    ThreadEndRow& all = thread_ends[id];
    if (options.merge && all.thread != ThreadId::kNone) {
      all.time = std::max(all.time, end.time);
      all.cpu = std::max(all.cpu, end.cpu);
      continue;
    }
    if (!options.whole || all.thread != ThreadId::kNone) end.cpu = DurationNs{-1};
    all = end;
  }
  return in.for_each<UnsampledCpuRow>([&](const UnsampledCpuRow& row) {
    if (!options.whole) return;
    int64_t& sum = unsampled_ns[raw(ids.known(row.process))];
    if (__builtin_add_overflow(sum, raw(row.cpu), &sum)) sum = 0;
  });
}

void Copier::State::note_sample(const SampleRow& from, StackId stack) {
  ++samples;
  if (stack == StackId::kNone || raw(from.stack) >= ids.count<StackId>() || raw(from.weight) < 0)
    return;
  const FrameId leaf = ids.known(ids.row<StackRow>(raw(from.stack)).frame);
  if (self_ns.size() <= raw(leaf)) self_ns.resize(2 * size_t{raw(leaf)} + 64);
  int64_t& sum = self_ns[raw(leaf)];
  if (__builtin_add_overflow(sum, raw(from.weight), &sum)) sum = 0;
}

// What ended in the range, and what had begun and not ended at its end: that is open then.
bool Copier::State::cut(SpanRow& row) {
  if (row.end < options.from) return false;
  const int64_t start = less(raw(row.end), raw(row.duration));
  if (start > raw(options.to)) return false;
  if (row.end > options.to) {
    row.end = options.to;
    row.duration = DurationNs{less(raw(options.to), start)};
    row.flags |= kSpanOpen;
  }
  if (start < raw(options.from)) spans_before.insert({raw(row.thread), start, raw(row.site)});
  return true;
}

bool Copier::State::cut(LockRow& row) const {
  if (row.end < options.from) return false;
  const int64_t to = raw(options.to);
  const int64_t obtained = less(raw(row.end), raw(row.hold));
  const int64_t asked = less(obtained, raw(row.wait));
  if (row.end <= options.to) return true;
  if (asked > to) return false;
  row.end = options.to;
  if (obtained <= to) {
    row.hold = DurationNs{less(to, obtained)};
    row.flags |= kLockStillHeld;
  } else {
    row.wait = DurationNs{less(to, asked)};
    row.hold = {};
    row.flags |= kLockStillWaiting;
  }
  return true;
}

template <class Row>
Result<void> Copier::State::copy_rows(const Reader& in) {
  if (is_apart(Row::kTable)) return {};
  if constexpr (is_of_numbers<Row>()) {
    // By one thread: a chunk at a time, in their order.
    return in.for_each_chunk(Row::kTable, 1, [&](const ChunkRows& chunk) {
      for (uint32_t i = 0; i < chunk.row_count; ++i) {
        Row row;
        size_t column = 0;
        visit(row, [&](auto& field) { put_number(chunk.columns[column++][i], field); });
        copy_row(row);
      }
    });
  } else {
    return in.for_each<Row>([&](const Row& from) { copy_row(from); });
  }
}

template <class Row>
void Copier::State::copy_row(const Row& from) {
  if constexpr (std::is_same_v<Row, CostRow>) {
    // Sums over the whole are not those of a part, and nobody can say which are.
    if (!options.whole) {
      ++costs_without_time;
      return;
    }
  }
  if constexpr (std::is_same_v<Row, WaitRow> || std::is_same_v<Row, SpanRow> ||
                std::is_same_v<Row, LockRow>) {
    Row row = from;
    if (!cut(row)) return;
    ids.renumber(row);
    if (options.merge) merging.note(row);
    out.append(row);
    return;
  } else if constexpr (std::is_same_v<Row, SpanArgumentRow>) {
    // Those of a span bear its start, which may lie before the range.
    const bool is_of_span =
        spans_before.contains({raw(from.thread), raw(from.time), raw(from.site)});
    if (!in_range(from.time) && !is_of_span) return;
  } else if constexpr (requires { from.time; }) {
    if (!in_range(from.time)) return;
  } else if constexpr (requires {
                         from.start;
                         from.end;
                       }) {
    if (!overlaps(from.start, from.end)) return;
  }
  Row row = from;
  ids.renumber(row);
  if constexpr (std::is_same_v<Row, SampleRow>) note_sample(from, row.stack);
  if (options.merge) merging.note(row);
  out.append(row);
}

Result<void> Copier::State::copy_events(const Reader& in) {
  spans_before.clear();
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
    row.start = ids.shifted(std::max(row.start, options.from));
    row.end = ids.shifted(std::min(row.end, options.to));
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
  for (const TrackId id : used) ids.take(id);
  for (CounterRow& row : rows) {
    ids.renumber(row);
    out.append(row);
  }
  return {};
}

// What describes that which events referred to.
Result<void> Copier::State::copy_names(const Reader& in) {
  HONE_TRY(in.for_each<ThreadNameRow>([&](const ThreadNameRow& from) {
    // Names of before the range are those that a thread has in it.
    if (from.time > options.to || ids.known(from.thread) == ThreadId::kNone) return;
    ThreadNameRow row = from;
    row.time = std::max(row.time, options.from);
    ids.renumber(row);
    out.append(row);
  }));
  HONE_TRY(in.for_each<ScriptFunctionRow>([&](ScriptFunctionRow row) {
    if (ids.known(row.module) == ModuleId::kNone) return;
    ids.renumber(row);
    out.append(row);
  }));
  HONE_TRY(in.for_each<ModuleSymbolsRow>([&](ModuleSymbolsRow row) {
    if (ids.known(row.module) == ModuleId::kNone) return;
    ids.renumber(row);
    out.append(row);
  }));
  HONE_TRY(in.for_each<LineRow>([&](LineRow row) {
    if (ids.known(row.frame) == FrameId::kNone) return;
    ids.renumber(row);
    out.append(row);
  }));
  HONE_TRY(in.for_each<CodeRow>([&](CodeRow row) {
    if (ids.known(row.function) == FunctionId::kNone) return;
    ids.renumber(row);
    out.append(row);
  }));
  return in.for_each<CodeLineRow>([&](CodeLineRow row) {
    if (ids.known(row.function) == FunctionId::kNone) return;
    ids.renumber(row);
    out.append(row);
  });
}

Result<void> Copier::State::merge_facts(const Reader& in) {
  std::vector<std::pair<std::string, std::string>> facts;
  HONE_TRY(
      in.for_each<MetaRow>([&](const MetaRow& row) { facts.emplace_back(row.key, row.value); }));
  merging.put_facts(out, facts);
  HONE_TRY(in.for_each<ClockRow>([&](const ClockRow& row) {
    if (merging.input().same_boot) out.append(row);
  }));
  return in.for_each<DiagnosticRow>([&](DiagnosticRow row) {
    row.first_time = ids.shifted(row.first_time);
    out.append(row);
  });
}

Result<void> Copier::State::copy_facts(const Reader& in) {
  if (options.merge) return merge_facts(in);
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

Result<void> Copier::add(const Reader& in, const CopyInput& input) {
  State& s = *state_;
  s.merging.begin(input);
  HONE_TRY(s.ids.read(in, input.shift_ns));
  HONE_TRY(s.copy_facts(in));
  HONE_TRY(s.read_lives(in));
  HONE_TRY(s.copy_events(in));
  HONE_TRY(s.copy_names(in));
  s.note_unknown(in);
  s.merging.end_input();
  return {};
}

void Copier::finish() {
  State& s = *state_;
  for (const auto& [id, row] : s.thread_ends) s.out.append(row);
  for (const auto& [id, row] : s.process_ends) s.out.append(row);
  for (const auto& [id, ns] : s.unsampled_ns) {
    s.out.append(UnsampledCpuRow{.process = ProcessId{id}, .cpu = DurationNs{ns}});
  }
  s.merging.finish(s.out);
  if (s.unknown_tables > 0) {
    s.out.append(DiagnosticRow{.name = "tables_not_copied",
                               .severity = kNotice,
                               .count = s.unknown_tables,
                               .detail = "tables of a newer Hone that this one does not know"});
  }
  if (s.costs_without_time > 0) {
    s.out.append(DiagnosticRow{.name = "costs_without_time",
                               .severity = kNotice,
                               .count = s.costs_without_time,
                               .detail = "sums by stack that do not say when: they are not in a "
                                         "part of a recording"});
  }
}

uint64_t Copier::sample_count() const {
  return state_->samples;
}

std::span<const int64_t> Copier::self_ns_by_frame() const {
  return state_->self_ns;
}

ModuleId Copier::module_of(ModuleId id) const {
  return state_->ids.known(id);
}

}  // namespace hone::recording
