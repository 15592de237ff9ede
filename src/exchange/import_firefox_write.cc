// What becomes of the columns of Firefox Profiler's format.
#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "exchange/import_firefox_parts.h"
#include "exchange/stack_table.h"

namespace hone::exchange::firefox_import {
namespace {

constexpr double kNsOfAMillisecond = 1e6;
constexpr int64_t kMadeUpIds = int64_t{1} << 31;  // numbers from here on are ours
enum Phase : int64_t { kInstant = 0, kInterval = 1, kIntervalStart = 2, kIntervalEnd = 3 };

int64_t at_or_none(const std::vector<int64_t>& column, int64_t i) {
  return i >= 0 && static_cast<size_t>(i) < column.size() ? column[static_cast<size_t>(i)] : kNone;
}

std::string_view text_at(const std::vector<std::string>& texts, int64_t i) {
  return i >= 0 && static_cast<size_t>(i) < texts.size()
             ? std::string_view(texts[static_cast<size_t>(i)])
             : std::string_view();
}

bool whole_id(std::string_view text, int64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= 0 && out < kMadeUpIds;
}

int64_t rounded(double value) {
  return std::abs(value) < 0x1p62 ? std::llround(value) : 0;
}

}  // namespace

// Two of one number, and those that have none, are told apart by numbers that are made up.
ThreadId Writer::thread_of(const ThreadColumns& of) {
  int64_t pid = 0, tid = 0;
  if (!whole_id(of.pid, pid)) {
    pid = pids_.try_emplace(of.pid, kMadeUpIds + static_cast<int64_t>(pids_.size())).first->second;
  }
  if (!whole_id(of.tid, tid) ||
      !used_.insert(static_cast<uint64_t>(pid) << 32 | static_cast<uint64_t>(tid)).second) {
    tid = kMadeUpIds + static_cast<int64_t>(threads_.size());
  }
  const ThreadId thread = to_.thread(pid, tid);
  to_.name_thread(pid, tid, of.name);
  if (!of.process_name.empty()) to_.name_process(pid, of.process_name);
  threads_.push_back(thread);
  return thread;
}

FrameId Writer::frame_of(const Tables& of, const Tables& texts, size_t frame) {
  const int64_t func = of.frame_func[frame];
  const std::string_view name = text_at(texts.texts, at_or_none(of.func_name, func));
  std::string_view file = text_at(texts.texts, at_or_none(of.func_file, func));
  if (file.empty()) {
    const auto& sources = of.source_name.empty() ? shared_.source_name : of.source_name;
    file = text_at(texts.texts, at_or_none(sources, at_or_none(of.func_source, func)));
  }
  int64_t lib = at_or_none(of.frame_lib, static_cast<int64_t>(frame));
  if (lib < 0) lib = at_or_none(of.resource_lib, at_or_none(of.func_resource, func));
  std::string_view module = text_at(libs_, lib);
  if (module.empty()) module = file;
  int64_t line = at_or_none(of.frame_line, static_cast<int64_t>(frame));
  if (line <= 0) line = at_or_none(of.func_line, func);
  return to_.code(name.empty() ? "[unknown]" : name, module, file,
                  line > 0 && line < UINT32_MAX ? static_cast<uint32_t>(line) : 0);
}

std::vector<StackId> Writer::stacks_of_tables(const Tables& of) {
  const Tables& texts = of.texts.empty() ? shared_ : of;
  std::vector<FrameId> frames(of.frame_func.size());
  for (size_t i = 0; i < frames.size(); ++i) frames[i] = frame_of(of, texts, i);
  std::vector<StackRow> rows(of.stack_frame.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t frame = of.stack_frame[i];
    if (frame >= 0 && static_cast<size_t>(frame) < frames.size()) {
      rows[i].frame = frames[static_cast<size_t>(frame)];
    } else {
      to_.left("import.no_such_frame", "frames that are not in the table are left out", 1,
               recording::kDataLoss);
    }
    int64_t prefix = at_or_none(of.stack_prefix, static_cast<int64_t>(i));
    const int64_t offset = at_or_none(of.stack_prefix_offset, static_cast<int64_t>(i));
    if (offset > 0) {
      // One before the first row is none that is there.
      prefix = offset <= static_cast<int64_t>(i) ? static_cast<int64_t>(i) - offset : INT64_MAX;
    }
    if (prefix >= 0) {
      rows[i].parent = static_cast<uint32_t>(std::min<int64_t>(prefix, UINT32_MAX - 1));
    }
  }
  return stacks_of(rows, to_);
}

void Writer::write(const ThreadColumns& of) {
  const ThreadId thread = thread_of(of);
  std::vector<StackId> own;
  const bool has_own = !of.tables.stack_frame.empty();
  if (has_own) {
    own = stacks_of_tables(of.tables);
  } else if (!has_shared_stacks_) {
    shared_stacks_ = stacks_of_tables(shared_);
    has_shared_stacks_ = true;
  }
  const std::vector<StackId>& stacks = has_own ? own : shared_stacks_;
  if (of.samples.weight_type == "bytes" || meta_.time_unit == "bytes") {
    write_costs(of.samples, thread, stacks, false);
  } else {
    write_samples(of.samples, thread, stacks);
  }
  if (of.allocations.stack.size() > 0) write_costs(of.allocations, thread, stacks, true);
  write_markers(of.markers, thread, of.tables.texts.empty() ? shared_ : of.tables);
}

// In ns. Of Firefox and samply the CPU time since the sample before; of imported profiles what they
// say; else the usual interval.
int64_t Writer::weight_of(const SampleColumns& of, const SampleReader& at) {
  const double weight = std::isfinite(at.weight) ? at.weight : 1;
  const double ns_of_cpu = meta_.cpu_unit == "ns"                                  ? 1
                           : meta_.cpu_unit == "\u00b5s" || meta_.cpu_unit == "us" ? 1e3
                                                                                   : 0;
  double ns = weight * meta_.interval_ms * kNsOfAMillisecond;
  if (of.weight_type == "tracing-ms") {
    ns = weight * kNsOfAMillisecond;
  } else if (ns_of_cpu > 0 && at.index < of.cpu.size()) {
    // The first has no sample before it.
    ns = at.index > 0 && std::isfinite(at.cpu) ? at.cpu * ns_of_cpu : 0;
  } else {
    to_.left(
        "import.weight_estimated",
        "samples stand for the usual time between two: the file does not say how long each ran");
  }
  if (ns >= 0) return rounded(ns);
  to_.left("import.negative_weight", "samples that weigh less than nothing weigh nothing");
  return 0;
}

void Writer::write_samples(const SampleColumns& of, ThreadId thread,
                           const std::vector<StackId>& stacks) {
  for (SampleReader at(of); at.next();) {
    if (at.time == kNoTime) {
      to_.left("import.sample_without_time", "samples without a time are left out", 1,
               recording::kDataLoss);
      continue;
    }
    const int64_t stack = at.stack;
    const bool is_there = stack >= 0 && static_cast<size_t>(stack) < stacks.size();
    if (stack >= 0 && !is_there) {
      to_.left("import.no_such_stack", "stacks that are not in the table are taken as not known");
    }
    to_.sample(thread, TimeNs{at.time},
               is_there ? stacks[static_cast<size_t>(stack)] : StackId::kNone,
               DurationNs{weight_of(of, at)});
    has_samples_ = true;
  }
}

// Sizes: what was released again is less than nothing, and no sum of what was allocated.
void Writer::write_costs(const SampleColumns& of, ThreadId thread,
                         const std::vector<StackId>& stacks, bool of_allocations) {
  const MetricId metric =
      of_allocations ? to_.metric("alloc-bytes", "Allocated bytes", recording::TrackUnit::kBytes)
                     : to_.metric("bytes", "Bytes", recording::TrackUnit::kBytes);
  for (SampleReader at(of); at.next();) {
    const double weight = std::isfinite(at.weight) ? at.weight : 0;
    if (weight < 0) {
      to_.left("import.releases", "what was released is not taken off what was allocated");
      continue;
    }
    const int64_t stack = at.stack;
    const bool is_there = stack >= 0 && static_cast<size_t>(stack) < stacks.size();
    if (const int64_t bytes = rounded(weight); bytes > 0) {
      to_.cost(thread, is_there ? stacks[static_cast<size_t>(stack)] : StackId::kNone, metric,
               bytes, of_allocations ? 1 : 0);
    }
  }
}

void Writer::write_payload(std::string_view payload, ThreadId thread, TimeNs time, SiteId site,
                           const Tables& texts) {
  JsonScan type_at(payload, true);
  std::string_view key, raw;
  std::string type;
  if (!type_at.open('{')) return;
  while (type_at.key(key)) {
    if (key == "type" && type_at.peek() == '"') {
      if (type_at.text(raw)) type = plain(raw, room_);
    } else {
      type_at.skip();
    }
  }
  JsonScan at(payload, true);
  if (!at.open('{')) return;
  while (at.key(key)) {
    const char first = at.peek();
    raw = at.value();
    if (raw.empty() || key == "type" || key == "cause" || key == "stack") continue;
    const std::string_view name = plain(key, room_);
    int64_t whole = 0;
    double value = 0;
    if (first == '"') {
      to_.text(thread, time, site, name, plain(raw.substr(1, raw.size() - 2), other_room_));
    } else if (first == 't' || first == 'f') {
      to_.truth(thread, time, site, name, first == 't');
    } else if (first == '{' || first == '[') {
      to_.text(thread, time, site, name, raw);
    } else if (!real(raw, value)) {
      continue;  // null
    } else if (raw.find_first_of(".eEnN") != raw.npos || !decimal(raw, 1, whole)) {
      to_.number(thread, time, site, name, value);
    } else if (meta_.text_fields.contains(type + "/" + std::string(name))) {
      to_.text(thread, time, site, name, text_at(texts.texts, whole));
    } else {
      to_.number(thread, time, site, name, whole);
    }
  }
}

void Writer::write_markers(const MarkerColumns& of, ThreadId thread, const Tables& texts) {
  std::unordered_map<int64_t, std::vector<std::pair<TimeNs, SiteId>>> open;  // by name
  for (size_t i = 0; i < of.name.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const int64_t start = i < of.start.size() ? of.start[i] : kNoTime;
    const int64_t end = i < of.end.size() ? of.end[i] : kNoTime;
    int64_t phase = at_or_none(of.phase, row);
    if (phase == kNone) phase = end == kNoTime ? kInstant : kInterval;
    const int64_t time = phase == kIntervalEnd ? end : start;
    if (time == kNoTime || (phase == kInterval && end == kNoTime)) {
      to_.left("import.marker_without_time", "markers without a time are left out", 1,
               recording::kDataLoss);
      continue;
    }
    const std::string_view name = text_at(texts.texts, of.name[i]);
    const std::string_view category = text_at(meta_.categories, at_or_none(of.category, row));
    const SiteId site = to_.site(
        {.name = name.empty() ? "[unknown]" : name,
         .category = category == "Other" ? "" : category,
         .kind = phase == kInstant ? uint8_t{HONE_SITE_MESSAGE} : uint8_t{HONE_SITE_SPAN}});
    const TimeNs at{time};
    if (phase == kInstant) {
      to_.message(thread, at, site);
    } else if (phase == kInterval) {
      int64_t duration = 0;
      if (__builtin_sub_overflow(end, start, &duration)) duration = -1;
      to_.span(thread, at, DurationNs{duration}, site);
    } else if (phase == kIntervalStart) {
      open[of.name[i]].push_back({at, site});
    } else if (auto& begun = open[of.name[i]]; !begun.empty()) {
      to_.span(thread, begun.back().first, at - begun.back().first, begun.back().second);
      begun.pop_back();
      continue;
    } else {
      to_.left("import.end_without_begin", "ends of spans whose beginning is not there", 1,
               recording::kDataLoss);
      continue;
    }
    write_payload(of.payload(i), thread, at, site, texts);
  }
  for (const auto& [name, begun] : open) {
    for (const auto& [at, site] : begun) to_.open_span(thread, at, site);
  }
}

// Each value is by how much it differs from the one before.
void Writer::write(const CounterColumns& of) {
  const bool is_there = of.thread >= 0 && static_cast<size_t>(of.thread) < threads_.size();
  if (!is_there) {
    to_.left("import.counter_without_thread", "values of counters that name no thread",
             of.count.size(), recording::kDataLoss);
    return;
  }
  TimeReader times(of.times);
  const SiteId site =
      to_.site({.name = of.name,
                .category = of.category == "Other" ? "" : std::string_view(of.category),
                .unit = of.category == "Memory" ? "bytes" : "",
                .kind = HONE_SITE_PLOT});
  double sum = 0, more = 0;
  for (PackedReals::Reader counts(of.count); counts.next(more);) {
    if (std::isfinite(more)) sum += more;
    const int64_t time = times.next();
    if (time == kNoTime) continue;
    to_.plot(threads_[static_cast<size_t>(of.thread)], TimeNs{time}, site, sum);
  }
}

}  // namespace hone::exchange::firefox_import
