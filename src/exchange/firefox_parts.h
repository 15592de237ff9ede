// The parts of Firefox Profiler's format. For export_firefox.cc alone.
//
// A thread is columns: of samples, of markers, and of the stacks, frames, functions and texts that
// they refer to by number. All but the markers of spans are gathered as text while the thread is
// gone through.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange/call_nodes.h"
#include "exchange/export.h"

namespace hone::exchange::firefox {

// Their order in `categories` of the file.
enum class Category : uint32_t { kOther, kUser, kKernel, kOffCpu, kLock, kGpu };

// Modules as the file's `libs`; those alone that something refers to.
class Libraries {
 public:
  explicit Libraries(const profile::Profile& profile)
      : profile_(profile), numbers_(profile.modules().size()) {}
  uint32_t number_of(ModuleId module);
  void write(Output& out) const;

 private:
  const profile::Profile& profile_;
  std::vector<uint32_t> numbers_;  // 1 + number; 0: none yet
  std::vector<ModuleId> modules_;
};

struct Marker {
  std::string_view type;  // of the file's marker schemas
  std::string_view name;
  Category category = Category::kOther;
  TimeNs start{}, end{};
  bool is_instant = false;
  std::string_view details;  // "key":"value",...: JSON, without braces
};

// Who the thread is, for the file.
struct ThreadFacts {
  std::string_view name, process_name;
  uint32_t pid = 0, tid = 0;
  TimeNs start{}, end{};  // 0: not known
};

// Milliseconds since the file's zero, without rounding: 1234.567891.
void append_milliseconds(std::string& out, int64_t ns);

class ThreadTables {
 public:
  // All must outlive it.
  ThreadTables(const profile::Profile& profile, CallNodes& nodes, Libraries& libraries, TimeNs zero)
      : profile_(profile), nodes_(nodes), libraries_(libraries), zero_(zero) {}

  void add_sample(TimeNs time, StackId stack, int64_t weight_ns);
  void add_marker(const Marker& marker);
  void write(const ThreadFacts& facts, Output& out) const;

 private:
  struct MarkerRow {
    TimeNs start{}, end{};
    uint32_t name = 0;
    uint32_t details = 0;  // in details_
    uint8_t category = 0;
    bool is_instant = false;
  };

  uint32_t text(std::string_view words);
  uint32_t stack_of(uint32_t node);
  uint32_t function_of(FunctionId function);
  uint32_t resource_of(ModuleId module);
  Category category_of(FunctionId function) const;
  void write_samples(Output& out) const;
  void write_markers(Output& out) const;
  void write_stacks(Output& out) const;
  void write_functions(Output& out) const;
  void write_texts(Output& out) const;

  const profile::Profile& profile_;
  CallNodes& nodes_;
  Libraries& libraries_;
  TimeNs zero_;

  size_t samples_ = 0;
  std::string sample_stack_, sample_time_, sample_weight_;
  std::vector<MarkerRow> markers_;
  std::vector<const std::string*> details_;  // keys of details_known_, which do not move
  std::unordered_map<std::string, uint32_t> details_known_;
  std::unordered_map<uint32_t, uint32_t> stacks_, functions_, resources_;
  std::string stack_frame_, stack_prefix_, stack_category_;
  std::string function_name_, function_resource_, function_file_, function_line_;
  std::string frame_category_;
  std::string resource_lib_, resource_name_;
  std::unordered_map<std::string, uint32_t> texts_;
  std::vector<const std::string*> texts_in_order_;
  std::vector<uint32_t> path_;
};

// The file's counters: plots, what the system counted and what of pools is live.
// A counter has to name a thread of the file: that of its process, or the first of all.
struct MainThread {
  uint32_t number = 0;  // in the file
  ProcessId process{};
};
using MainThreads = std::unordered_map<uint32_t, MainThread>;  // by process; by none: the first
void write_counters(const profile::Profile& profile, const ExportOptions& options,
                    const MainThreads& main_threads, TimeNs zero, Left& left, Output& out);

}  // namespace hone::exchange::firefox
