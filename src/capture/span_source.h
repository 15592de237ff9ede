// Spans, frames, plots and messages of instrumented programs (hone/hone.h) into a recording.
// Programs that are started greet through a socket; in those that run already their memory is
// found.
//
//   auto spans = SpanSource::open({});
//   ... start a program with HONE_SPANS=spans->address() ...
//   spans->begin(builder, collector);
//   while (...) { wait for spans->wait_on(); sampler.drain(); spans->drain(now); }
//   spans->finish(end);
//
// Not thread-safe.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/types.h"
#include "capture/collector.h"
#include "capture/span_reader.h"
#include "capture/span_settings.h"
#include "drain/span_rows.h"
#include "drain/spans.h"
#include "drain/tick_clock.h"

namespace hone::capture {

struct SpanOptions {
  SpanSettings settings;
  std::string filter;  // like HONE_FILTER; empty: the program's own
};

// Of all programs together.
struct SpanTotals {
  uint64_t programs = 0, spans = 0, marks = 0;
  uint64_t damaged = 0;  // of the marks
  uint32_t clock = 0;    // of the latest: HONE_CLOCK_... of hone/layout.h
  drain::SpanCounts counts;
  uint64_t foreign = 0;  // programs whose libhone is of another version, or has another recorder
};

class SpanSource {
 public:
  // Where no socket can be made, programs that are started cannot greet; all else works.
  static std::unique_ptr<SpanSource> open(SpanOptions options);
  ~SpanSource();

  // What a program is to have in its environment that is started, "NAME=VALUE".
  std::vector<std::string> environment();
  void begin(recording::Builder& builder, Collector& collector);
  // For a program that runs: looks for its memory. It is asked to record from now on.
  void find(pid_t pid);

  void wait_on(std::vector<pollfd>& waiting);
  // How long until the next drain, when there is nothing to take.
  int wait_ms() const;
  // Puts what is gathered into the recording.
  void flush();
  // After the sampler's, which tells which processes there are.
  void drain(TimeNs now);
  // Between the two programs write nothing.
  void set_paused(bool paused);
  // What was open, and ends no more in this recording, is written as open.
  void finish(TimeNs end);
  // Another file: all ids are given anew.
  void begin_part(recording::Builder& builder);

  // True once for each time that a program has asked for what is held to be saved, or a frame has
  // taken longer than it should.
  bool save_wanted() { return std::exchange(save_wanted_, false); }

  // Its spans are read.
  bool reads(pid_t pid) const;
  const SpanTotals& totals() const { return totals_; }
  std::vector<std::pair<std::string, std::string>> facts() const;

 private:
  struct Frame;
  struct Target;
  explicit SpanSource(SpanOptions options);

  bool own(drain::SpanRings& rings, TimeNs now);
  // Null when it cannot be had.
  Target* take_in(pid_t pid, drain::SpanRings rings, TimeNs now);
  void put(Target& target, const drain::SpanBatch& batch);
  void take_waiting();
  void look_for_reasons_to_save(Target& target, const drain::SpanBatch& batch);
  // Reads what is left, and is done with it.
  void end(Target& target, TimeNs time);
  void forget_gone();
  ThreadId thread_id(const Target& target, const drain::SpanThread& thread, TimeNs start);
  // One for each fiber of each program.
  pid_t fiber_tid(pid_t pid, uint32_t tid);
  void note_refused(pid_t pid, int32_t owner, TimeNs now);
  // Lets it write on. When we came too late to do so, that is told.
  void renew(Target& target, TimeNs now);
  uint64_t lease(const Target& target, TimeNs now) const;
  const drain::TickClock& clock();
  drain::SpanRings::Settings settings_for(uint32_t clock);

  SpanOptions options_;
  SpanReader reader_;
  recording::Builder* builder_ = nullptr;
  Collector* collector_ = nullptr;
  std::optional<drain::TickClock> clock_;  // there is one when there are targets
  std::vector<std::unique_ptr<Target>> targets_;
  drain::SiteIds sites_;
  SpanTotals totals_;
  drain::SpanCounts ended_;
  bool paused_ = false, save_wanted_ = false;
  std::unordered_map<uint64_t, pid_t> fibers_;  // by pid and what the program numbers it
};

}  // namespace hone::capture
