// Samples as strips over time: which function a thread was in, which thread a CPU ran, how busy the
// CPUs were.
//
// A sample is a moment; between two of them nobody looked. A strip shows of each bucket the one
// that most of its samples saw, with how many there are, and nothing where there is none. Of a
// bucket with very many samples every n-th is looked at (kLookedAt), so that it costs no more.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "profile/profile.h"
#include "profile/span_window.h"

namespace hone::analysis {

// A stretch of buckets with the same answer.
struct StripPart {
  uint32_t start = 0, end = 0;  // buckets
  uint32_t what = 0;            // FunctionId or ThreadId
  uint32_t count = 0;           // samples in it, of whatever
  uint32_t sample = 0;          // one that saw it, the first
  double share = 0;             // of those looked at, how many saw it
};

class SampleStrips {
 public:
  static constexpr size_t kLookedAt = 64;
  explicit SampleStrips(const profile::Profile& profile);

  // In the order of time.
  std::span<const uint32_t> of_thread(ThreadId id) const { return part(by_thread_, raw(id)); }
  std::span<const uint32_t> of_cpu(uint16_t cpu) const { return part(by_cpu_, cpu); }
  size_t cpu_count() const { return by_cpu_.first.empty() ? 0 : by_cpu_.first.size() - 1; }

  std::vector<StripPart> functions(ThreadId thread, const profile::SpanWindow& window) const;
  std::vector<StripPart> threads(uint16_t cpu, const profile::SpanWindow& window) const;
  // Of each bucket, how many CPUs were busy; a sample stands for the time up to it.
  std::vector<double> busy_cpus(const profile::SpanWindow& window) const;
  double most_busy_cpus() const { return most_busy_; }
  // The innermost, inlined ones too; kNone: its stack is not known.
  FunctionId leaf(size_t sample) const;

 private:
  struct Groups {
    std::vector<uint32_t> first;  // of each group, and one behind the last
    std::vector<uint32_t> rows;
  };
  static std::span<const uint32_t> part(const Groups& groups, size_t at);
  template <class F>
  Groups group(size_t count, F&& group_of) const;
  template <class F>
  std::vector<StripPart> strip(std::span<const uint32_t> rows, const profile::SpanWindow& window,
                               F&& what_of) const;
  void add_busy();
  double busy_until(TimeNs time) const;

  static constexpr size_t kBins = size_t{1} << 17;
  const profile::Profile& profile_;
  Groups by_thread_, by_cpu_;
  TimeNs first_{}, last_{};
  int64_t bin_ns_ = 1;
  std::vector<double> busy_before_;  // ns of CPUs up to each bin
  double most_busy_ = 0;
};

}  // namespace hone::analysis
