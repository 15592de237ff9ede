// Samples of perf.data with their stacks: those that count time become samples, the others sums by
// stack (costs). Stacks are the kernel's, by frame pointers, or are unwound here from the registers
// and the copy of the stack that a sample has.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/import_perf_data_file.h"
#include "exchange/import_perf_data_modules.h"
#include "exchange/import_perf_data_tasks.h"
#include "stacks/unwinder.h"

namespace hone::exchange::perf_data {

class Samples {
 public:
  // Sums that are held before they are written, and begun anew.
  static constexpr size_t kSumsMost = 1 << 18;

  Samples(Intake& to, const File& file, Tasks& tasks, Modules& modules);

  void take(const Sample& sample);
  // Writes what is held, and says what was found.
  void finish();

  std::span<const int64_t> self_ns_by_frame() const { return self_by_frame_; }

 private:
  enum class Stacks : uint8_t { kNone, kKernelWalks, kUnwound };
  struct Column {  // of an event
    bool is_time = false, counts = false;
    Stacks stacks = Stacks::kNone;
    int64_t fixed_weight_ns = 0;  // 0: the period of each sample
    uint64_t samples = 0;
    MetricId metric{};
  };
  struct Sum {
    uint32_t event = 0;
    ThreadId thread{};
    StackId stack{};
    bool operator==(const Sum&) const = default;
  };
  struct HashOfSum {
    size_t operator()(const Sum& of) const;
  };
  struct Value {
    int64_t value = 0;
    uint64_t count = 0;
  };
  struct Broken {
    unwind::WalkEnd end{};
    stacks::Module* module = nullptr;
    uint64_t count = 0;
  };
  // The last chain of some threads, as addresses: what the next one mostly shares.
  struct Chain {
    uint64_t generation = 0;
    std::vector<uint64_t> user;
  };
  struct CachedFrame {
    uint64_t address = 0, generation = 0;
    FrameId frame{};
  };
  static constexpr size_t kCachedFrames = 1 << 14;

  void choose_time();
  const perf_event_attr& attr(uint32_t event) const { return file_.events()[event].attr; }
  StackId stack_of(const Sample& sample, const Column& column, Process& process,
                   recording::SampleRow& row);
  void split_chain(const Sample& sample);
  FrameId kernel_frame(uint64_t address);
  FrameId user_frame(const stacks::AddressSpace& space, uint64_t address);
  std::optional<unwind::Arch> arch_of(const perf_event_attr& attr) const;
  bool unwind(const Sample& sample, const perf_event_attr& attr, Process& process,
              const recording::Builder::Path& path, recording::SampleRow& row);
  unwind::WalkEnd end_of_chain(const Process& process, uint64_t address, FrameId outermost);
  void take_chain(const Sample& sample, const Column& column, const Process& process,
                  recording::SampleRow& row);
  void note_broken(unwind::WalkEnd end, stacks::Module* module);
  void add_cost(uint32_t event, ThreadId thread, StackId stack, uint64_t value);
  void write_costs();
  void say_what_is_time();
  void say_stacks();

  Intake& to_;
  const File& file_;
  Tasks& tasks_;
  Modules& modules_;
  std::unique_ptr<stacks::Unwinder> unwinder_;
  std::optional<unwind::Arch> unwinder_arch_;
  std::vector<Column> columns_;
  size_t events_seen_ = 0;
  std::vector<uint32_t> time_events_;  // whose samples are CPU time
  std::unordered_map<Sum, Value, HashOfSum> sums_;
  std::vector<uint64_t> kernel_, user_;  // of the sample at hand, innermost first
  std::vector<FrameId> frames_;
  std::vector<uint8_t> end_by_frame_;  // 1 + WalkEnd; 0: not looked up
  std::vector<CachedFrame> cached_ = std::vector<CachedFrame>(kCachedFrames);
  static constexpr size_t kPaths = stacks::Unwinder::kRecentStacks;
  recording::Builder::Path unwound_paths_[kPaths], other_paths_[kPaths];
  Chain chains_[kPaths];
  std::vector<int64_t> self_by_frame_;
  std::vector<Broken> broken_;
  uint64_t idle_ = 0, other_abi_ = 0, no_registers_ = 0, leaf_assumed_ = 0, walked_by_kernel_ = 0,
           without_stack_ = 0, without_time_ = 0, arch_unknown_ = 0;
};

}  // namespace hone::exchange::perf_data
