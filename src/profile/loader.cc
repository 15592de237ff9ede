#include "profile/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace hone::profile {
namespace {

using recording::Table;

constexpr uint64_t kRowsMax = std::numeric_limits<uint32_t>::max() - 1;
// All weights together stay under this, so that no sum over samples can overflow.
constexpr int64_t kWeightSumMax = std::numeric_limits<int64_t>::max() / 4;
// One account: 104 days. All together stay under kWeightSumMax, too.
constexpr int64_t kCpuMax = int64_t{1} << 53;
constexpr size_t kHeapBytes = 64 << 10;

}  // namespace

Loader::Loader(Tables tables) : tables_(std::move(tables)), cpu_left_(kWeightSumMax) {}

Result<Profile> Loader::build(Tables tables, const Profile::Symboliser* symboliser) {
  Loader loader(std::move(tables));
  HONE_TRY(loader.check_limits());
  loader.read_strings();
  loader.read_meta();
  loader.read_modules();
  loader.read_processes();
  loader.read_threads();
  loader.read_frames();
  loader.take_stacks();
  loader.take_samples();
  loader.read_waits();
  loader.read_sites();
  loader.read_spans();
  loader.read_gpu();
  loader.read_marks();
  loader.read_locks();
  loader.read_allocations();
  loader.read_costs();
  loader.read_measurements();
  loader.read_functions();
  loader.read_lines();
  loader.profile_.symbolised_ = !loader.line_rows_.empty();
  if (symboliser != nullptr && !loader.profile_.symbolised_ && loader.profile_.frames_.size() > 1) {
    loader.take_late_symbols((*symboliser)(loader.profile_));
  }
  loader.name_functions();
  loader.merge_functions();
  loader.layout_lines();
  loader.read_code();
  loader.read_pauses();
  loader.read_tracks();
  loader.read_counters();
  loader.read_diagnostics();
  return std::move(loader.profile_);
}

Result<void> Loader::check_rows(uint64_t row_count) {
  if (row_count <= kRowsMax) return {};
  return fail(
      hone::Code::LimitExceeded,
      fmt::format("the recording has a table of {} rows, more than ids can number", row_count));
}

Result<void> Loader::check_limits() const {
  for (const recording::Columns& table : tables_.columns) HONE_TRY(check_rows(table.row_count));
  HONE_TRY(check_rows(tables_.stacks.size() - 1));
  return check_rows(tables_.samples.size());
}

void Loader::read_strings() {
  recording::Columns& rows = tables_[Table::kStrings];
  profile_.strings_.reserve(rows.row_count + 1);
  profile_.strings_.push_back({});
  if (rows.row_count == 0) return;
  recording::Column& column = rows.columns[0];
  // Moving a vector keeps its memory where it is, so the views made afterwards stay valid.
  profile_.string_heaps_.push_back(std::move(column.heap));
  const std::vector<char>& heap = profile_.string_heaps_.back();
  uint64_t begin = 0;
  for (size_t i = 0; i < rows.row_count; ++i) {
    const uint64_t end = column.numbers[i];
    profile_.strings_.emplace_back(heap.data() + begin, static_cast<size_t>(end - begin));
    begin = end;
  }
}

TimeNs Loader::believable(TimeNs time) {
  return std::clamp(time, TimeNs{0}, TimeNs{std::numeric_limits<int64_t>::max() / 4});
}

StringId Loader::intern(std::string_view text) {
  std::vector<std::vector<char>>& heaps = profile_.string_heaps_;
  // A heap never grows beyond what it reserved: growing would move the texts of earlier views.
  if (heaps.empty() || heaps.back().capacity() - heaps.back().size() < text.size()) {
    heaps.emplace_back().reserve(std::max(kHeapBytes, text.size()));
  }
  std::vector<char>& heap = heaps.back();
  const size_t at = heap.size();
  heap.insert(heap.end(), text.begin(), text.end());
  profile_.strings_.emplace_back(heap.data() + at, text.size());
  return StringId{static_cast<uint32_t>(profile_.strings_.size() - 1)};
}

void Loader::read_meta() {
  std::unordered_map<std::string, size_t> at;
  tables_.for_each<recording::MetaRow>([&](const recording::MetaRow& row, size_t) {
    const auto [found, added] = at.emplace(row.key, profile_.meta_.size());
    if (added) {
      profile_.meta_.emplace_back(row.key, row.value);
    } else {
      profile_.meta_[found->second].second = row.value;
    }
  });
}

