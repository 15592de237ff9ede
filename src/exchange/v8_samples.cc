#include "exchange/v8_samples.h"

#include <algorithm>

namespace hone::exchange {

void V8Samples::add(int64_t ns, StackId stack, bool is_idle) {
  if (ns < last_ns_) {
    to_->left("import.sample_too_late", "samples that stand far behind later ones are left out", 1,
              recording::kDataLoss);
    return;
  }
  if (waiting_.empty() || ns >= waiting_.back().ns) {
    waiting_.push_back({ns, stack, is_idle});
    if (waiting_.size() > kWaitingMost) write_first(waiting_[1].ns);
    return;
  }
  const auto at = std::upper_bound(waiting_.begin(), waiting_.end(), ns,
                                   [](int64_t a, const Waiting& b) { return a < b.ns; });
  waiting_.insert(at, {ns, stack, is_idle});
  if (waiting_.size() > kWaitingMost) write_first(waiting_[1].ns);
}

void V8Samples::write_first(int64_t until_ns) {
  const Waiting first = waiting_.front();
  waiting_.pop_front();
  last_ns_ = first.ns;
  if (__builtin_sub_overflow(until_ns, first.ns, &last_weight_)) last_weight_ = 0;
  if (first.is_idle) return;
  to_->sample(thread_, TimeNs{first.ns}, first.stack, DurationNs{last_weight_});
}

void V8Samples::finish(int64_t end_ns) {
  while (waiting_.size() > 1) write_first(waiting_[1].ns);
  if (waiting_.empty()) return;
  int64_t usual_end = 0;
  if (__builtin_add_overflow(waiting_[0].ns, last_weight_, &usual_end)) usual_end = waiting_[0].ns;
  write_first(end_ns < waiting_[0].ns ? usual_end : end_ns);
}

}  // namespace hone::exchange
