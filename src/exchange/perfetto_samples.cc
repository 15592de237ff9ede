// Samples of Perfetto's format: a packet each, with its stack by number.
//
// What a sample weighs has no place of its own. The format has the value of the counter that
// samples are taken by, which only grows: here the CPU time that the samples of one CPU stand for,
// this one among them.
#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include "exchange/perfetto_parts.h"

namespace hone::exchange::perfetto {
namespace {

// profile_common.proto, perf_sample of profile_packet.proto
namespace sample {
enum : uint32_t {
  kCpu = 1,
  kProcess = 2,
  kThread = 3,
  kCallstack = 4,
  kMode = 5,
  kTimebaseCount = 6,
  kUnwindError = 16,
};
}
constexpr uint64_t kKernelMode = 1, kUserMode = 2;
constexpr uint64_t kErrorUnknown = 0;

// Numbers are those of the recording: of a frame the row of its line, since one that has others
// inlined is several here.
class Stacks {
 public:
  explicit Stacks(Trace& trace)
      : trace_(trace),
        p_(trace.profile),
        stack_known_(p_.stacks().size() + 1),
        line_known_(p_.lines().function.size() + 1),
        module_known_(p_.modules().size()) {}

  uint64_t number_of(StackId stack) {
    if (stack == StackId::kNone) return no_stack();
    if (!stack_known_[raw(stack)]) {
      stack_known_[raw(stack)] = true;
      put(stack);
    }
    return raw(stack);
  }

 private:
  uint64_t no_stack() {
    const uint64_t number = p_.stacks().size();
    if (stack_known_.back()) return number;
    stack_known_.back() = true;
    const uint64_t frame = line_known_.size();
    put_frame(frame, "(no stack)", ModuleId::kNone, 0, StringId::kNone, 0);
    ProtoBuffer& to = trace_.interned_data();
    const size_t entry = to.begin(interned::kCallstacks);
    to.put(1, number);
    to.put(2, frame);
    to.end(entry);
    return number;
  }

  // The outermost function first.
  void put(StackId stack) {
    path_.clear();
    for (StackId at = stack; at != StackId::kNone; at = p_.stacks().parent[raw(at)]) {
      const uint32_t frame = raw(p_.stacks().frame[raw(at)]);
      for (uint32_t row = p_.frames().first_line[frame]; row < p_.frames().first_line[frame + 1];
           ++row) {
        if (!line_known_[row]) {
          line_known_[row] = true;
          put_line(frame, row);
        }
        path_.push_back(row + 1);
      }
    }
    ProtoBuffer& to = trace_.interned_data();
    const size_t entry = to.begin(interned::kCallstacks);
    to.put(1, raw(stack));
    for (; !path_.empty(); path_.pop_back()) to.put(2, path_.back());
    to.end(entry);
  }

  void put_line(uint32_t frame, uint32_t row) {
    const profile::Function& function = p_.functions()[raw(p_.lines().function[row])];
    put_frame(row + 1, p_.string(function.name), p_.frames().module[frame],
              p_.frames().address[frame], p_.lines().file[row], p_.lines().line[row]);
  }

  void put_frame(uint64_t number, std::string_view name, ModuleId module, uint64_t address,
                 StringId file, uint32_t line) {
    const uint64_t name_number = trace_.number_of(interned::kFunctionNames, name);
    const uint64_t path =
        file == StringId::kNone ? 0 : trace_.number_of(interned::kSourcePaths, p_.string(file));
    put_module(module);
    ProtoBuffer& to = trace_.interned_data();
    const size_t entry = to.begin(interned::kFrames);
    to.put(1, number);
    to.put(2, name_number);
    to.put(3, raw(module) + 1);
    to.put(4, address);
    if (path != 0) {
      to.put(5, path);
      to.put(6, line);
    }
    to.end(entry);
  }

  // Readers leave out frames of no module: what is of none has one that says so.
  void put_module(ModuleId id) {
    if (module_known_[raw(id)]) return;
    module_known_[raw(id)] = true;
    const profile::Module& module = p_.modules()[raw(id)];
    const std::string_view name = id == ModuleId::kNone ? "[unknown]" : p_.string(module.path);
    const uint64_t path = trace_.number_of(interned::kMappingPaths, name);
    const uint64_t build_id =
        module.build_id.empty() ? 0 : trace_.number_of(interned::kBuildIds, module.build_id);
    ProtoBuffer& to = trace_.interned_data();
    const size_t entry = to.begin(interned::kMappings);
    to.put(1, raw(id) + 1);
    if (build_id != 0) to.put(2, build_id);
    to.put(7, path);
    to.end(entry);
  }

  Trace& trace_;
  const profile::Profile& p_;
  std::vector<bool> stack_known_, line_known_, module_known_;
  std::vector<uint64_t> path_;
};

}  // namespace

void write_samples(Trace& trace) {
  const profile::Samples& samples = trace.profile.samples();
  std::vector<uint32_t> order(samples.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto is_before = [&](uint32_t a, uint32_t b) { return samples.time[a] < samples.time[b]; };
  if (!std::is_sorted(order.begin(), order.end(), is_before)) {
    std::stable_sort(order.begin(), order.end(), is_before);
  }
  Stacks stacks(trace);
  std::map<uint16_t, uint64_t> ns_of_cpu;
  for (const uint32_t i : order) {
    const ThreadId thread = samples.thread[i];
    if (!trace.options.takes(thread, samples.time[i])) continue;
    if (trace.out.failed()) return;
    const uint64_t stack = stacks.number_of(samples.stack[i]);
    uint64_t& ns = ns_of_cpu[samples.cpu[i]];
    // A hostile file's sums wrap around; the last value is what they come to.
    ns += static_cast<uint64_t>(std::max<int64_t>(samples.weight_ns[i], 0));
    ProtoBuffer& to = trace.begin_packet(samples.time[i]);
    const size_t begun = to.begin(packet::kPerfSample);
    if (samples.cpu[i] != recording::kNoCpu) to.put(sample::kCpu, samples.cpu[i]);
    to.put(sample::kProcess, trace.ids.pid_of(thread));
    to.put(sample::kThread, trace.ids.tid(thread));
    to.put(sample::kCallstack, stack);
    const bool in_kernel = (samples.flags[i] & recording::kSampleInKernel) != 0;
    to.put(sample::kMode, in_kernel ? kKernelMode : kUserMode);
    to.put(sample::kTimebaseCount, ns);
    if (samples.end[i] != 0) to.put(sample::kUnwindError, kErrorUnknown);
    to.end(begun);
    trace.end_packet();
  }
}

}  // namespace hone::exchange::perfetto
