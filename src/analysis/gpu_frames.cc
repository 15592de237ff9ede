#include "analysis/gpu_frames.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "analysis/frame_times.h"
#include "analysis/stretches.h"
#include "analysis/wait_rows.h"
#include "analysis/weights.h"
#include "hone/cuda_activity.h"
#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

using profile::GpuSpan;
using profile::Profile;

constexpr uint8_t kSoftware = 4;  // VK_PHYSICAL_DEVICE_TYPE_CPU
// A thread mostly runs again so long after what it waited for, or so much of a frame.
constexpr int64_t kWakesNs = 50'000;
constexpr int64_t kWakesPart = 20;
constexpr int64_t kErrorMax = 1'000'000'000;
// Spans that begin and end between the end of the work and that of the one around; files may have
// any number.
constexpr size_t kLooksMax = 64;

// All queues of one device in one process.
struct Device {
  ProcessId process{};
  StringId name{};
  bool software = false;
  int64_t error_ns = -1;
  uint64_t left_out = 0;
  std::vector<const GpuSpan*> spans;
};

std::vector<Device> devices_of(const Profile& p) {
  const profile::Instrumentation& all = p.instrumentation();
  std::map<std::pair<uint32_t, uint32_t>, size_t> known;
  std::vector<Device> out;
  std::vector<size_t> of_queue;
  for (const profile::GpuQueue& queue : all.gpu_queues) {
    const auto [at, is_new] =
        known.try_emplace({raw(queue.process), raw(queue.device)}, out.size());
    if (is_new) out.push_back({.process = queue.process, .name = queue.device});
    out[at->second].software |= queue.device_kind == kSoftware;
    of_queue.push_back(at->second);
  }
  // What each queue left out grows; the queues of a device add up.
  std::vector<uint64_t> left_out(all.gpu_queues.size());
  for (const profile::GpuClock& clock : all.gpu_clocks) {
    Device& device = out[of_queue[raw(clock.queue)]];
    if (all.gpu_queues[raw(clock.queue)].calibration != HONE_GPU_BY_CUPTI) {
      device.error_ns = std::max(device.error_ns, std::min(clock.error_ns, kErrorMax));
    }
    left_out[raw(clock.queue)] = std::max(left_out[raw(clock.queue)], clock.left_out);
  }
  for (size_t i = 0; i < left_out.size(); ++i) out[of_queue[i]].left_out += left_out[i];
  for (const GpuSpan& span : all.gpu_spans) out[of_queue[raw(span.queue)]].spans.push_back(&span);
  std::erase_if(out, [](const Device& device) { return device.spans.empty(); });
  for (Device& device : out) {
    std::sort(device.spans.begin(), device.spans.end(),
              [](const GpuSpan* a, const GpuSpan* b) { return a->start < b->start; });
  }
  return out;
}

Stretches busy_of(const Device& device) {
  Stretches out;
  for (const GpuSpan* span : device.spans) out.add(span->start, span->end);
  return out;
}

