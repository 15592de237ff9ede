// A recording loaded as columns: symbolised frames, stack trie, threads, samples. Immutable once
// loaded, so any number of threads may read it.
//
//   HONE_TRY_ASSIGN(profile::Profile p, profile::Profile::load(reader, {}));
//   for (size_t i = 0; i < p.samples().size(); ++i) use(p.samples().stack[i]);
//
// All id columns have an entry 0 ("none"), so that an id indexes directly. What a hostile or
// damaged file gets wrong (an id out of range, a cycle in the trie) is mapped to 0 and counted in
// diagnostics().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "base/types.h"
#include "profile/costs.h"
#include "profile/large_vector.h"
#include "profile/spans.h"
#include "recording/reader.h"
#include "recording/tracks.h"

namespace hone::profile {

struct Samples {
  LargeVector<TimeNs> time;
  LargeVector<ThreadId> thread;
  LargeVector<StackId> stack;
  LargeVector<int64_t> weight_ns;
  LargeVector<uint16_t> cpu;
  LargeVector<uint8_t> end;    // unwind::WalkEnd, 0 complete
  LargeVector<uint8_t> flags;  // recording::kSample...
  size_t size() const { return time.size(); }
};

// Index = StackId. A parent stands before its children. There may be ten times as many as samples,
// so that every byte here counts.
struct Stacks {
  LargeVector<StackId> parent;
  LargeVector<FrameId> frame;
  size_t size() const { return parent.size(); }
};

struct Frames {  // index = FrameId
  std::vector<ModuleId> module;
  std::vector<uint64_t> address;
  std::vector<uint32_t> first_line;  // [size + 1] rows of Lines, innermost first; never empty: a
                                     // frame without symbols has one row of an unnamed function
  size_t size() const { return module.size(); }
};

struct Lines {
  std::vector<FunctionId> function;
  std::vector<StringId> file;
  std::vector<uint32_t> line;
  std::vector<uint8_t> inlined;
};

struct Function {
  ModuleId module{};
  StringId name{};  // never kNone after loading: unnamed ones get "module+0x1234"
  StringId mangled{};
  uint64_t start = 0;
  uint64_t bytes = 0;
  StringId file{};
  uint32_t line = 0;
  uint8_t source = 0;  // symbols::NameSource
  uint64_t key = 0;    // stable across recordings: hash of name and module's file name
};

struct Module {
  StringId path{};
  std::string build_id;  // raw bytes
  uint8_t kind = 0;
  uint8_t arch = 0;
  Svma image_base{};
  uint8_t symbol_state = 0;  // symbols::SymbolState, 0 not stated
  bool optimised = true;
  StringId debug_file{}, producer{}, missing{};
};

struct Process {
  uint32_t pid = 0;
  ProcessId parent{};
  TimeNs start{}, end{};
  StringId name{}, command{};  // the last name it had
  bool exited = false;
  int status = -1;
  int64_t cpu_ns = -1;  // true CPU time; -1 not known
  int64_t unsampled_ns = 0;
  uint64_t peak_memory_bytes = 0;
};

struct Thread {
  ProcessId process{};
  uint32_t tid = 0;
  TimeNs start{}, end{};
  StringId name{};  // the last name it had
  int64_t cpu_ns = -1;
};

// Time in which a thread did not run: one wait, or several of one cause together.
struct Wait {
  TimeNs time{}, until{};  // of the first, and of the last
  int64_t duration_ns = 0;
  int64_t runnable_ns = -1;   // of it: it could have run and had no CPU; -1 not known
  int64_t stands_for_ns = 0;  // time of waits without a cause that are likely like it
  ThreadId thread{};
  ThreadId waker{};
  StackId stack{};
  StringId place{};
  uint32_t count = 0;
  uint32_t system_call = 0;  // + 1
  uint8_t cause = 0;         // recording::kCause...
  uint8_t flags = 0;         // recording::kWait...
};

struct Diagnostic {
  std::string name, detail;
  uint8_t severity = 0;
  uint64_t count = 0;
  TimeNs first_time{};
};

// Nothing was recorded from start to end, because somebody asked for that.
struct Pause {
  TimeNs start{}, end{};
  uint8_t cause = 0;
};

// What was measured beside the samples: a series of values each.
struct Track {
  StringId name{};  // "cpu.busy", or of an event: "cache-misses"
  StringId what{};  // which device or control group
  recording::TrackUnit unit = recording::TrackUnit::kCount;
  recording::TrackKind kind = recording::TrackKind::kGauge;
  recording::TrackScope scope = recording::TrackScope::kMachine;
  ProcessId process{};
  ThreadId thread{};
  uint16_t cpu = recording::kNoCpu;
  uint32_t divisor = 1;           // values are in unit / divisor; never 0
  TrackId qualifies{};            // the track that this one says something of
  uint32_t first = 0, count = 0;  // its values, in the order of their times
};
// Of all tracks, one track's after the other. Never negative; of cumulative tracks never less than
// the one before.
struct TrackValues {
  std::vector<TimeNs> time;
  std::vector<int64_t> value;
};

struct Code {
  FunctionId function{};
  uint64_t start = 0;
  std::vector<uint8_t> bytes;
};
struct CodeLine {
  FunctionId function{};
  uint64_t address = 0;
  StringId file{};
  uint32_t line = 0;
};

// Symbols that the recording does not hold (its recorder was killed before it resolved them) and
// that were resolved at opening. Same meaning as the tables of the recording.
struct LateSymbols {
  struct NamedFunction {
    ModuleId module{};
    std::string name, mangled, file;
    uint64_t start = 0, bytes = 0;
    uint32_t line = 0;
    uint8_t source = 0;
  };
  struct Line {
    FrameId frame{};
    uint32_t function = 0;  // index into functions
    std::string file;
    uint32_t line = 0;
    bool inlined = false;
  };
  struct ModuleState {
    ModuleId module{};
    uint8_t state = 0;
    bool optimised = true;
    std::string debug_file, producer, missing;
  };
  std::vector<NamedFunction> functions;
  std::vector<Line> lines;
  std::vector<ModuleState> modules;
};

struct LoadOptions {
  unsigned threads = 2;
};

class Profile {
 public:
  // Gives symbols for frames that have none; called only when the recording lacks them. The profile
  // that it is shown has everything but functions and lines.
  using Symboliser = base::FunctionRef<LateSymbols(const Profile&)>;

