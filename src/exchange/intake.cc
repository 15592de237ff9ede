#include "exchange/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace hone::exchange {
namespace {

// So that no sum of a time and a duration overflows; 146 years.
constexpr int64_t kTimeMost = int64_t{1} << 62;
// 104 days: what lasts longer than a recording can hold is as good as never ended.
constexpr int64_t kDurationMost = int64_t{1} << 53;

// Of a function or a site; those of C++ with many templates are some KiB long.
constexpr size_t kNameMost = size_t{64} << 10;
// What is left is counted by its name, of which a file may choose a part.
constexpr size_t kLeftKindsMost = 8192;
// A pid whose lower half, which is told, is 0.
constexpr int64_t kMoreThreads = int64_t{1} << 62;
constexpr std::string_view kOtherKinds = "import.left_of_other_kinds";

void add_part(std::string& key, StringId part) {
  for (int i = 0; i < 4; ++i) key += static_cast<char>(raw(part) >> (8 * i));
}

void add_number(std::string& key, uint64_t number) {
  for (int i = 0; i < 8; ++i) key += static_cast<char>(number >> (8 * i));
}

}  // namespace

Intake::Intake(recording::Builder builder, NameCode namer, size_t threads_most)
    : builder_(std::move(builder)), namer_(namer), threads_most_(threads_most) {}

ProcessId Intake::process(int64_t pid) {
  const auto [at, added] =
      process_of_.try_emplace(pid, ProcessId{static_cast<uint32_t>(processes_.size())});
  if (added) processes_.push_back({.pid = pid});
  return at->second;
}

ThreadId Intake::thread(int64_t pid, int64_t tid) {
  const Numbers numbers{pid, tid};
  if (last_thread_ != ThreadId::kNone && numbers == last_numbers_) return last_thread_;
  if (threads_.size() > threads_most_ && !thread_of_.contains(numbers)) return more_threads();
  const auto [at, added] =
      thread_of_.try_emplace(numbers, ThreadId{static_cast<uint32_t>(threads_.size())});
  if (added) {
    Thread& made = threads_.emplace_back();
    made.tid = tid;
    made.process = process(pid);
  }
  last_numbers_ = numbers;
  return last_thread_ = at->second;
}

ThreadId Intake::more_threads() {
  left("import.threads_beyond", "times that threads beyond a million were met: all these are one",
       1, recording::kDataLoss);
  if (more_threads_ == ThreadId::kNone) {
    more_threads_ = ThreadId{static_cast<uint32_t>(threads_.size())};
    Thread& made = threads_.emplace_back();
    made.process = process(kMoreThreads);
    made.name = "(more threads)";
    name_process(kMoreThreads, made.name);
  }
  return more_threads_;
}

ThreadId Intake::make_thread() {
  if (threads_.size() > threads_most_) return more_threads();
  threads_.emplace_back();
  return ThreadId{static_cast<uint32_t>(threads_.size() - 1)};
}

void Intake::move_thread(ThreadId made, int64_t pid) {
  if (made != more_threads_) threads_[raw(made)].process = process(pid);
}

void Intake::name_made_thread(ThreadId made, std::string_view name) {
  if (made != more_threads_) threads_[raw(made)].name = name;
}

void Intake::start_by(int64_t pid, int64_t parent) {
  const ProcessId of = process(parent);
  const ProcessId started = process(pid);
  // A process is written behind its parent.
  if (of < started) processes_[raw(started)].parent = of;
}

void Intake::name_process(int64_t pid, std::string_view name) {
  processes_[raw(process(pid))].name = name;
}

void Intake::name_thread(int64_t pid, int64_t tid, std::string_view name) {
  const ThreadId of = thread(pid, tid);
  if (of != more_threads_ || of == ThreadId::kNone) threads_[raw(of)].name = name;
}

void Intake::offer_process_name(int64_t pid, std::string_view name) {
  const auto at = process_of_.find(pid);
  if (at == process_of_.end()) return;
  std::string& known = processes_[raw(at->second)].name;
  if (known.empty()) known = name;
}

