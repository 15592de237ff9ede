// When a statement is to stop: its time is over, or somebody cancelled it.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/host/clock.h"

namespace hone::query {

// Only cancel() may be called from other threads.
class Watch {
 public:
  // 0: no end. Counts from now.
  void start(int64_t limit_ns) {
    end_ns_ = limit_ns > 0 ? raw(base::monotonic_now()) + limit_ns : INT64_MAX;
    is_over_ = false;
    touched_ = 0;
  }
  void cancel() { is_cancelled_.store(true, std::memory_order_relaxed); }
  void forget_cancel() { is_cancelled_.store(false, std::memory_order_relaxed); }
  bool is_cancelled() const { return is_cancelled_.load(std::memory_order_relaxed); }
  bool is_over() const { return is_over_; }  // the time was
  // For loops, each some ten thousand rows.
  bool must_stop() {
    if (is_cancelled()) return true;
    if (end_ns_ != INT64_MAX && raw(base::monotonic_now()) >= end_ns_) is_over_ = true;
    return is_over_;
  }

  // Rows of tables that the statement looked at.
  void touch(uint64_t rows) { touched_ += rows; }
  uint64_t touched() const { return touched_; }

 private:
  std::atomic<bool> is_cancelled_ = false;
  bool is_over_ = false;
  int64_t end_ns_ = INT64_MAX;
  uint64_t touched_ = 0;
};

}  // namespace hone::query
