#include "exchange/stands_for.h"

#include <algorithm>
#include <tuple>

namespace hone::exchange {
namespace {

auto place_of(const profile::SpanWeight& weight) {
  return std::tuple(weight.thread, weight.start, weight.site);
}

}  // namespace

StandsFor::StandsFor(const profile::Profile& profile)
    : weights_(profile.instrumentation().weights) {
  std::sort(weights_.begin(), weights_.end(),
            [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  for (const profile::SpanWeight& weight : weights_) not_timed_ += weight.count - 1;
  for (const profile::SpanCount& more : profile.instrumentation().counts) not_timed_ += more.count;
}

uint32_t StandsFor::of(ThreadId thread, SiteId site, TimeNs start) const {
  if (weights_.empty()) return 1;
  const profile::SpanWeight wanted{.thread = thread, .start = start, .site = site};
  const auto at =
      std::lower_bound(weights_.begin(), weights_.end(), wanted,
                       [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  return at != weights_.end() && place_of(*at) == place_of(wanted) ? at->count : 1;
}

}  // namespace hone::exchange
