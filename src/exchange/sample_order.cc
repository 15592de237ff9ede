#include "exchange/sample_order.h"

#include <algorithm>

namespace hone::exchange {

SamplesByThread::SamplesByThread(const profile::Profile& profile, const ExportOptions& options)
    : first_(profile.threads().size() + 1, 0) {
  const profile::Samples& samples = profile.samples();
  const auto is_taken = [&](size_t i) { return options.takes(samples.thread[i], samples.time[i]); };
  for (size_t i = 0; i < samples.size(); ++i) {
    if (is_taken(i)) ++first_[raw(samples.thread[i]) + 1];
  }
  for (size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  rows_.resize(first_.back());
  std::vector<uint32_t> next(first_.begin(), first_.end() - 1);
  for (size_t i = 0; i < samples.size(); ++i) {
    if (is_taken(i)) rows_[next[raw(samples.thread[i])]++] = static_cast<uint32_t>(i);
  }
  for (size_t thread = 0; thread + 1 < first_.size(); ++thread) {
    std::stable_sort(rows_.begin() + first_[thread], rows_.begin() + first_[thread + 1],
                     [&](uint32_t a, uint32_t b) { return samples.time[a] < samples.time[b]; });
  }
}

}  // namespace hone::exchange
