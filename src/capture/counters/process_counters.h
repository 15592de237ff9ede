// What each recorded process uses: CPU, memory and its kinds, page faults, bytes read and written.
//
//   ProcessCounters processes(writer, "");
//   processes.follow(alive);         // as often as processes may have come and gone
//   processes.read(true);
//   processes.read_last(pid);        // it has ended, and was not waited for yet
//
// Many processes are not all read: those with the most CPU time so far are, and the others are
// counted.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/host/function_ref.h"
#include "capture/collector.h"
#include "capture/counters/counter_writer.h"
#include "capture/counters/proc_file.h"
#include "capture/counters/proc_text.h"

namespace hone::capture {

class ProcessCounters {
 public:
  static constexpr size_t kReadAtOnce = 32;
  static constexpr size_t kReadEver = 512;

  ProcessCounters(CounterWriter& writer, std::string root);
  ~ProcessCounters();

  // All that are recorded and alive. With `reorder`, those with more CPU time take the place of
  // those with less. `born_after`: what is new began after that, with all its counts at 0; absent
  // where that is not known.
  void follow(std::span<const LiveProcess> alive, bool reorder, std::optional<TimeNs> born_after);
  // `all`: also what is dear to read.
  // `last`: also of those that have not run since.
  void read(bool all, bool last = false);
  void read_last(pid_t pid);
  // The processes have other ids from now on; of one that has none, nothing more is read.
  void renumber(base::FunctionRef<ProcessId(ProcessId)> to);
  size_t left_out() const { return left_out_.size(); }
  size_t read_now() const { return readers_.size(); }

 private:
  struct Reader;
  void add(const LiveProcess& process, std::optional<TimeNs> born_after);
  bool read(Reader& reader, bool all, bool last);
  bool has_rested(Reader& reader);
  void begin_at_zero(const Reader& reader, TimeNs time);
  void close(Reader& reader);

  CounterWriter& writer_;
  std::string root_;
  int64_t tick_ns_, page_bytes_;
  ReadBuffer buffer_;
  std::unordered_map<ProcessId, std::unique_ptr<Reader>> readers_;
  std::unordered_set<ProcessId> left_out_;
  size_t ever_ = 0;
};

}  // namespace hone::capture