void Intake::offer_thread_name(int64_t pid, int64_t tid, std::string_view name) {
  const auto at = thread_of_.find({pid, tid});
  if (at == thread_of_.end()) return;
  std::string& known = threads_[raw(at->second)].name;
  if (known.empty()) known = name;
}

SiteId Intake::site(const Place& place) {
  const StringId name = builder_.string(cut(place.name));
  const StringId category = builder_.string(cut(place.category));
  StringId function{}, file{}, unit{};
  key_.clear();
  add_part(key_, name);
  add_part(key_, category);
  key_ += static_cast<char>(place.kind);
  if (place.color != 0 || place.line != 0 || !place.file.empty() || !place.function.empty() ||
      !place.unit.empty()) {
    function = builder_.string(cut(place.function));
    file = builder_.string(cut(place.file), recording::TextKind::kPath);
    unit = builder_.string(cut(place.unit));
    add_number(key_, uint64_t{place.color} << 32 | place.line);
    add_part(key_, file);
    add_part(key_, function);
    add_part(key_, unit);
  }
  if (const auto known = sites_.find(key_); known != sites_.end()) return known->second;
  const auto id = builder_.append_id<SiteId>(recording::SiteRow{.name = name,
                                                                .kind = place.kind,
                                                                .level = 3,
                                                                .category = category,
                                                                .function = function,
                                                                .file = file,
                                                                .line = place.line,
                                                                .unit = unit,
                                                                .color = place.color});
  sites_.emplace(key_, id);
  held_ +=
      kHeldOfEntry + sizeof(std::string) + key_.size() + place.name.size() + place.function.size();
  return id;
}

bool Intake::see(ThreadId thread, TimeNs time) {
  if (raw(time) < 0 || raw(time) >= kTimeMost) {
    left("import.time_out_of_range", "events whose time a recording cannot hold are left out", 1,
         recording::kDataLoss);
    return false;
  }
  saw(thread, time);
  return true;
}

void Intake::saw(ThreadId thread, TimeNs time) {
  if (raw(time) < 0 || raw(time) >= kTimeMost) return;
  Thread& of = threads_[raw(thread)];
  of.first = std::min(of.first, time);
  first_ = std::min(first_, time);
  last_ = std::max(last_, time);
}

void Intake::span(ThreadId thread, TimeNs start, DurationNs duration, SiteId site) {
  if (raw(duration) < 0) {
    left("import.negative_duration", "spans that end before they begin are left out", 1,
         recording::kDataLoss);
    return;
  }
  if (!see(thread, start)) return;
  duration = std::min(duration, DurationNs{kDurationMost});
  last_ = std::max(last_, start + duration);
  ++waiting_spans_;
  threads_[raw(thread)].spans.add(start, duration, site);
}

void Intake::open_span(ThreadId thread, TimeNs start, SiteId site) {
  if (!see(thread, start)) return;
  ++waiting_spans_;
  threads_[raw(thread)].spans.add_open(start, site);
}

void Intake::nested_spans(ThreadId thread, std::span<const Nested> spans) {
  for (const Nested& each : spans) {
    if (each.end < each.start || raw(each.end) - raw(each.start) > kDurationMost) {
      span(thread, each.start, each.end - each.start, each.site);
      continue;
    }
    if (!see(thread, each.start)) continue;
    last_ = std::max(last_, each.end);
    builder_.append(recording::SpanRow{.thread = thread,
                                       .end = each.end,
                                       .duration = each.end - each.start,
                                       .site = each.site,
                                       .depth = each.depth,
                                       .flags = each.flags});
  }
}

void Intake::message(ThreadId thread, TimeNs time, SiteId site) {
  if (see(thread, time)) {
    builder_.append(recording::MessageRow{.thread = thread, .time = time, .site = site});
  }
}

void Intake::plot(ThreadId thread, TimeNs time, SiteId site, double value) {
  if (see(thread, time)) {
    builder_.append(
        recording::PlotRow{.thread = thread, .time = time, .site = site, .value = value});
  }
}

