// What one program wrote (SpanRings), as rows of a recording: places, spans, marks.
//
//   SiteIds sites;                                // of the recording, shared by its programs
//   SpanRows rows(rings, clock, sites);
//   rows.begin(builder);
//   rings.read([&](SpanBatch& batch) { rows.put(batch, thread_id); return true; });
//   rows.flush();
//
// Not thread-safe, but beside SpanRings::read() on another thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/host/function_ref.h"
#include "base/types.h"
#include "drain/gpu_spans.h"
#include "drain/lock_marks.h"
#include "drain/span_encoder.h"
#include "drain/spans.h"
#include "drain/tick_clock.h"
#include "recording/builder.h"

namespace hone::drain {

// By their descriptions: the same place of two processes is one row.
using SiteIds = std::unordered_map<std::string, SiteId>;

class SpanRows {
 public:
  // The recording's id of a thread that has this ring for the first time, since `start`.
  using ThreadOf = base::FunctionRef<ThreadId(const SpanThread&, TimeNs start)>;

  // All three are kept. `clock` may be null for a program whose clock is CLOCK_MONOTONIC.
  SpanRows(const SpanRings& rings, const TickClock* clock, SiteIds& sites);

  // For names that are symbols (wire/mangled.h); without it they stay as they are.
  void demangle_by(std::string (*demangle)(const char*)) { demangle_ = demangle; }
  // Also for another recording: all ids are given anew.
  void begin(recording::Builder& builder);
  void put(const SpanBatch& batch, ThreadOf thread_of);
  // What the program says of itself (HONE_APP_INFO), since the last call: `app.KEY` in the table
  // `meta`.
  void put_app_info();
  // What is open, as open until `end`.
  void put_open(TimeNs end, ThreadOf thread_of);
  // Puts what is gathered into the recording.
  void flush();

  uint64_t spans() const { return spans_; }
  uint64_t marks() const { return marks_; }
  uint64_t damaged() const { return damaged_; }  // marks that make no sense
  TimeNs time_of(uint64_t ticks) const;

 private:
  struct Thread {
    explicit Thread(double ticks_per_step) : spans(ticks_per_step) {}
    uint32_t turn = 0;
    uint32_t tid = 0;   // as the program sees it
    uint32_t name = 0;  // the site of the name that it has in the recording
    ThreadId id{};
    SpanEncoder spans;
  };
  Thread& thread(const SpanThread& thread, ThreadOf thread_of);
  SiteId site_id(uint32_t site);
  void put_name(Thread& thread, TimeNs time, uint32_t site);
  void put_mark(Thread& by, const SpanBatch& batch, const SpanMark& mark);
  // Of the thread that has this id now, as far as it has written something.
  ThreadId thread_with(uint32_t tid) const;
  void put_allocation(ThreadId thread, const SpanBatch& batch, const SpanMark& mark);
  void put_lock(ThreadId thread, const SpanBatch& batch, const SpanMark& mark);
  // False when it makes no sense.
  bool put_gpu(ThreadId thread, const SpanBatch& batch, const SpanMark& mark);
  // Both up to the next call of either.
  SpanEncoder::Arguments stands_for(ThreadId thread, const SpanMark& mark);
  SpanEncoder::Arguments arguments_of(ThreadId thread, TimeNs time, const SpanBatch& batch,
                                      const SpanMark& mark);
  bool has_counter() const { return clock_ && rings_->clock() == HONE_CLOCK_COUNTER; }
  ClockLine line() const { return has_counter() ? clock_->line() : ClockLine{}; }

  const SpanRings* rings_;
  const TickClock* clock_;
  SiteIds* site_ids_;
  std::string (*demangle_)(const char*) = nullptr;
  recording::Builder* builder_ = nullptr;
  std::vector<Thread> threads_;    // by ring
  std::vector<SiteId> sites_;      // by the program's ids
  std::vector<StringId> keys_;     // of all sites' arguments
  std::vector<size_t> first_key_;  // of each site, into keys_
  SpanEncoder::Bodies bodies_;
  LockMarks locks_;
  std::vector<recording::SpanArgumentRow> arguments_;
  GpuSpans gpu_;
  uint64_t spans_ = 0, marks_ = 0, damaged_ = 0;
  uint32_t next_site_ = 1;   // up to there put_app_info() has looked
  uint32_t site_looks_ = 0;  // at one that is not described
};

}  // namespace hone::drain
