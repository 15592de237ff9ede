// The recording that a session writes: its one process, that process's threads, what they marked,
// and facts of the run. No samples.
//
//   HONE_TRY_ASSIGN(auto out, RecordingOutput::create("game.hone", start));
//   out->put(source, batch); ...; out->flush(sources);
//   out->finish(end, losses);
//
// Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/host/result.h"
#include "recording/builder.h"
#include "session/teller.h"

namespace hone::session {

class RecordingOutput {
 public:
  using Sources = std::vector<std::unique_ptr<Source>>;
  static Result<std::unique_ptr<RecordingOutput>> create(const std::string& path, TimeNs start);

  // For SpanRows::put(): who a thread is.
  ThreadId thread_id(const drain::SpanThread& thread, TimeNs start);
  recording::Builder& builder() { return builder_; }
  // What was gathered goes into the file. The first error is of all that follow, too.
  Result<void> flush(const Sources& sources);
  // After SpanRows::put_open() of all. `losses`: what the session lost.
  Result<void> finish(TimeNs end, const drain::SpanCounts& losses, const Sources& sources);

  int descriptor() const { return builder_.writer().descriptor(); }
  uint64_t bytes_written() const { return builder_.writer().bytes_written(); }

 private:
  struct Thread {
    ThreadId id{};
    std::string began;  // as the kernel says it: a thread's number is used again
  };
  RecordingOutput(recording::Writer writer, TimeNs start);
  void write_start();

  recording::Builder builder_;
  const TimeNs start_;
  DurationNs cpu_before_{};
  ProcessId process_{};
  std::unordered_map<uint32_t, Thread> threads_;  // by the kernel's number
};

}  // namespace hone::session