void Intake::flow(ThreadId thread, TimeNs time, SiteId site, uint64_t id, uint8_t kind) {
  if (see(thread, time)) {
    builder_.append(
        recording::FlowRow{.thread = thread, .time = time, .site = site, .id = id, .kind = kind});
  }
}

// Ids are given in the order in which texts first come.
StringId Intake::string(std::string_view text) {
  const StringId id = builder_.string(text);
  if (id > last_string_) {
    last_string_ = id;
    held_ += kHeldOfEntry + text.size();
  }
  return id;
}

void Intake::argument(ThreadId thread, TimeNs time, SiteId site, std::string_view key, uint8_t type,
                      uint64_t value, StringId text) {
  builder_.append(recording::SpanArgumentRow{.thread = thread,
                                             .time = time,
                                             .site = site,
                                             .key = string(key),
                                             .type = type,
                                             .value = value,
                                             .text = text});
}

void Intake::number(ThreadId thread, TimeNs time, SiteId site, std::string_view key, double value) {
  argument(thread, time, site, key, HONE_ARGUMENT_REAL, std::bit_cast<uint64_t>(value),
           StringId::kNone);
}

void Intake::number(ThreadId thread, TimeNs time, SiteId site, std::string_view key,
                    int64_t value) {
  argument(thread, time, site, key, HONE_ARGUMENT_INTEGER, static_cast<uint64_t>(value),
           StringId::kNone);
}

void Intake::number(ThreadId thread, TimeNs time, SiteId site, std::string_view key,
                    uint64_t value) {
  argument(thread, time, site, key, HONE_ARGUMENT_UNSIGNED, value, StringId::kNone);
}

void Intake::address(ThreadId thread, TimeNs time, SiteId site, std::string_view key,
                     uint64_t value) {
  argument(thread, time, site, key, HONE_ARGUMENT_ADDRESS, value, StringId::kNone);
}

void Intake::truth(ThreadId thread, TimeNs time, SiteId site, std::string_view key, bool value) {
  argument(thread, time, site, key, HONE_ARGUMENT_BOOLEAN, value ? 1 : 0, StringId::kNone);
}

void Intake::text(ThreadId thread, TimeNs time, SiteId site, std::string_view key,
                  std::string_view text) {
  argument(thread, time, site, key, HONE_ARGUMENT_STRING, 0, string(text));
}

void Intake::text(ThreadId thread, TimeNs time, SiteId site, std::string_view key, StringId text) {
  argument(thread, time, site, key, HONE_ARGUMENT_STRING, 0, text);
}

FrameId Intake::code(std::string_view function, std::string_view module, std::string_view file,
                     uint32_t line) {
  const ModuleId of = places_.module(cut(module));
  return places_.frame(
      {.module = of, .name = function.empty() ? "[unknown]" : cut(function), .file = cut(file)},
      line);
}

void Intake::sample(ThreadId thread, TimeNs time, StackId stack, DurationNs weight) {
  sample({.time = time, .thread = thread, .stack = stack, .weight = weight, .cpu = UINT16_MAX});
}

void Intake::sample(const recording::SampleRow& row) {
  if (!see(row.thread, row.time)) return;
  ++samples_;
  builder_.append(row);
}

void Intake::wait(const recording::WaitRow& row) {
  if (!see(row.thread, row.time)) return;
  last_ = std::max(last_, row.until);
  builder_.append(row);
}

void Intake::name_code(std::span<const CodeModule> modules,
                       std::span<const int64_t> self_ns_by_frame) {
  if (namer_ != nullptr) namer_(builder_, modules, self_ns_by_frame);
}

MetricId Intake::metric(std::string_view name, std::string_view title, recording::TrackUnit unit) {
  const auto [at, added] = metrics_.try_emplace(std::string(name), MetricId::kNone);
  if (added) {
    at->second =
        builder_.append_id<MetricId>(recording::MetricRow{.name = builder_.string(name),
                                                          .title = builder_.string(title),
                                                          .unit = static_cast<uint8_t>(unit)});
  }
  return at->second;
}

