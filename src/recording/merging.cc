#include "recording/merging.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace hone::recording {
namespace {

// Facts that are numbers of things, or of time that was spent.
bool is_sum(std::string_view key) {
  constexpr std::string_view kSums[] = {"cost.recorder_cpu_ns",
                                        "cost.samples_taken",
                                        "cost.tables_compiled",
                                        "cost.tables_compile_ns",
                                        "samples.lost",
                                        "samples.of_pauses",
                                        "spans.programs",
                                        "spans.count",
                                        "spans.programs_refused",
                                        "spans.marks",
                                        "spans.lost",
                                        "spans.marks_lost",
                                        "spans.overwritten",
                                        "spans.short",
                                        "spans.damaged",
                                        "probes.calls",
                                        "probes.calls_timed",
                                        "probes.events_lost"};
  return std::find(std::begin(kSums), std::end(kSums), key) != std::end(kSums);
}

TimeNs end_or_never(TimeNs end) {
  return raw(end) == 0 ? TimeNs{INT64_MAX} : end;
}

// The entry of a thread, for as many as there may be.
template <class T>
typename std::vector<T>::reference entry(std::vector<T>& all, ThreadId thread) {
  if (all.size() <= raw(thread)) all.resize(2 * size_t{raw(thread)} + 64);
  return all[raw(thread)];
}

}  // namespace

bool is_of_the_whole(std::string_view key) {
  return key == "cpu.total_ns" || key == "run.wall_ns" || key == "run.recorded_ns" ||
         key == "run.start_ns" || key == "redaction";
}

uint32_t Merging::find(const Lives& lives, uint64_t key, const Life& life) {
  const auto known = lives.find(key);
  if (known == lives.end()) return 0;
  for (const Life& each : known->second) {
    const bool together = each.start <= life.end && life.start <= each.end;
    if (together || each.start == life.start) return each.id;
  }
  return 0;
}

void Merging::match(Renumber& ids, const ProcessRow& row, uint32_t id, TimeNs end) {
  Life life{ids.shifted(row.start), end_or_never(ids.shifted(end))};
  const uint32_t known = input_.same_pids && row.pid != 0 ? find(processes_, row.pid, life) : 0;
  if (known != 0) ids.assign(ProcessId{id}, ProcessId{known});
  life.id = raw(ids.take(ProcessId{id}));
  met_processes_.emplace_back(row.pid, life);
}

void Merging::match(Renumber& ids, const ThreadRow& row, uint32_t id, TimeNs end) {
  Life life{ids.shifted(row.start), end_or_never(ids.shifted(end))};
  const uint64_t key = uint64_t{raw(ids.take(row.process))} << 32 | row.tid;
  const uint32_t known = input_.same_pids && row.tid != 0 ? find(threads_, key, life) : 0;
  if (known != 0) ids.assign(ThreadId{id}, ThreadId{known});
  life.id = raw(ids.take(ThreadId{id}));
  met_threads_.emplace_back(key, life);
}

void Merging::note(SpanRow& row) {
  if (row.thread == ThreadId::kNone) return;
  uint32_t& by = entry(spans_by_, row.thread);
  if (by == 0) by = number_;
  if (by != number_) row.flags |= kSpanStray;
}

void Merging::note(const SampleRow& row) {
  if (row.thread == ThreadId::kNone) return;
  uint32_t& by = entry(samples_by_, row.thread);
  if (by == 0) by = number_;
  if (by == number_) return;
  auto&& twice = entry(sampled_twice_, row.thread);
  sampled_twice_count_ += !twice;
  twice = true;
}

void Merging::put_facts(Builder& out,
                        const std::vector<std::pair<std::string, std::string>>& facts) {
  // A later row of the same key replaces an earlier one.
  std::map<std::string, std::string> mine;
  for (const auto& [key, value] : facts) mine[key] = value;
  for (const auto& [key, value] : mine) {
    if (number_ > 1 || is_of_the_whole(key)) {
      const std::string numbered = "merge." + std::to_string(number_) + "." + key;
      out.append(MetaRow{.key = numbered, .value = value});
    }
    if (is_of_the_whole(key)) continue;
    if (is_sum(key)) {
      sums_[key] += std::strtoull(value.c_str(), nullptr, 10);
    } else if (facts_.emplace(key, value).second) {
      out.append(MetaRow{.key = key, .value = value});
    }
  }
}

void Merging::end_input() {
  for (const auto& [key, life] : met_processes_) processes_[key].push_back(life);
  for (const auto& [key, life] : met_threads_) threads_[key].push_back(life);
  met_processes_.clear();
  met_threads_.clear();
}

void Merging::finish(Builder& out) {
  const std::map<std::string, uint64_t> in_order(sums_.begin(), sums_.end());
  for (const auto& [key, sum] : in_order) {
    out.append(MetaRow{.key = key, .value = std::to_string(sum)});
  }
  if (sampled_twice_count_ == 0) return;
  out.append(DiagnosticRow{.name = "merge_sampled_twice",
                           .severity = kNotice,
                           .count = sampled_twice_count_,
                           .detail = "threads that several of the recordings sampled: their CPU "
                                     "time is in this one as often"});
}

}  // namespace hone::recording
