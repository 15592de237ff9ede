// Findings about what frames are bound by: from the spans of a GPU where there are some, else from
// the names of spans.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "analysis/finding_rules.h"
#include "analysis/gpu_frames.h"
#include "base/host/text.h"

namespace hone::analysis {
namespace {

using base::count_text;
using base::percent_text;

std::string time_text(int64_t ns) {
  return base::duration_text(DurationNs{ns});
}

std::string device_text(const GpuFrames& gpu) {
  const std::string name = gpu.device.empty() ? "a GPU without a name" : gpu.device;
  return gpu.software ? "the software device " + name + ", whose time is the CPU's," : name;
}

struct Basis {
  CountsOfBounds counts{};
  bool of_slow = false;  // of the frames over the budget, where there are some
  uint64_t all() const {
    uint64_t sum = 0;
    for (const uint64_t count : counts) sum += count;
    return sum;
  }
  uint64_t of(FrameBound bound) const { return counts[static_cast<size_t>(bound)]; }
};

Basis basis_of(const GpuFrames& gpu) {
  const Basis slow{gpu.slow, true};
  return slow.all() >= Thresholds::kSlowFramesCount ? slow : Basis{gpu.counts, false};
}

std::string frames_text(const Basis& basis, FrameBound bound, int64_t budget_ns) {
  const auto all = static_cast<double>(basis.all());
  return fmt::format("{} of {} frames{} ({})", count_text(basis.of(bound)), count_text(basis.all()),
                     basis.of_slow ? " over " + time_text(budget_ns) : "",
                     percent_text(static_cast<double>(basis.of(bound)) / all));
}

// "busy 41.2% of their time (of all frames 430 µs a frame in the median, 1.20 ms at p95)"
std::string busy_text(const GpuFrames& gpu, const Basis& basis) {
  return fmt::format("busy {} of their time ({}{} a frame in the median, {} at p95)",
                     percent_text(basis.of_slow ? gpu.slow_busy_share : gpu.busy_share),
                     basis.of_slow ? "of all frames " : "", time_text(gpu.gpu_time.p50_ns),
                     time_text(gpu.gpu_time.p95_ns));
}

double wait_share(const GpuFrames& gpu, const Basis& basis) {
  return basis.of_slow ? gpu.slow_wait_share : gpu.wait_share;
}

std::string wait_text(const GpuFrames& gpu, const Basis& basis) {
  return fmt::format("waited for {} of it{}", percent_text(wait_share(gpu, basis)),
                     gpu.wait_span.empty() ? "" : ", most in '" + gpu.wait_span + "'");
}

std::string how_text() {
  return fmt::format(
      "From spans of the GPU, against the time between the marks of frames. Bound by the GPU: it "
      "is busy {:.0f}% of the frame or more, and the thread that marks the frame waits for it "
      "{:.0f}% or more, in the span that is open when it has done its work, of a place whose spans "
      "mostly end then. In turns: waited for, and less busy. By the CPU: neither; the thread is "
      "not held up in handing over frames, nor blocked {:.0f}% of the frame by something else. "
      "What is said of most frames over the budget counts, where there are {} or more, else of "
      "most frames. GPU work outside of spans is not known of.",
      kGpuBusy * 100, kGpuWait * 100, kWaitsElse * 100, Thresholds::kSlowFramesCount);
}

void add_evidence(const GpuFrames& gpu, const Basis& basis, Finding& f) {
  f.evidence = {{"basis", "gpu-spans"},
                {"set", gpu.set},
                {"device", gpu.device},
                {"software_device", gpu.software ? "yes" : "no"},
                {"frames", std::to_string(gpu.count())},
                {"gpu_bound", std::to_string(gpu.counts[static_cast<size_t>(FrameBound::kGpu)])},
                {"cpu_bound", std::to_string(gpu.counts[static_cast<size_t>(FrameBound::kCpu)])},
                {"in_turns", std::to_string(gpu.counts[static_cast<size_t>(FrameBound::kTurns)])},
                {"of_slow_frames", basis.of_slow ? "yes" : "no"},
                {"gpu_p50_ns", std::to_string(gpu.gpu_time.p50_ns)},
                {"gpu_p95_ns", std::to_string(gpu.gpu_time.p95_ns)},
                {"gpu_share", number_text(basis.of_slow ? gpu.slow_busy_share : gpu.busy_share)},
                {"wait_share", number_text(wait_share(gpu, basis))},
                {"wait_span", gpu.wait_span},
                {"clock_error_ns", std::to_string(gpu.error_ns)}};
}

// From the spans of a GPU; false when these do not tell.
bool find_by_gpu_spans(const FindingInput& in, const GpuFrames& gpu, Findings& out) {
  if (gpu.count() < Thresholds::kFrames) return false;
  const Basis basis = basis_of(gpu);
  const FrameBound bound = bound_of_most(basis.counts);
  if (bound == FrameBound::kNotTold) return false;
  // A program within its budget is not to be made faster on the CPU.
  if (bound == FrameBound::kCpu && !basis.of_slow) return true;
  const std::string frames = frames_text(basis, bound, in.spans.budget_ns);
  Finding f;
  f.severity = basis.of_slow ? 2 : 1;
  if (bound == FrameBound::kGpu) {
    f.kind = FindingKind::kGpuBound;
    f.id = "gpu-bound";
    f.sentence = fmt::format("Bound by the GPU: {}; {} is {} and {}", frames, device_text(gpu),
                             busy_text(gpu, basis), wait_text(gpu, basis));
    f.next_step = "See which of its work takes longest: hone report --gpu";
    f.gain_share = wait_share(gpu, basis);
  } else if (bound == FrameBound::kTurns) {
    f.kind = FindingKind::kGpuCpuTurns;
    f.id = "gpu-cpu-turns";
    f.sentence = fmt::format("CPU and GPU work in turns: {}; {} is {} and {}", frames,
                             device_text(gpu), busy_text(gpu, basis), wait_text(gpu, basis));
    f.next_step =
        "Prepare the next frame while the GPU works on this one: wait for it a frame later";
    f.gain_share = wait_share(gpu, basis);
  } else {
    f.kind = FindingKind::kCpuBound;
    f.id = "cpu-bound";
    f.severity = 1;
    f.sentence = fmt::format("Bound by the CPU: {}; {} is {} and hardly waited for", frames,
                             device_text(gpu), busy_text(gpu, basis));
    f.next_step = "See what takes their time: hone report --spans";
  }
  f.how = how_text();
  add_evidence(gpu, basis, f);
  out.push_back(std::move(f));
  return true;
}

// Places of one name together: the one that hands over frames and takes most of their time.
std::pair<std::string, double> longest_hand_over(const SpanReport& spans) {
  std::map<std::string, double> shares;
  for (const SpanStats& span : spans.spans) {
    if (waits_for_display(span.name)) shares[span.name] += span.frame_share;
  }
  std::pair<std::string, double> longest;
  for (const auto& [name, share] : shares) {
    if (share > longest.second) longest = {name, share};
  }
  return longest;
}

// The name of a span tells what it waits for, and nothing else does: an approximation.
void find_by_names(const FindingInput& in, Findings& out) {
  const FrameComparison& frames = in.spans.comparison;
  const auto [name, share] = longest_hand_over(in.spans);
  if (share <= 0) return;
  const bool gpu = share >= Thresholds::kPresentShare;
  // Between the two nobody can tell; and a program within its budget is bound by neither.
  if (!gpu && (share > Thresholds::kPresentLittle || frames.slow == 0)) return;
  Finding f{.kind = gpu ? FindingKind::kGpuBound : FindingKind::kCpuBound,
            .id = gpu ? "gpu-bound" : "cpu-bound",
            .severity = static_cast<uint8_t>(gpu ? 2 : 1)};
  if (gpu) {
    f.sentence = fmt::format(
        "Frames seem to wait for the GPU or the display, by the name of a span alone: '{}' is {} "
        "of their time; which of the two, its name does not tell",
        name, percent_text(share));
    f.next_step =
        "Mark what the GPU does (hone/vulkan.h), or record without vertical sync: when it stays as "
        "long, the GPU is what takes the time";
  } else {
    f.sentence = fmt::format(
        "Frames over the budget seem to be the CPU's, by the name of a span alone: '{}', where "
        "they would wait for the GPU or the display, is {} of their time",
        name, percent_text(share));
    f.next_step = "See what it does meanwhile: hone report --spans";
  }
  f.how = fmt::format(
      "An approximation. The span whose name tells of handing over a frame (Present, SwapBuffers, "
      "WaitForFences, AcquireNextImage, QueueSubmit with wait) and that has most of the time of "
      "frames on their threads: from {:.0f}% on frames wait for it; under {:.0f}%, with frames "
      "over "
      "the budget, they do not. It says nothing of what the GPU does meanwhile: there are no spans "
      "of one, or they do not tell.",
      Thresholds::kPresentShare * 100, Thresholds::kPresentLittle * 100);
  f.evidence = {{"basis", "name-of-span"}, {"span", name}, {"frame_share", number_text(share)}};
  f.gain_share = gpu ? share : 0;
  out.push_back(std::move(f));
}

}  // namespace

void find_bound_by(const FindingInput& in, Findings& out) {
  const FrameComparison& frames = in.spans.comparison;
  if (frames.set.empty() || in.spans.frames[0].times.count < Thresholds::kFrames) return;
  for (const GpuFrames& gpu : gpu_frames(in.profile, in.selection, in.spans.budget_ns)) {
    if (gpu.set == frames.set && find_by_gpu_spans(in, gpu, out)) return;
  }
  find_by_names(in, out);
}

}  // namespace hone::analysis
