#include "analysis/hot_places.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

using profile::Instrumentation;
using profile::Profile;
using profile::SpanWeight;

constexpr size_t kDepths = 256;
// Of a normal distribution, two-sided.
constexpr double kTimes95 = 1.96;

bool is_in(const Selection& selection, TimeNs time) {
  return time >= selection.time_first && time <= selection.time_last;
}

auto place_of(const SpanWeight& weight) {
  return std::tuple(weight.thread, weight.start, weight.site);
}

int64_t rounded(double ns) {
  return ns < 9e18 ? static_cast<int64_t>(std::llround(std::max(ns, 0.0))) : INT64_MAX;
}

struct Timed {
  int64_t duration_ns;
  uint32_t stands_for;
};

struct Sums {
  bool is_hot = false;
  std::vector<Timed> timed;
  uint64_t late = 0;          // counted, and none stands for them
  double self_change_ns = 0;  // to what the timed ones alone say
  double self_most_ns = 0;    // less what was seen inside them, as often as they stand for
  bool is_around_hot = false;
};

class Correction {
 public:
  Correction(const Profile& profile, const Selection& selection, const SampleFilter& filter)
      : all_(profile.instrumentation()),
        spans_(all_.spans),
        selection_(selection),
        sums_(all_.sites.size()) {
    weights_ = all_.weights;
    std::sort(weights_.begin(), weights_.end(),
              [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
    for (const SpanWeight& weight : weights_) sums_[raw(weight.site)].is_hot = true;
    for (const profile::SpanCount& count : all_.counts) {
      if (!filter.takes_thread(count.thread) || !is_in(selection, count.time)) continue;
      Sums& sum = sums_[raw(count.site)];
      sum.is_hot = true;
      sum.late += count.count;
    }
  }

  // Spans come in the order of their ends: those inside one before it, one depth further in.
  void add_thread(const profile::Spans::OfThread& part, int64_t cost_ns) {
    std::array<double, kDepths + 1> inside{}, not_timed{};
    std::array<bool, kDepths + 1> has_hot{};
    for (size_t i = part.first; i < part.first + part.count; ++i) {
      const uint32_t depth = spans_.depth(i);
      Sums& sum = sums_[raw(spans_.site(i))];
      const int64_t duration = spans_.duration_ns(i);
      const auto ns = static_cast<double>(duration);
      const uint32_t stands_for =
          sum.is_hot ? weight_of({part.thread, spans_.start(i), spans_.site(i)}) : 1;
      const double children = std::exchange(inside[depth + 1], 0);
      const double others = std::exchange(not_timed[depth + 1], 0);
      inside[depth] += ns + static_cast<double>(cost_ns);
      not_timed[depth] += ns * (stands_for - 1.0);
      const bool is_around_hot = std::exchange(has_hot[depth + 1], false);
      has_hot[depth] |= sum.is_hot || is_around_hot;
      if (!is_in(selection_, spans_.end(i))) continue;
      if (sum.is_hot) sum.timed.push_back({duration, stands_for});
      sum.is_around_hot |= is_around_hot;
      is_nested_ |= sum.is_hot && is_around_hot;
      sum.self_most_ns += stands_for * std::max(ns - children, 0.0);
      if (sum.is_hot || others > 0) {
        sum.self_change_ns += stands_for * (ns - children - others) - std::max(ns - children, 0.0);
      }
    }
  }

  void add_loose(const profile::LooseSpan& span) {
    Sums& sum = sums_[raw(span.site)];
    if (!sum.is_hot || span.open || !is_in(selection_, span.end)) return;
    const int64_t duration = raw(span.end - span.start);
    const uint32_t stands_for = weight_of({span.thread, span.start, span.site});
    sum.timed.push_back({duration, stands_for});
    sum.self_change_ns += static_cast<double>(duration) * (stands_for - 1.0);
  }

  void apply(SpanStats& span) {
    Sums& sum = sums_[raw(span.site)];
    const auto self_before = static_cast<double>(span.self_ns);
    const auto total_before = static_cast<double>(span.times.total_ns);
    // Which of the hot ones a span is right inside is not known where not each of them was timed.
    span.self_is_most = is_nested_ && sum.is_around_hot;
    double self = span.self_is_most ? sum.self_most_ns : self_before + sum.self_change_ns;
    if (sum.is_hot && !sum.timed.empty()) self *= estimate(sum, span);
    span.self_ns = rounded(self);
    if (self_before > 0) {
      const double times = static_cast<double>(span.self_ns) / self_before;
      for (double* share : {&span.frame_self_share, &span.slow_self_ns, &span.typical_self_ns}) {
        *share *= times;
      }
    }
    if (total_before > 0) {
      span.frame_share *= static_cast<double>(span.times.total_ns) / total_before;
    }
  }

 private:
  uint32_t weight_of(SpanWeight wanted) const {
    const auto at =
        std::lower_bound(weights_.begin(), weights_.end(), wanted,
                         [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
    return at != weights_.end() && place_of(*at) == place_of(wanted) ? at->count : 1;
  }

  // Into the times of the place; how many times what the timed ones stand for all of them are.
  static double estimate(Sums& sum, SpanStats& span) {
    std::sort(sum.timed.begin(), sum.timed.end(),
              [](const Timed& a, const Timed& b) { return a.duration_ns < b.duration_ns; });
    uint64_t stood_for = 0;
    double total = 0;
    for (const Timed& timed : sum.timed) {
      stood_for += timed.stands_for;
      total += static_cast<double>(timed.duration_ns) * timed.stands_for;
    }
    const double mean = total / static_cast<double>(stood_for);
    double squares = 0, plain_squares = 0;
    for (const Timed& timed : sum.timed) {
      const double away = static_cast<double>(timed.duration_ns) - mean;
      squares += timed.stands_for * (timed.stands_for - 1.0) * away * away;
      plain_squares += away * away;
    }
    const auto timed = static_cast<double>(sum.timed.size());
    const auto late = static_cast<double>(sum.late);
    Distribution& times = span.times;
    span.timed = sum.timed.size();
    times.count = stood_for + sum.late;
    times.total_ns = rounded(total + late * mean);
    times.mean_ns = mean;
    // Of one alone nothing is known.
    const double of_late = late * late * plain_squares / timed;
    span.total_error_ns = timed > 1
                              ? kTimes95 * std::sqrt((squares * timed + of_late) / (timed - 1))
                              : static_cast<double>(times.total_ns);
    times.p50_ns = at_rank(sum.timed, stood_for, 0.50);
    times.p95_ns = at_rank(sum.timed, stood_for, 0.95);
    times.p99_ns = at_rank(sum.timed, stood_for, 0.99);
    return static_cast<double>(times.count) / static_cast<double>(stood_for);
  }

  static int64_t at_rank(const std::vector<Timed>& sorted, uint64_t count, double share) {
    const double rank = std::max(1.0, std::ceil(share * static_cast<double>(count)));
    double seen = 0;
    for (const Timed& timed : sorted) {
      seen += timed.stands_for;
      if (seen >= rank) return timed.duration_ns;
    }
    return sorted.back().duration_ns;
  }

  const Instrumentation& all_;
  profile::SpanReader spans_;
  const Selection& selection_;
  bool is_nested_ = false;  // hot places are inside hot ones
  std::vector<SpanWeight> weights_;
  std::vector<Sums> sums_;
};

}  // namespace

void correct_hot_places(const Profile& profile, const Selection& selection,
                        const SampleFilter& filter, int64_t cost_ns,
                        std::vector<SpanStats>& spans) {
  const Instrumentation& all = profile.instrumentation();
  if (all.weights.empty() && all.counts.empty()) return;
  Correction correction(profile, selection, filter);
  for (const profile::Spans::OfThread& part : all.spans.threads()) {
    if (filter.takes_thread(part.thread)) correction.add_thread(part, cost_ns);
  }
  for (const profile::LooseSpan& span : all.loose) {
    if (filter.takes_thread(span.thread)) correction.add_loose(span);
  }
  for (SpanStats& span : spans) correction.apply(span);
  std::stable_sort(spans.begin(), spans.end(),
                   [](const SpanStats& a, const SpanStats& b) { return a.self_ns > b.self_ns; });
}

}  // namespace hone::analysis