// When the device had done the work of each frame: the last end of what was recorded in it.
std::vector<TimeNs> ends_of_work(const Device& device, const FrameSet& set) {
  std::vector<TimeNs> out(set.frames.size(), TimeNs{INT64_MIN});
  for (const GpuSpan* span : device.spans) {
    const auto behind =
        std::upper_bound(set.frames.begin(), set.frames.end(), span->issued,
                         [](TimeNs time, const FrameTime& frame) { return time < frame.start; });
    // What was recorded before any frame, or is recorded once and used often, ends on its own.
    const auto at = behind - set.frames.begin() - 1;
    const bool is_in =
        at >= 0 && span->issued < set.frames[static_cast<size_t>(at)].start +
                                      DurationNs{set.frames[static_cast<size_t>(at)].duration_ns};
    if (!is_in && span->depth == 0) out.push_back(span->end);
    if (is_in) out[static_cast<size_t>(at)] = std::max(out[static_cast<size_t>(at)], span->end);
  }
  std::erase(out, TimeNs{INT64_MIN});
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// Spans of one thread in which it waits until the device has done its work. Which ones do is told
// by their places: at most times that one is open when the work is done, it ends then. When it ends
// later now and then, the thread was woken late; when it ends then by chance, it is no such place.
class WaitsForDevice {
 public:
  WaitsForDevice(const profile::Spans& spans, const profile::Spans::OfThread& part)
      : spans_(spans), first_(part.first), next_(part.first), last_(part.first + part.count) {}

  // Times come from early to late. `wakes_ns`: that the thread may need until it runs again.
  void look_at(TimeNs done, int64_t error_ns, int64_t wakes_ns) {
    const TimeNs from = done + DurationNs{-error_ns};
    while (next_ < last_ && spans_.end(next_) < from) ++next_;
    // The first to end that was open then is the innermost.
    const size_t stop = std::min(last_, next_ + kLooksMax);
    for (size_t i = next_; i < stop; ++i) {
      if (spans_.start(i) > done) continue;
      TimeNs start = spans_.start(i);
      // What is its own begins behind the last span inside it.
      if (next_ > first_) start = std::max(start, std::min(spans_.end(next_ - 1), done));
      const bool ends_then = spans_.end(i) <= done + DurationNs{error_ns + wakes_ns};
      seen_.push_back({spans_.site(i), start, std::min(done, spans_.end(i))});
      Place& place = places_[raw(spans_.site(i))];
      ++place.count;
      place.ends_then += ends_then;
      return;
    }
  }
  // As long as the device works; by place, too.
  Stretches waits(const Stretches& busy, std::map<uint32_t, int64_t>& by_site) const {
    Stretches out;
    TimeNs until{INT64_MIN};
    for (const Seen& each : seen_) {
      const Place& place = places_.at(raw(each.site));
      const TimeNs start = std::max(each.start, until);
      if (place.ends_then * 2 < place.count || each.end <= start) continue;
      const int64_t ns = busy.between(start, each.end);
      if (ns <= 0) continue;
      out.add(each.end + DurationNs{-ns}, each.end);
      by_site[raw(each.site)] += ns;
      until = each.end;
    }
    return out;
  }

 private:
  struct Place {
    uint64_t count = 0, ends_then = 0;
  };
  struct Seen {
    SiteId site{};
    TimeNs start{}, end{};
  };
  profile::SpanReader spans_;
  size_t first_, next_, last_;
  std::vector<Seen> seen_;
  std::map<uint32_t, Place> places_;
};

// What threads that mark frames do in them.
struct OfThread {
  Stretches gpu_waits;  // for the device
  Stretches hand_over;  // in spans that by their name wait for it, or for the display
  Stretches blocked;    // for anything
};

Stretches hand_overs(const Profile& p, const profile::Spans::OfThread& part,
                     const std::vector<uint8_t>& is_hand_over) {
  profile::SpanReader spans(p.instrumentation().spans);
  std::vector<std::pair<TimeNs, TimeNs>> found;
  for (size_t i = part.first; i < part.first + part.count; ++i) {
    if (is_hand_over[raw(spans.site(i))]) found.emplace_back(spans.start(i), spans.end(i));
  }
  std::sort(found.begin(), found.end());
  Stretches out;
  for (const auto& [start, end] : found) out.add(start, end);
  return out;
}

void add_blocked(const Profile& p, std::map<uint32_t, OfThread>& threads) {
  const Selection everything;
  const SampleFilter filter(p, everything);
  WaitKinds kinds(p);
  std::map<uint32_t, std::vector<std::pair<TimeNs, TimeNs>>> found;
  const WaitRows rows(p, everything, filter);
  rows.for_each([&](const WaitPart& part) {
    const profile::Wait& wait = *part.wait;
    if (!threads.contains(raw(wait.thread))) return;
    if (wait.count > 1 || part.blocked_ns <= 0 || kinds.of(wait) == WaitKind::kRunQueue) return;
    found[raw(wait.thread)].emplace_back(wait.time, wait.time + DurationNs{part.blocked_ns});
  });
  for (auto& [thread, stretches] : found) {
    std::sort(stretches.begin(), stretches.end());
    for (const auto& [start, end] : stretches) threads[thread].blocked.add(start, end);
  }
}

// One device against one set of frames.
class Judged {
 public:
  Judged(const Profile& p, const FrameSet& set, const Device& device)
      : p_(p), set_(set), device_(device), busy_(busy_of(device)) {
    for (const FrameTime& frame : set.frames) {
      if (is_meant(frame)) threads_[raw(frame.thread)];
    }
    if (threads_.empty()) return;
    find_waits();
    add_blocked(p, threads_);
  }

  std::optional<GpuFrames> result(int64_t budget_ns) const {
    GpuFrames out{.set = set_.name,
                  .device = std::string(p_.string(device_.name)),
                  .process = std::string(p_.string(p_.processes()[raw(device_.process)].name)),
                  .software = device_.software,
                  .error_ns = device_.error_ns,
                  .left_out = device_.left_out};
    std::vector<int64_t> gpu_ns;
    struct Sums {
      double all = 0, busy = 0, waited = 0;
    } sums, slow;
    for (const FrameTime& frame : set_.frames) {
      if (!is_meant(frame) || frame.duration_ns <= 0) continue;
      const TimeNs end = frame.start + DurationNs{frame.duration_ns};
      const OfThread& thread = threads_.at(raw(frame.thread));
      gpu_ns.push_back(busy_.between(frame.start, end));
      const int64_t wait = thread.gpu_waits.between(frame.start, end);
      for (Sums* sum : {&sums, frame.duration_ns > budget_ns ? &slow : nullptr}) {
        if (sum == nullptr) continue;
        sum->all += static_cast<double>(frame.duration_ns);
        sum->busy += static_cast<double>(gpu_ns.back());
        sum->waited += static_cast<double>(wait);
      }
      const auto bound = static_cast<size_t>(judge(frame, thread, gpu_ns.back(), wait));
      ++out.counts[bound];
      if (frame.duration_ns > budget_ns) ++out.slow[bound];
    }
    if (gpu_ns.empty()) return std::nullopt;
    out.gpu_time = distribution_of(gpu_ns);
    out.busy_share = sums.busy / sums.all;
    out.wait_share = sums.waited / sums.all;
    if (slow.all > 0) {
      out.slow_busy_share = slow.busy / slow.all;
      out.slow_wait_share = slow.waited / slow.all;
    }
    const auto longest =
        std::max_element(by_name_.begin(), by_name_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (longest != by_name_.end()) out.wait_span = longest->first;
    return out;
  }

 private:
  // Of the device's process, and in the time of its spans.
  bool is_meant(const FrameTime& frame) const {
    const ProcessId process = p_.threads()[raw(frame.thread)].process;
    return process == device_.process && !busy_.empty() && frame.start < busy_.last() &&
           frame.start + DurationNs{frame.duration_ns} > busy_.first();
  }

  void find_waits() {
    const profile::Instrumentation& all = p_.instrumentation();
    std::vector<uint8_t> is_hand_over;
    for (const profile::Site& site : all.sites) {
      is_hand_over.push_back(waits_for_display(p_.string(site.name)));
    }
    const std::vector<TimeNs> done = ends_of_work(device_, set_);
    std::vector<int64_t> durations;
    for (const FrameTime& frame : set_.frames) durations.push_back(frame.duration_ns);
    const int64_t wakes = std::max(kWakesNs, distribution_of(durations).p50_ns / kWakesPart);
    for (const profile::Spans::OfThread& part : all.spans.threads()) {
      const auto thread = threads_.find(raw(part.thread));
      if (thread == threads_.end()) continue;
      WaitsForDevice waits(all.spans, part);
      for (const TimeNs time : done) {
        waits.look_at(time, std::clamp<int64_t>(device_.error_ns, 0, wakes), wakes);
      }
      std::map<uint32_t, int64_t> by_site;
      thread->second.gpu_waits = waits.waits(busy_, by_site);
      thread->second.hand_over = hand_overs(p_, part, is_hand_over);
      for (const auto& [site, ns] : by_site) {
        by_name_[std::string(p_.string(all.sites[site].name))] += ns;
      }
    }
  }

  FrameBound judge(const FrameTime& frame, const OfThread& thread, int64_t gpu_ns,
                   int64_t wait_ns) const {
    const TimeNs end = frame.start + DurationNs{frame.duration_ns};
    const auto whole = static_cast<double>(frame.duration_ns);
    const auto share = [&](int64_t ns) { return static_cast<double>(ns) / whole; };
    if (share(device_.error_ns) > kGpuError) return FrameBound::kNotTold;
    const bool waits = share(wait_ns) >= kGpuWait;
    if (share(gpu_ns) >= kGpuBusy) return waits ? FrameBound::kGpu : FrameBound::kNotTold;
    // It may have been busy with what is missing.
    if (device_.left_out > 0) return FrameBound::kNotTold;
    if (waits) return FrameBound::kTurns;
    // Work that is not marked, the display, or another thread may be what it waits for.
    const int64_t handing_over = thread.hand_over.between(frame.start, end);
    const int64_t blocked = thread.blocked.between(frame.start, end);
    if (share(handing_over) >= kGpuWait || share(blocked) >= kWaitsElse) {
      return FrameBound::kNotTold;
    }
    return FrameBound::kCpu;
  }

  const Profile& p_;
  const FrameSet& set_;
  const Device& device_;
  Stretches busy_;
  std::map<uint32_t, OfThread> threads_;
  std::map<std::string, int64_t> by_name_;  // waits for the device, by span
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

// "Present" in vkQueuePresentKHR and in render.present, and in no representation.
bool holds_word(std::string_view name, std::string_view word) {
  for (size_t at = name.find(word); at != name.npos; at = name.find(word, at + 1)) {
    const char before = at == 0 ? ' ' : name[at - 1];
    const size_t end = at + word.size();
    const char after = end < name.size() ? name[end] : ' ';
    const bool begins =
        (!is_upper(before) && !is_lower(before)) || (is_upper(word[0]) && is_lower(before));
    if (begins && !is_lower(after)) return true;
  }
  return false;
}

}  // namespace

std::string_view bound_name(FrameBound bound) {
  static constexpr std::string_view kNames[] = {"not told", "gpu", "cpu", "turns"};
  return kNames[static_cast<size_t>(bound)];
}

FrameBound bound_of_most(const CountsOfBounds& counts) {
  uint64_t all = 0;
  for (const uint64_t count : counts) all += count;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > all / 2) return static_cast<FrameBound>(i);
  }
  return FrameBound::kNotTold;
}

