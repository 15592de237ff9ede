#include "analysis/span_waits.h"

#include <algorithm>
#include <map>
#include <utility>

#include "analysis/wait_rows.h"
#include "analysis/weights.h"
#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

using profile::Profile;

// Spans of one thread from the last to the first: what is around a time has all been met when what
// ends before it comes.
class Around {
 public:
  Around(profile::SpanReader& spans, const profile::Spans::OfThread& part)
      : spans_(spans), first_(part.first), next_(part.first + part.count) {}

  // The innermost; times come from late to early.
  SiteId at(TimeNs time) {
    while (next_ > first_ && spans_.end(next_ - 1) >= time) {
      --next_;
      const uint32_t depth = spans_.depth(next_);
      while (!open_.empty() && spans_.depth(open_.back()) >= depth) open_.pop_back();
      open_.push_back(next_);
    }
    for (size_t i = open_.size(); i-- > 0;) {
      if (spans_.start(open_[i]) <= time && spans_.end(open_[i]) >= time) {
        return spans_.site(open_[i]);
      }
    }
    return SiteId::kNone;
  }

 private:
  profile::SpanReader& spans_;
  size_t first_, next_;
  std::vector<size_t> open_;
};

struct Sums {
  SpanWaits waits;
  std::map<std::pair<WaitKind, std::string>, int64_t> places;
};

}  // namespace

std::vector<SpanWaits> span_waits(const Profile& profile, const Selection& selection) {
  const profile::Instrumentation& all = profile.instrumentation();
  const SampleFilter filter(profile, selection);
  const WaitRows rows(profile, selection, filter);
  std::vector<std::vector<WaitPart>> by_thread(profile.threads().size());
  rows.for_each([&](const WaitPart& part) {
    if (part.wait->count <= 1 && part.blocked_ns + part.runnable_ns > 0) {
      by_thread[raw(part.wait->thread)].push_back(part);
    }
  });
  WaitKinds kinds(profile);
  std::map<uint32_t, Sums> by_site;
  profile::SpanReader spans(all.spans);
  for (const profile::Spans::OfThread& of : spans.threads()) {
    std::vector<WaitPart>& parts = by_thread[raw(of.thread)];
    std::stable_sort(parts.begin(), parts.end(), [](const WaitPart& a, const WaitPart& b) {
      return a.wait->time > b.wait->time;
    });
    Around around(spans, of);
    for (const WaitPart& part : parts) {
      const SiteId site = around.at(part.wait->time);
      if (site == SiteId::kNone) continue;
      Sums& sums = by_site[raw(site)];
      sums.waits.queued_ns += part.runnable_ns;
      if (part.blocked_ns <= 0) continue;
      const WaitKind kind = kinds.of(*part.wait);
      if (kind == WaitKind::kRunQueue) {
        sums.waits.queued_ns += part.blocked_ns;
        continue;
      }
      sums.waits.blocked_ns += part.blocked_ns;
      sums.waits.ns[static_cast<size_t>(kind)] += part.blocked_ns;
      ++sums.waits.count;
      sums.places[{kind, kinds.site_of(*part.wait).function}] += part.blocked_ns;
    }
  }
  std::vector<SpanWaits> out;
  for (auto& [site, sums] : by_site) {
    sums.waits.site = SiteId{site};
    for (const auto& [place, ns] : sums.places) {
      if (ns <= sums.waits.function_ns) continue;
      sums.waits.kind = place.first;
      sums.waits.function = place.second;
      sums.waits.function_ns = ns;
    }
    out.push_back(std::move(sums.waits));
  }
  std::stable_sort(out.begin(), out.end(), [](const SpanWaits& a, const SpanWaits& b) {
    return a.blocked_ns > b.blocked_ns;
  });
  return out;
}

}  // namespace hone::analysis
