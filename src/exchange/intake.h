// A recording as importers fill it, with what a file of another tool calls things by: processes and
// threads by its own numbers, places by their names, functions without addresses.
//
//   Intake to(std::move(builder));
//   const ThreadId thread = to.thread(7, 8);
//   to.span(thread, start, duration, to.site({.name = "step"}));
//   to.left("import.end_without_begin", "ends of spans whose beginning is not there");
//   HONE_TRY(to.finish());
//
// Times are those of the file, in ns; what is before 0 cannot be held, and is counted. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/host/result.h"
#include "exchange/code_places.h"
#include "exchange/held_bytes.h"
#include "exchange/span_intake.h"
#include "hone/layout.h"
#include "recording/builder.h"
#include "recording/tracks.h"
#include "symbols/resolve.h"

namespace hone::exchange {

// A module that frames of the recording lie in, and where its file is here.
struct CodeModule {
  ModuleId module{};
  uint8_t kind = 0;  // recording::kModule...
  symbols::ModuleSource source;
};
// Writes names and lines of all frames that lie in `modules`, and the code of what is hot.
using NameCode = void (*)(recording::Builder& builder, std::span<const CodeModule> modules,
                          std::span<const int64_t> self_ns_by_frame);

class Intake {
 public:
  // More threads of one file than that are one together.
  static constexpr size_t kThreadsMost = size_t{1} << 20;

  explicit Intake(recording::Builder builder, NameCode namer = nullptr,
                  size_t threads_most = kThreadsMost);
  Intake(const Intake&) = delete;  // places() knows where it stands

  recording::Builder& builder() { return builder_; }

  // Numbers beyond 32 bits tell apart what had the same one in the system: the lower half is told.
  ThreadId thread(int64_t pid, int64_t tid);
  ProcessId process(int64_t pid);
  // One without a number of the system's, which its id alone finds again. It is of no process until
  // it is moved to one, and may be moved again: what is written is where it is in the end.
  ThreadId make_thread();
  void move_thread(ThreadId made, int64_t pid);
  void name_made_thread(ThreadId made, std::string_view name);
  void start_by(int64_t pid, int64_t parent);
  // It was there at that time, which is one of the recording.
  void saw(ThreadId thread, TimeNs time);
  void name_process(int64_t pid, std::string_view name);
  void name_thread(int64_t pid, int64_t tid, std::string_view name);
  // Names of those that were met and have none; what was not met stays so.
  void offer_process_name(int64_t pid, std::string_view name);
  void offer_thread_name(int64_t pid, int64_t tid, std::string_view name);
  // All threads that were met are below.
  ThreadId end_of_threads() const { return ThreadId{static_cast<uint32_t>(threads_.size())}; }

  struct Place {
    std::string_view name, category, function, file, unit;
    uint32_t line = 0, color = 0;
    uint8_t kind = HONE_SITE_SPAN;
  };
  SiteId site(const Place& place);

  void span(ThreadId thread, TimeNs start, DurationNs duration, SiteId site);
  void open_span(ThreadId thread, TimeNs start, SiteId site);
  // Of which it is known how they nest: those of a thread in the order in which they ended.
  struct Nested {
    TimeNs start{}, end{};
    SiteId site{};
    uint8_t depth = 0, flags = 0;  // SpanRow::flags
  };
  void nested_spans(ThreadId thread, std::span<const Nested> spans);
  void message(ThreadId thread, TimeNs time, SiteId site);
  void plot(ThreadId thread, TimeNs time, SiteId site, double value);
  void flow(ThreadId thread, TimeNs time, SiteId site, uint64_t id, uint8_t kind);  // flows.kind
  void number(ThreadId thread, TimeNs time, SiteId site, std::string_view key, double value);
  void number(ThreadId thread, TimeNs time, SiteId site, std::string_view key, int64_t value);
  void number(ThreadId thread, TimeNs time, SiteId site, std::string_view key, uint64_t value);
  void address(ThreadId thread, TimeNs time, SiteId site, std::string_view key, uint64_t value);
  void text(ThreadId thread, TimeNs time, SiteId site, std::string_view key, std::string_view text);
  void text(ThreadId thread, TimeNs time, SiteId site, std::string_view key, StringId text);
  void truth(ThreadId thread, TimeNs time, SiteId site, std::string_view key, bool value);