void Intake::cost(ThreadId thread, StackId stack, MetricId metric, int64_t value, uint64_t count) {
  if (value < 0) {
    left("import.negative_cost", "sums of less than nothing are left out", 1, recording::kDataLoss);
    return;
  }
  builder_.append(recording::CostRow{
      .metric = metric, .stack = stack, .thread = thread, .value = value, .count = count});
}

void Intake::measurement(const Measured& one) {
  builder_.append(recording::MeasurementRow{.benchmark = builder_.string(one.benchmark),
                                            .parameters = builder_.string(one.parameters),
                                            .repetition = one.repetition,
                                            .metric = builder_.string(one.metric),
                                            .unit = builder_.string(one.unit),
                                            .value = one.value,
                                            .iterations = one.iterations});
}

void Intake::left(std::string_view name, std::string_view detail, uint64_t count,
                  uint8_t severity) {
  if (count == 0) return;
  const auto at = left_by_name_.find(name);
  Count& of = at != left_by_name_.end() ? *at->second : count_of(name, detail, severity);
  of.count += count;
}

Intake::Count& Intake::count_of(std::string_view name, std::string_view detail, uint8_t severity) {
  if (left_.size() >= kLeftKindsMost) {
    const auto others = left_by_name_.find(kOtherKinds);
    if (others != left_by_name_.end()) {
      others->second->severity = std::max(others->second->severity, severity);
      return *others->second;
    }
    name = kOtherKinds;
    detail = "what was left of so many kinds that they are not told one by one";
  }
  Count& made = left_.emplace_back(Count{std::string(name), std::string(detail), 0, severity});
  left_by_name_.emplace(made.name, &made);
  return made;
}

std::string_view Intake::cut(std::string_view text) {
  if (text.size() <= kNameMost) return text;
  left("import.names_cut",
       "uses of names that are longer than 64 KiB, of which the rest is cut off");
  return text.substr(0, kNameMost);
}

void Intake::fact(std::string_view key, std::string_view value) {
  builder_.append(recording::MetaRow{.key = key, .value = value});
}

void Intake::write_processes() {
  for (size_t i = 1; i < threads_.size(); ++i) {
    const Thread& thread = threads_[i];
    Process& process = processes_[raw(thread.process)];
    process.first = std::min(process.first, thread.first);
  }
  // Of what was only named: the beginning of the recording.
  const TimeNs beginning = first_ <= last_ ? first_ : TimeNs{};
  const auto known = [&](TimeNs time) { return raw(time) == INT64_MAX ? beginning : time; };
  for (size_t i = 1; i < processes_.size(); ++i) {
    const Process& process = processes_[i];
    builder_.append(recording::ProcessRow{.pid = static_cast<uint32_t>(process.pid),
                                          .parent = process.parent,
                                          .start = known(process.first),
                                          .name = builder_.string(process.name),
                                          .command = StringId::kNone});
  }
  for (size_t i = 1; i < threads_.size(); ++i) {
    const Thread& thread = threads_[i];
    builder_.append(recording::ThreadRow{.process = thread.process,
                                         .tid = static_cast<uint32_t>(thread.tid),
                                         .start = known(thread.first),
                                         .name = builder_.string(thread.name)});
  }
}

Result<void> Intake::finish() {
  for (size_t i = 1; i < threads_.size(); ++i) {
    if (threads_[i].spans.empty()) continue;
    const auto written =
        threads_[i].spans.write(builder_, ThreadId{static_cast<uint32_t>(i)}, last_);
    left("import.not_nested",
         "spans that overlap others of their thread stand beside them, as not nested",
         written.not_nested);
    left("import.never_ended", "spans have no end in the file: they are open until its last event",
         written.open);
  }
  write_processes();
  if (last_ >= first_) {
    fact("run.start_ns", fmt::format("{}", raw(first_)));
    fact("run.wall_ns", fmt::format("{}", raw(last_ - first_)));
  }
  if (samples_ == 0) fact("sampler.name", "none");
  for (const Count& each : left_) {
    builder_.append(recording::DiagnosticRow{
        .name = each.name, .severity = each.severity, .count = each.count, .detail = each.detail});
  }
  return builder_.writer().finish();
}

}  // namespace hone::exchange
