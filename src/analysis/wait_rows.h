// The rows of `waits` that a selection takes, cut to its time, with what each is of. Private to the
// analyses of waits.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "analysis/recorded_stretches.h"
#include "analysis/waits.h"
#include "analysis/weights.h"

namespace hone::analysis {

// One row as far as it lies in the selection.
struct WaitPart {
  const profile::Wait* wait = nullptr;
  int64_t blocked_ns = 0;
  int64_t runnable_ns = 0;
  int64_t lost_ns = 0;
  int64_t account_ns = 0;
};

class WaitRows {
 public:
  WaitRows(const profile::Profile& profile, const Selection& selection, const SampleFilter& filter);

  // Several waits in one row are taken to lie evenly between its ends.
  template <class F>
  void for_each(F&& f) const {
    for (const profile::Wait& wait : profile_.waits()) {
      if (filter_.takes_thread(wait.thread) && wait.until >= first_ && wait.time <= last_) {
        f(part_of(wait));
      }
    }
  }
  // Of a thread, in the selection and as far as it was recorded; 0 when it takes none of it.
  int64_t life_ns(ThreadId thread) const;

 private:
  WaitPart part_of(const profile::Wait& wait) const;

  const profile::Profile& profile_;
  const SampleFilter& filter_;
  RecordedStretches recorded_;
  TimeNs first_, last_;
  TimeNs recorded_from_{INT64_MIN};  // of a file that follows others
  TimeNs recorded_until_{};          // for threads whose end was not written
};

// Kinds and sites of waits, each stack looked at once.
class WaitKinds {
 public:
  explicit WaitKinds(const profile::Profile& profile);
  WaitKind of(const profile::Wait& wait);
  // Kind and times are left as they are.
  const WaitSite& site_of(const profile::Wait& wait);

 private:
  WaitSite make_site(const profile::Wait& wait) const;

  const profile::Profile& profile_;
  uint8_t architecture_ = 0;
  std::unordered_map<uint32_t, WaitKind> by_stack_, by_place_;
  std::unordered_map<uint64_t, WaitSite> sites_;  // by stack and place
};

}  // namespace hone::analysis