void Loader::read_modules() {
  profile_.modules_.resize(1);
  tables_.for_each<recording::ModuleRow>([&](const recording::ModuleRow& row, size_t) {
    Module& module = profile_.modules_.emplace_back();
    module.path = string_id(row.path);
    module.build_id = row.build_id;
    module.kind = row.kind;
    module.arch = row.arch;
    module.image_base = row.image_base;
  });
  using SymbolsRow = recording::ModuleSymbolsRow;
  tables_.for_each<SymbolsRow>([&](const SymbolsRow& row, size_t) {
    const ModuleId id = checked(row.module, profile_.modules_.size());
    if (id == ModuleId::kNone) return;
    Module& module = profile_.modules_[raw(id)];
    module.symbol_state = row.state;
    module.optimised = row.optimised != 0;
    module.debug_file = string_id(row.debug_file);
    module.producer = string_id(row.producer);
    module.missing = string_id(row.missing);
  });
}

void Loader::read_processes() {
  std::vector<Process>& processes = profile_.processes_;
  processes.resize(1);
  const size_t count = tables_[Table::kProcesses].row_count + 1;
  tables_.for_each<recording::ProcessRow>([&](const recording::ProcessRow& row, size_t) {
    Process& process = processes.emplace_back();
    process.pid = row.pid;
    process.parent = checked(row.parent, count);
    process.start = believable(row.start);
    process.name = string_id(row.name);
    process.command = string_id(row.command);
  });
  tables_.for_each<recording::ProcessEndRow>([&](const recording::ProcessEndRow& row, size_t) {
    const ProcessId id = checked(row.process, processes.size());
    if (id == ProcessId::kNone) return;
    Process& process = processes[raw(id)];
    process.end = believable(row.time);
    process.exited = row.exited != 0;
    process.status = row.status;
    process.cpu_ns = accountable(raw(row.cpu)) ? raw(row.cpu) : -1;
    process.peak_memory_bytes = row.peak_memory_bytes;
  });
  using UnsampledRow = recording::UnsampledCpuRow;
  tables_.for_each<UnsampledRow>([&](const UnsampledRow& row, size_t) {
    const ProcessId id = checked(row.process, processes.size());
    const int64_t ns = raw(row.cpu);
    if (id == ProcessId::kNone || ns == std::numeric_limits<int64_t>::min()) return;
    if (accountable(std::abs(ns))) processes[raw(id)].unsampled_ns += ns;
  });
}

bool Loader::accountable(int64_t ns) {
  if (ns < 0 || ns > kCpuMax || ns > cpu_left_) return false;
  cpu_left_ -= ns;
  return true;
}

void Loader::read_threads() {
  std::vector<Thread>& threads = profile_.threads_;
  threads.resize(1);
  tables_.for_each<recording::ThreadRow>([&](const recording::ThreadRow& row, size_t) {
    Thread& thread = threads.emplace_back();
    thread.process = checked(row.process, profile_.processes_.size());
    thread.tid = row.tid;
    thread.start = believable(row.start);
    thread.name = string_id(row.name);
  });
  // Rows may come in any order of time; the latest name counts, of those that the program gave if
  // there are any.
  std::vector<TimeNs> named_at(threads.size(), TimeNs{INT64_MIN});
  std::vector<bool> is_given(threads.size());
  std::vector<TimeNs> process_named_at(profile_.processes_.size(), TimeNs{INT64_MIN});
  tables_.for_each<recording::ThreadNameRow>([&](const recording::ThreadNameRow& row, size_t) {
    const ThreadId id = checked(row.thread, threads.size());
    if (id == ThreadId::kNone) return;
    Thread& thread = threads[raw(id)];
    const StringId name = string_id(row.name);
    const bool given = row.exec == recording::kNameGiven;
    if (given != is_given[raw(id)] ? given : row.time >= named_at[raw(id)]) {
      named_at[raw(id)] = row.time;
      thread.name = name;
      is_given[raw(id)] = given;
    }
    if (given) return;
    Process& process = profile_.processes_[raw(thread.process)];
    const bool names_process = row.exec == recording::kNameByExec || thread.tid == process.pid;
    if (names_process && thread.process != ProcessId::kNone &&
        row.time >= process_named_at[raw(thread.process)]) {
      process_named_at[raw(thread.process)] = row.time;
      process.name = name;
    }
  });
  tables_.for_each<recording::ThreadEndRow>([&](const recording::ThreadEndRow& row, size_t) {
    const ThreadId id = checked(row.thread, threads.size());
    if (id == ThreadId::kNone) return;
    threads[raw(id)].end = believable(row.time);
    threads[raw(id)].cpu_ns = accountable(raw(row.cpu)) ? raw(row.cpu) : -1;
  });
}