  static Result<Profile> load(const recording::Reader& reader, const LoadOptions& options);
  static Result<Profile> load(const recording::Reader& reader, const LoadOptions& options,
                              Symboliser symboliser);

  const Samples& samples() const { return samples_; }
  const Stacks& stacks() const { return stacks_; }
  const Frames& frames() const { return frames_; }
  const Lines& lines() const { return lines_; }
  std::span<const Function> functions() const { return functions_; }  // [0] is none
  std::span<const Module> modules() const { return modules_; }
  std::span<const Process> processes() const { return processes_; }
  std::span<const Thread> threads() const { return threads_; }
  std::span<const Track> tracks() const { return tracks_; }  // [0] is none
  const TrackValues& track_values() const { return track_values_; }
  const Instrumentation& instrumentation() const { return instrumentation_; }
  // In the order of the recording: about that of their ends.
  std::span<const Wait> waits() const { return waits_; }
  std::span<const CostMetric> cost_metrics() const { return cost_metrics_; }  // [0] is none
  std::span<const Cost> costs() const { return costs_; }
  std::span<const Measurement> measurements() const { return measurements_; }
  std::span<const Diagnostic> diagnostics() const { return diagnostics_; }
  std::span<const Pause> pauses() const { return pauses_; }  // by time, apart from each other
  std::span<const Code> code() const { return code_; }
  std::span<const CodeLine> code_lines() const { return code_lines_; }
  std::string_view string(StringId id) const;
  // File name of the module's path: "libc.so.6", "[kernel]"; "" for none.
  std::string_view module_name(ModuleId id) const;
  bool in_kernel(ModuleId id) const;  // the kernel or one of its modules
  // "" when the recording does not state it.
  std::string_view meta(std::string_view key) const;
  std::span<const std::pair<std::string, std::string>> meta() const { return meta_; }
  uint64_t file_bytes() const { return file_bytes_; }
  bool symbolised() const { return symbolised_; }  // `lines` was in the recording

 private:
  friend class Loader;
  Profile() = default;
  Samples samples_;
  Stacks stacks_;
  Frames frames_;
  Lines lines_;
  std::vector<Function> functions_;
  std::vector<Module> modules_;
  std::vector<Process> processes_;
  std::vector<Thread> threads_;
  std::vector<Track> tracks_;
  TrackValues track_values_;
  Instrumentation instrumentation_;
  std::vector<Wait> waits_;
  std::vector<CostMetric> cost_metrics_;
  std::vector<Cost> costs_;
  std::vector<Measurement> measurements_;
  std::vector<Diagnostic> diagnostics_;
  std::vector<Pause> pauses_;
  std::vector<Code> code_;
  std::vector<CodeLine> code_lines_;
  std::vector<std::string_view> strings_;
  std::vector<std::vector<char>> string_heaps_;
  std::vector<std::pair<std::string, std::string>> meta_;
  uint64_t file_bytes_ = 0;
  bool symbolised_ = false;
};

// The last part of a path: "/usr/bin/xz" -> "xz".
std::string_view file_name(std::string_view path);

}  // namespace hone::profile
