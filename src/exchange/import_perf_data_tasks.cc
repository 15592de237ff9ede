#include "exchange/import_perf_data_tasks.h"

#include <algorithm>

namespace hone::exchange::perf_data {
namespace {

// Samples of a process still come for a moment after its end was told.
constexpr uint64_t kGoneNs = 1'000'000'000;
// A time that a recording can hold.
constexpr uint64_t kTimeMost = uint64_t{1} << 62;

TimeNs time_of(uint64_t time) {
  return TimeNs{static_cast<int64_t>(std::min(time, kTimeMost))};
}

}  // namespace

Process& Tasks::process(int32_t pid) {
  const auto known = by_pid_.find(pid);
  if (known != by_pid_.end()) return *known->second;
  Process& added = processes_.emplace_back();
  added.pid = pid;
  added.number = static_cast<uint32_t>(pid);
  by_pid_[pid] = &added;
  return added;
}

// The kernel gives numbers out again.
Process& Tasks::renew(int32_t pid) {
  const auto known = by_pid_.find(pid);
  if (known == by_pid_.end()) return process(pid);
  const int64_t number = known->second->number + (int64_t{1} << 32);
  Process& added = processes_.emplace_back();
  added.pid = pid;
  added.number = number;
  known->second = &added;
  return added;
}

ThreadId Tasks::thread(Process& process, int32_t tid, uint64_t time) {
  const ThreadId id = to_.thread(process.number, static_cast<uint32_t>(tid));
  if (raw(id) >= threads_.size()) {
    threads_.resize(raw(id) + 1);
    ++process.threads;
    if (process.threads == 1) to_.name_process(process.number, process.name);
    to_.name_thread(process.number, static_cast<uint32_t>(tid), process.name);
  }
  // What perf tells of threads that ran before has no time.
  if (time != 0) to_.saw(id, time_of(time));
  newest_ = std::max(newest_, time);
  return id;
}

void Tasks::fork(int32_t pid, int32_t tid, int32_t parent, uint64_t time, bool with_maps) {
  if (pid == parent) return begin(process(pid), tid, time);
  Process& from = process(parent);
  // What perf tells of processes that ran before has no time.
  Process& added = time != 0 && by_pid_.contains(pid) ? renew(pid) : process(pid);
  added.name = from.name;
  if (!with_maps) {
    // Its own mappings are told of behind this.
  } else if (ranges_ + from.space.ranges().size() <= kAllRangesMost) {
    ranges_ += from.space.ranges().size();
    ranges_ -= added.space.ranges().size();
    added.space = from.space;
  } else {
    to_.left("perf_data.too_many_mappings",
             "mappings beyond 16384 of a process, or two million of all, are left out", 1,
             recording::kDataLoss);
  }
  to_.start_by(added.number, from.number);
  begin(added, tid, time);
}

void Tasks::begin(Process& process, int32_t tid, uint64_t time) {
  Thread& begun = threads_[raw(thread(process, tid, time))];
  if (begun.ended) {  // its number is used again
    begun.ended = false;
    --process.ended_threads;
  }
  if (!switches_ || time == 0) return;
  // It waits for its first turn.
  begun.stopped = time;
  begun.preempted = true;
}

void Tasks::name(int32_t pid, int32_t tid, std::string_view name, bool exec, uint64_t time) {
  Process& of = process(pid);
  if (exec) {
    ranges_ -= of.space.ranges().size();
    of.space.clear();
  }
  if (exec || tid == pid || of.name.empty()) of.name = name;
  const ThreadId id = thread(of, tid, time);
  to_.builder().append(recording::ThreadNameRow{.thread = id,
                                                .time = time_of(time),
                                                .name = to_.builder().string(name),
                                                .exec = static_cast<uint8_t>(exec)});
}

void Tasks::map(int32_t pid, uint64_t begin, uint64_t bytes, uint64_t offset,
                stacks::Module* module) {
  Process& of = process(pid);
  const size_t before = of.space.ranges().size();
  if (before >= kRangesMost || ranges_ >= kAllRangesMost) {
    to_.left("perf_data.too_many_mappings",
             "mappings beyond 16384 of a process, or two million of all, are left out", 1,
             recording::kDataLoss);
    return;
  }
  of.space.map(begin, bytes, FileOffset{offset}, module);
  ranges_ += of.space.ranges().size();
  ranges_ -= before;
}

void Tasks::end_wait(Thread& thread, ThreadId id, uint64_t time, uint8_t flags) {
  const uint64_t since = thread.stopped;
  thread.stopped = 0;
  if (since == 0 || time <= since || time >= kTimeMost) return;
  const DurationNs duration{static_cast<int64_t>(time - since)};
  if (thread.preempted) flags |= recording::kWaitRunnable;
  to_.builder().append(recording::WaitRow{.time = time_of(since),
                                          .until = time_of(time),
                                          .thread = id,
                                          .duration = duration,
                                          .count = 1,
                                          .runnable = thread.preempted ? duration : DurationNs{-1},
                                          .flags = flags});
}

void Tasks::switched(int32_t pid, int32_t tid, bool out, bool preempted, uint64_t time) {
  if (time == 0 || pid <= 0) return;
  ++switch_count_;
  const ThreadId id = thread(process(pid), tid, time);
  Thread& of = threads_[raw(id)];
  // Stopped twice: when it ran in between was lost.
  end_wait(of, id, time, out && of.stopped != 0 ? recording::kWaitLost : 0);
  if (!out) return;
  of.stopped = time;
  of.preempted = preempted;
}

void Tasks::exit(int32_t pid, int32_t tid, uint64_t time) {
  Process& of = process(pid);
  const ThreadId id = thread(of, tid, time);
  Thread& ending = threads_[raw(id)];
  if (ending.ended) return;
  ending.ended = true;
  end_wait(ending, id, time, 0);
  to_.builder().append(
      recording::ThreadEndRow{.thread = id, .time = time_of(time), .cpu = DurationNs{-1}});
  if (++of.ended_threads < of.threads) return;
  of.ended = time;
  ended_.push_back({time, &of});
  let_go(time);
}

void Tasks::let_go(uint64_t time) {
  while (!ended_.empty() && ended_.front().time + kGoneNs < time) {
    Process& of = *ended_.front().process;
    ended_.pop_front();
    if (of.ended_threads < of.threads) continue;
    ranges_ -= of.space.ranges().size();
    of.space.clear();
  }
}

void Tasks::finish() {
  for (uint32_t i = 1; i < threads_.size(); ++i) {
    if (!threads_[i].ended) end_wait(threads_[i], ThreadId{i}, newest_, recording::kWaitNotEnded);
  }
  for (const Process& process : processes_) {
    if (process.threads == 0 || process.ended_threads < process.threads) continue;
    to_.builder().append(recording::ProcessEndRow{.process = to_.process(process.number),
                                                  .time = time_of(process.ended),
                                                  .exited = 1,
                                                  .status = -1,
                                                  .cpu = DurationNs{-1},
                                                  .peak_memory_bytes = 0});
  }
}

}  // namespace hone::exchange::perf_data
