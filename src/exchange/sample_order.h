// Samples thread by thread, each thread's in the order of time: a recording has those of all
// threads together.
//
//   const SamplesByThread order(profile, options);
//   for (uint32_t i : order.of(thread)) use(profile.samples().time[i]);
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "exchange/export.h"

namespace hone::exchange {

class SamplesByThread {
 public:
  // Of those that the options take.
  SamplesByThread(const profile::Profile& profile, const ExportOptions& options);
  // Rows of Samples.
  std::span<const uint32_t> of(ThreadId thread) const {
    return std::span(rows_).subspan(first_[raw(thread)],
                                    first_[raw(thread) + 1] - first_[raw(thread)]);
  }
  size_t size() const { return rows_.size(); }

 private:
  std::vector<uint32_t> first_;  // by thread, and an end
  std::vector<uint32_t> rows_;
};

}  // namespace hone::exchange