void Loader::read_frames() {
  Frames& frames = profile_.frames_;
  const recording::Columns& frame_rows = tables_[Table::kFrames];
  frames.module.reserve(frame_rows.row_count + 1);
  frames.address.reserve(frame_rows.row_count + 1);
  frames.module.push_back(ModuleId::kNone);
  frames.address.push_back(0);
  tables_.for_each<recording::FrameRow>([&](const recording::FrameRow& row, size_t) {
    frames.module.push_back(checked(row.module, profile_.modules_.size()));
    frames.address.push_back(row.address);
  });
  frames.first_line.assign(frames.size() + 1, 0);
}

void Loader::take_stacks() {
  Stacks& stacks = profile_.stacks_;
  stacks = std::move(tables_.stacks);
  const size_t frames = profile_.frames_.size();
  for (size_t i = 1; i < stacks.size(); ++i) {
    // A parent is written before its children, so one that is not earlier is damage; refusing it
    // also rules out cycles.
    if (raw(stacks.parent[i]) >= i) {
      ++bad_stacks_;
      stacks.parent[i] = StackId::kNone;
    }
    stacks.frame[i] = checked(stacks.frame[i], frames);
  }
}

void Loader::take_samples() {
  Samples& samples = profile_.samples_;
  samples = std::move(tables_.samples);
  const size_t threads = profile_.threads_.size();
  const size_t stacks = profile_.stacks_.size();
  for (TimeNs& time : samples.time) time = believable(time);
  for (ThreadId& thread : samples.thread) thread = checked(thread, threads);
  for (StackId& stack : samples.stack) stack = checked(stack, stacks);
  int64_t sum = 0;
  for (int64_t& weight : samples.weight_ns) {
    if (weight < 0 || weight > kWeightSumMax - sum) {
      ++bad_weights_;
      weight = 0;
    }
    sum += weight;
  }
}

void Loader::count(std::string_view name, uint8_t severity, uint64_t times,
                   std::string_view detail) {
  if (times == 0) return;
  profile_.diagnostics_.push_back({.name = std::string(name),
                                   .detail = std::string(detail),
                                   .severity = severity,
                                   .count = times,
                                   .first_time = {}});
}

// Parts of a recording that were joined say each its own share of a pause: they are one again.
void Loader::read_pauses() {
  std::vector<Pause> all;
  tables_.for_each<recording::PauseRow>([&](const recording::PauseRow& row, size_t) {
    if (raw(row.start) >= 0 && row.start < row.end)
      all.push_back({believable(row.start), believable(row.end), row.cause});
  });
  std::sort(all.begin(), all.end(),
            [](const Pause& a, const Pause& b) { return a.start < b.start; });
  for (const Pause& pause : all) {
    std::vector<Pause>& kept = profile_.pauses_;
    if (!kept.empty() && pause.start <= kept.back().end) {
      kept.back().end = std::max(kept.back().end, pause.end);
    } else {
      kept.push_back(pause);
    }
  }
}

void Loader::read_diagnostics() {
  std::unordered_map<std::string, size_t> at;
  std::vector<Diagnostic>& all = profile_.diagnostics_;
  tables_.for_each<recording::DiagnosticRow>([&](const recording::DiagnosticRow& row, size_t) {
    const auto [found, added] = at.emplace(row.name, all.size());
    if (added) {
      all.push_back({.name = std::string(row.name),
                     .detail = std::string(row.detail),
                     .severity = row.severity,
                     .count = row.count,
                     .first_time = row.first_time});
      return;
    }
    Diagnostic& known = all[found->second];
    const uint64_t room = std::numeric_limits<uint64_t>::max() - known.count;
    known.count += std::min(row.count, room);
    known.severity = std::max(known.severity, row.severity);
    if (raw(row.first_time) != 0 &&
        (raw(known.first_time) == 0 || row.first_time < known.first_time)) {
      known.first_time = row.first_time;
    }
  });
  using recording::kDataLoss;
  count("load.id_out_of_range", kDataLoss, bad_ids_,
        "the recording refers to things that it does not hold; they are shown as unknown");
  count("load.stack_order", kDataLoss, bad_stacks_,
        "stacks whose caller comes after them; they are shown without callers");
  count("load.weight_out_of_range", kDataLoss, bad_weights_,
        "samples whose weight is negative or makes the sum overflow; they count as zero");
  count("load.counter_out_of_order", recording::kNotice, bad_readings_,
        "readings of counters that go back, in time or in what only grows; they are left out");
  count("load.lines_repeated", recording::kNotice, repeated_lines_,
        "symbols that were given twice for one place; the first are used");
}

}  // namespace hone::profile
