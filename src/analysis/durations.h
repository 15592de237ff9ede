// Durations by the million, and what they come to: exact ranks, without keeping one number for
// each.
//
//   Durations durations;
//   durations.add(ns);
//   const Distribution times = durations.distribution();
//   durations.at_least(times.p50_ns * 10);
//
// Short ones, which come by the million, are only counted, each length by itself; of longer ones a
// second of a thread holds few, and they are kept. Few of any length are kept as they are, so that
// a place that is seldom met costs no table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hone::analysis {

// Of durations, in ns; all 0 when there are none.
struct Distribution {
  uint64_t count = 0;
  int64_t total_ns = 0, least_ns = 0, p50_ns = 0, p95_ns = 0, p99_ns = 0, most_ns = 0;
  double mean_ns = 0;
};
// Reorders `durations`.
Distribution distribution_of(std::vector<int64_t>& durations);

class Durations {
 public:
  // None is less than 0; not more than 2^32 of them.
  void add(uint64_t ns) {
    if (ns < short_limit_) [[likely]] {
      ++short_[ns];
    } else {
      keep(ns);
    }
  }
  void take_over(const Durations& other);
  bool empty() const { return short_.empty() && kept_.empty() && long_.empty(); }
  Distribution distribution();

  struct Part {
    uint64_t count = 0;
    int64_t total_ns = 0;
  };
  // Calls see(ns, times) with each length that came, short ones in order and once. The same length
  // may come again of longer ones.
  template <class F>
  void for_each(F&& see) const {
    for (size_t ns = 0; ns < short_.size(); ++ns) {
      if (short_[ns] > 0) see(uint64_t{ns}, uint64_t{short_[ns]});
    }
    for (const uint32_t ns : kept_) see(uint64_t{ns}, uint64_t{1});
    for (const uint64_t ns : long_) see(ns, uint64_t{1});
  }
  // The length at a rank, from 0, which is less than how many there are. After distribution().
  uint64_t at_rank(uint64_t rank);
  // Those of that length and more: kShort and above only.
  Part at_least(uint64_t ns) const;
  static constexpr uint64_t kShort = 4096;

 private:
  static constexpr size_t kFew = 1024;
  void keep(uint64_t ns);

  uint64_t short_limit_ = 0;     // short_.size(), which is not at hand
  std::vector<uint32_t> short_;  // how often; index = ns. Empty as long as there are few
  std::vector<uint32_t> kept_;   // in no order
  std::vector<uint64_t> long_;   // the same, of what 32 bits do not hold
  uint64_t short_count_ = 0;     // by distribution()
};

}  // namespace hone::analysis