std::vector<GpuFrames> gpu_frames(const Profile& profile, const Selection& selection,
                                  int64_t budget_ns) {
  std::vector<GpuFrames> out;
  if (profile.instrumentation().gpu_spans.empty()) return out;
  const SampleFilter filter(profile, selection);
  const std::vector<Device> devices = devices_of(profile);
  for (const FrameSet& set : frame_sets(profile, selection, filter)) {
    const size_t first = out.size();
    for (const Device& device : devices) {
      if (auto judged = Judged(profile, set, device).result(budget_ns)) {
        out.push_back(std::move(*judged));
      }
    }
    std::stable_sort(
        out.begin() + static_cast<ptrdiff_t>(first), out.end(),
        [](const GpuFrames& a, const GpuFrames& b) { return a.busy_share > b.busy_share; });
  }
  return out;
}

bool waits_for_display(std::string_view name) {
  if (holds_word(name, "Present") || holds_word(name, "present")) return true;
  const std::string low = lower(name);
  for (const std::string_view part : {"swapbuffers", "swap_buffers", "waitforfence",
                                      "wait_for_fence", "acquirenextimage", "acquire_next_image"}) {
    if (low.find(part) != low.npos) return true;
  }
  return low.find("queuesubmit") != low.npos && low.find("wait") != low.npos;
}

}  // namespace hone::analysis
