#include "exchange/import_perfetto_processes.h"

#include "exchange/import_perfetto_tracks.h"
#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {
namespace {

constexpr uint64_t kBytesOfKb = 1024;

// process_stats.proto, of /proc/PID/status: from vm_size_kb to vm_hwm_kb.
namespace stats_field {
enum : uint32_t { kProcess = 1 };
enum : uint32_t { kPid = 1, kFirstMemory = 2, kLastMemory = 9, kThread = 11 };
enum : uint32_t { kTid = 1 };
}  // namespace stats_field

}  // namespace

void Processes::take_tree(std::string_view message) {
  ProtoReader at(message);
  while (at.next()) {
    int64_t tid = 0, pid = 0;
    std::string_view text;
    if (at.field() == 1) {  // a process
      ProtoReader process(at.bytes());
      while (process.next()) {
        if (process.field() == 1) pid = process.integer();
        if (process.field() == 3 && text.empty()) text = process.bytes();
      }
      is_of(pid, pid);
      if (!text.empty()) processes_[pid] = name_of_command(text);
    }
    if (at.field() == 2) {  // a thread
      ProtoReader thread(at.bytes());
      while (thread.next()) {
        if (thread.field() == 1) tid = thread.integer();
        if (thread.field() == 2) text = thread.bytes();
        if (thread.field() == 3) pid = thread.integer();
      }
      is_of(tid, pid);
      rename(tid, text);
    }
  }
}

// False: nothing that needs a time.
bool Processes::take_value(uint32_t field, int64_t pid, uint64_t value,
                           std::optional<TimeNs> time) {
  using Kind = Gauges::Kind;
  static constexpr Kind kKinds[] = {Kind::kVirtual, Kind::kResident,    Kind::kAnonymous,
                                    Kind::kFile,    Kind::kShared,      Kind::kSwapped,
                                    Kind::kLocked,  Kind::kResidentMost};
  if (field < stats_field::kFirstMemory || field > stats_field::kLastMemory ||
      value > static_cast<uint64_t>(INT64_MAX) / kBytesOfKb) {
    ++values_left_;
    return false;
  }
  if (time) {
    gauges_.add(kKinds[field - stats_field::kFirstMemory], pid, *time,
                static_cast<int64_t>(value * kBytesOfKb));
  }
  return true;
}

bool Processes::take_stats(std::string_view message, std::optional<TimeNs> time) {
  bool has_values = false;
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() != stats_field::kProcess) continue;
    int64_t pid = 0;
    ProtoReader process(at.bytes());
    while (process.next()) {
      if (process.field() == stats_field::kPid) pid = process.integer();
    }
    ProtoReader again(at.bytes());
    while (again.next()) {
      if (again.field() == stats_field::kPid) continue;
      if (again.field() != stats_field::kThread) {
        has_values |= take_value(again.field(), pid, again.number(), time);
        continue;
      }
      ProtoReader thread(again.bytes());
      while (thread.next()) {
        if (thread.field() == stats_field::kTid) {
          is_of(thread.integer(), pid);
        } else {
          ++values_left_;
        }
      }
    }
  }
  return has_values;
}

void Processes::finish() {
  for (const auto& [tid, name] : threads_) to_.offer_thread_name(process_of(tid), tid, name);
  for (const auto& [pid, name] : processes_) to_.offer_process_name(pid, name);
  // One whose command nobody told is called as its main thread.
  for (const auto& [tid, name] : threads_) {
    if (process_of(tid) == tid) to_.offer_process_name(tid, name);
  }
  to_.left("import.process_stats",
           "values of processes and threads that a recording has nothing for (oom_score_adj, time "
           "at each frequency)",
           values_left_);
}

}  // namespace hone::exchange::perfetto_import