  CodePlaces& places() { return places_; }
  // A function of which nothing but names is known. "" and 0: not known.
  FrameId code(std::string_view function, std::string_view module, std::string_view file,
               uint32_t line);
  void sample(ThreadId thread, TimeNs time, StackId stack, DurationNs weight);
  void sample(const recording::SampleRow& row);
  void wait(const recording::WaitRow& row);
  // Of modules whose frames are addresses (Builder::frame). Does nothing where nobody can.
  void name_code(std::span<const CodeModule> modules, std::span<const int64_t> self_ns_by_frame);

  // What costs are of. Names that Hone knows (analysis/metrics.cc: cpu in ns, samples,
  // instructions, cycles, cache-misses, branch-misses, page-faults, alloc-bytes, alloc-count,
  // live-bytes, leaked, short-lived) mean the same everywhere; others are as the file calls them.
  MetricId metric(std::string_view name, std::string_view title, recording::TrackUnit unit);
  // A sum that has no time. `thread` and `stack` may be none; `count` is of the events in it, 0 not
  // known. Negative ones cannot be held, and are counted.
  void cost(ThreadId thread, StackId stack, MetricId metric, int64_t value, uint64_t count);
  // One repetition of a benchmark; see the table `measurements`.
  struct Measured {
    std::string_view benchmark, parameters, metric, unit;
    uint32_t repetition = 0;
    double value = 0;
    uint64_t iterations = 0;
  };
  void measurement(const Measured& one);

  // What was met and could not be taken, or not as it was; `detail` says it to the person.
  void left(std::string_view name, std::string_view detail, uint64_t count = 1,
            uint8_t severity = recording::kNotice);
  // A fact of the run.
  void fact(std::string_view key, std::string_view value);
  // What was seen so far lies between them; INT64_MAX and INT64_MIN when nothing was.
  TimeNs first() const { return first_; }
  TimeNs last() const { return last_; }
  // Bytes that are kept until the end: spans, threads, texts of arguments, and what is needed to
  // know sites and places again.
  uint64_t held() const {
    return held_ + threads_.size() * kHeldOfThread + waiting_spans_ * SpanIntake::kHeldOfSpan +
           places_.held();
  }

  // Writes what is still held, and the end of the file. Nothing else may be called then.
  Result<void> finish();

 private:
  struct Process {
    int64_t pid = 0;
    std::string name;
    TimeNs first{INT64_MAX};
    ProcessId parent{};
  };
  struct Thread {
    int64_t tid = 0;
    ProcessId process{};
    std::string name;
    TimeNs first{INT64_MAX};
    SpanIntake spans;
  };
  struct Count {
    std::string name, detail;
    uint64_t count = 0;
    uint8_t severity = 0;
  };
  struct Numbers {  // of a process and a thread
    int64_t pid = 0, tid = 0;
    bool operator==(const Numbers&) const = default;
  };
  struct HashOfNumbers {
    size_t operator()(const Numbers& of) const {
      return (static_cast<uint64_t>(of.pid) * 0x9e3779b97f4a7c15ULL) ^
             static_cast<uint64_t>(of.tid);
    }
  };
  ThreadId more_threads();
  bool see(ThreadId thread, TimeNs time);  // false: it cannot be held
  StringId string(std::string_view text);
  void argument(ThreadId thread, TimeNs time, SiteId site, std::string_view key, uint8_t type,
                uint64_t value, StringId text);
  Count& count_of(std::string_view name, std::string_view detail, uint8_t severity);
  std::string_view cut(std::string_view text);  // one that is too long for a name
  void write_processes();

  recording::Builder builder_;
  CodePlaces places_{builder_};
  NameCode namer_;
  size_t threads_most_;
  std::vector<Process> processes_{1};                   // index = ProcessId
  std::deque<Thread> threads_ = std::deque<Thread>(1);  // index = ThreadId
  std::unordered_map<int64_t, ProcessId> process_of_;
  std::unordered_map<Numbers, ThreadId, HashOfNumbers> thread_of_;
  Numbers last_numbers_;
  ThreadId last_thread_{}, more_threads_{};
  // Keys are of numbers of texts, which hold each text once.
  std::unordered_map<std::string, SiteId> sites_;
  std::unordered_map<std::string, MetricId> metrics_;
  std::deque<Count> left_;
  std::unordered_map<std::string_view, Count*> left_by_name_;
  std::string key_;
  StringId last_string_{};  // of arguments
  uint64_t samples_ = 0, held_ = 0, waiting_spans_ = 0;
  TimeNs first_{INT64_MAX}, last_{INT64_MIN};
};

}  // namespace hone::exchange
