#include "analysis/function_stretches.h"

#include <algorithm>
#include <span>
#include <utility>

#include "analysis/weights.h"

namespace hone::analysis {
namespace {

// A damaged file may say anything.
constexpr int64_t kWeightMax = int64_t{1} << 60, kTimeMax = int64_t{1} << 61;

// By stack: whether it goes through the function.
std::vector<uint8_t> stacks_through(const profile::Profile& p, uint64_t key) {
  const profile::Stacks& stacks = p.stacks();
  std::vector<uint8_t> out(stacks.size(), 0);
  for (uint32_t at = 1; at < out.size(); ++at) {
    out[at] = out[raw(stacks.parent[at])];  // a parent stands before its children
    const RowRange rows = rows_of(p, at);
    for (uint32_t row = rows.begin; row < rows.end && out[at] == 0; ++row) {
      out[at] = p.functions()[raw(p.lines().function[row])].key == key;
    }
  }
  return out;
}

class Finder {
 public:
  Finder(const profile::Profile& p, const SampleFilter& filter, std::vector<uint8_t> through)
      : samples_(p.samples()), filter_(filter), through_(std::move(through)) {}

  // `rows`: the samples of a thread in the order of time.
  void add(ThreadId thread, std::span<const uint32_t> rows, std::vector<FunctionStretch>& out) {
    FunctionStretch run;
    TimeNs before{};
    bool has_before = false;
    const auto end = [&] {
      if (run.samples > 0) out.push_back(run);
      run = {};
    };
    for (const uint32_t row : rows) {
      const TimeNs time = samples_.time[row];
      if (raw(time) < 0 || raw(time) > kTimeMax) continue;
      const int64_t weight = weight_of(row);
      if (!filter_.takes(row) || through_[raw(samples_.stack[row])] == 0) {
        end();
      } else {
        if (run.samples > 0 && raw(time) - raw(before) > 2 * std::max(weight, weight_before_)) {
          end();
        }
        if (run.samples == 0) {
          run = {.thread = thread, .sample = row, .start = TimeNs{raw(time) - weight}};
          // What came before it stands for its own time.
          if (has_before) run.start = std::max(run.start, before);
        }
        run.end = time;
        ++run.samples;
        run.cpu_ns = std::min(run.cpu_ns + weight, kWeightMax);
      }
      before = time;
      has_before = true;
      weight_before_ = weight;
    }
    end();
  }

 private:
  int64_t weight_of(uint32_t row) const {
    return std::clamp<int64_t>(samples_.weight_ns[row], 0, kWeightMax / 4);
  }
  const profile::Samples& samples_;
  const SampleFilter& filter_;
  std::vector<uint8_t> through_;
  int64_t weight_before_ = 0;
};

}  // namespace

FunctionStretches function_stretches(const profile::Profile& profile, const SampleStrips& strips,
                                     const Selection& selection, uint64_t key, size_t most) {
  const SampleFilter filter(profile, selection);
  Finder finder(profile, filter, stacks_through(profile, key));
  FunctionStretches out;
  for (uint32_t i = 0; i < profile.threads().size(); ++i) {
    finder.add(ThreadId{i}, strips.of_thread(ThreadId{i}), out.longest);
  }
  out.runs = out.longest.size();
  for (const FunctionStretch& run : out.longest) {
    out.samples += run.samples;
    out.cpu_ns = std::min(out.cpu_ns, kWeightMax) + run.cpu_ns;
  }
  std::stable_sort(out.longest.begin(), out.longest.end(), [](const auto& a, const auto& b) {
    return a.cpu_ns != b.cpu_ns ? a.cpu_ns > b.cpu_ns : a.start < b.start;
  });
  if (out.longest.size() > most) out.longest.resize(most);
  return out;
}

}  // namespace hone::analysis
