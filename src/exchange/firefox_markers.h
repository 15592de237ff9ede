// What programs mark, thread by thread, as markers of Firefox Profiler's format. For
// export_firefox.cc alone.
#pragma once

#include <vector>

#include "exchange/arguments.h"
#include "exchange/firefox_parts.h"
#include "exchange/flow_pairs.h"
#include "exchange/stands_for.h"
#include "exchange/wait_texts.h"
#include "profile/span_reader.h"

namespace hone::exchange::firefox {

// Rows of one kind, by thread.
class RowsByThread {
 public:
  explicit RowsByThread(size_t threads) : rows_(threads) {}
  void add(ThreadId thread, size_t row) {
    rows_[raw(thread)].push_back(static_cast<uint32_t>(row));
  }
  const std::vector<uint32_t>& of(ThreadId thread) const { return rows_[raw(thread)]; }

 private:
  std::vector<std::vector<uint32_t>> rows_;
};

class MarkerSource {
 public:
  // All must outlive it. Flows, which the format does not have, are counted in `left`.
  MarkerSource(const profile::Profile& profile, const ExportOptions& options, Left& left);

  bool has_some(ThreadId thread) const;
  void add_to(ThreadTables& to, ThreadId thread);
  // Of a queue of a GPU, which is a thread of its own in the file.
  bool has_some(GpuQueueId queue) const { return !gpu_[raw(queue)].empty(); }
  void add_to(ThreadTables& to, GpuQueueId queue);

 private:
  void gather();
  void add_spans(ThreadTables& to, ThreadId thread);
  void add_loose(ThreadTables& to, ThreadId thread);
  void add_pairs(ThreadTables& to, ThreadId thread);
  void add_messages(ThreadTables& to, ThreadId thread);
  void add_waits(ThreadTables& to, ThreadId thread);
  void add_locks(ThreadTables& to, ThreadId thread);
  void add_span(ThreadTables& to, SiteId site, TimeNs start, TimeNs end,
                std::span<const uint32_t> arguments, uint32_t stands_for);
  std::string_view name_of(SiteId site) const;
  std::string thread_text(ThreadId thread) const;

  const profile::Profile& p_;
  const ExportOptions& options_;
  const profile::Instrumentation& all_;
  profile::SpanReader spans_;
  Arguments arguments_;
  StandsFor stands_for_;
  WaitTexts wait_texts_;
  RowsByThread loose_, messages_, waits_, locks_, frames_by_thread_, pairs_by_thread_;
  std::vector<bool> has_spans_;  // by thread
  std::vector<FrameTime> frames_;
  std::vector<FlowPair> pairs_;
  std::vector<std::vector<uint32_t>> gpu_;  // by queue
  std::string details_;
};

}  // namespace hone::exchange::firefox
