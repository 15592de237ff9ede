#include "analysis/span_sums.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "analysis/span_shares.h"
#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

using profile::Instrumentation;
using profile::Profile;

constexpr size_t kDepths = 256;

bool is_in(const Selection& selection, TimeNs time) {
  return time >= selection.time_first && time <= selection.time_last;
}

// A hostile file's sums end at what a number holds.
void add_capped(int64_t& to, int64_t ns) {
  if (__builtin_add_overflow(to, ns, &to)) to = INT64_MAX;
}

void see_thread(SpanSums& sums, ThreadId thread) {
  if (sums.last_thread == thread) [[likely]]
    return;
  sums.last_thread = thread;
  sums.threads.push_back(thread);
}

// One pass over all spans: hundreds of millions of them may go through here.
class SpanPass {
 public:
  // `cost_ns`: that recording each span took, outside of its own times.
  SpanPass(const profile::Spans& spans, const Selection& selection, int64_t cost_ns,
           std::vector<SpanSums>& sums)
      : spans_(spans), selection_(selection), cost_ns_(cost_ns), sums_(sums) {}

  // Spans come in the order of their ends: those inside one come before it, one depth further in.
  void add(const profile::Spans::OfThread& part) {
    inside_ = {};
    const bool all_times =
        raw(selection_.time_first) == INT64_MIN && raw(selection_.time_last) == INT64_MAX;
    for (size_t i = part.first; i < part.first + part.count;) {
      const profile::SpanReader::Block block = spans_.block(i, !all_times);
      if (all_times) {
        add_block<true>(*block.columns, part.thread);
      } else {
        add_block<false>(*block.columns, part.thread);
      }
      i += block.size();
    }
  }

 private:
  template <bool kAllTimes>
  void add_block(const profile::SpanColumns& spans, ThreadId thread) {
    // By name: what is written below might change where members point, for all that is known of it.
    const uint64_t* const durations = spans.duration_ns.data();
    const uint32_t* const sites = spans.site.data();
    const uint8_t* const depths = spans.depth.data();
    SpanSums* const sums = sums_.data();
    int64_t* const inside = inside_.data();
    const int64_t cost_ns = cost_ns_;
    for (size_t i = 0, count = spans.size(); i < count; ++i) {
      const size_t depth = depths[i];
      const uint64_t ns = durations[i];
      const auto duration = static_cast<int64_t>(ns);
      const int64_t children = std::exchange(inside[depth + 1], 0);
      add_capped(inside[depth], duration + cost_ns);
      if constexpr (!kAllTimes) {
        if (!is_in(selection_, TimeNs{static_cast<int64_t>(spans.end_ns[i])})) continue;
      }
      SpanSums& sum = sums[sites[i]];
      // What a clock's granule makes of it: never less than nothing.
      add_capped(sum.self_ns, std::max<int64_t>(duration - children, 0));
      sum.durations.add(ns);
      see_thread(sum, thread);
    }
  }

  profile::SpanReader spans_;
  const Selection& selection_;
  const int64_t cost_ns_;
  std::vector<SpanSums>& sums_;
  std::array<int64_t, kDepths + 1> inside_{};  // by depth, since the last span around it
};

void count_spikes(const Durations& durations, SpanStats& span) {
  static_assert(kSpikeNs >= Durations::kShort);
  const int64_t least = std::max(kSpikeNs, span.times.p50_ns * kSpikeTimes);
  if (span.times.most_ns < least) return;
  const Durations::Part spikes = durations.at_least(static_cast<uint64_t>(least));
  span.spikes = spikes.count;
  span.spikes_ns = spikes.total_ns;
}

// One share after the other, so that sums are the same on any number of threads.
void take_over(std::vector<SpanSums>& sums, std::vector<SpanSums> others) {
  for (size_t i = 0; i < sums.size(); ++i) {
    sums[i].durations.take_over(others[i].durations);
    add_capped(sums[i].self_ns, others[i].self_ns);
    for (const ThreadId thread : others[i].threads) see_thread(sums[i], thread);
  }
}

std::vector<SpanSums> sum_nested(const Profile& p, const Selection& selection,
                                 const SampleFilter& filter, int64_t cost_ns) {
  const Instrumentation& all = p.instrumentation();
  const std::vector<SpanParts> shares = shares_of(all.spans);
  std::vector<std::vector<SpanSums>> of_shares(shares.size());
  const auto work = [&](size_t share) {
    of_shares[share].resize(all.sites.size());
    SpanPass pass(all.spans, selection, cost_ns, of_shares[share]);
    for (const profile::Spans::OfThread& part : shares[share]) {
      if (filter.takes_thread(part.thread)) pass.add(part);
    }
  };
  {
    std::vector<std::jthread> workers;
    for (size_t i = 1; i < shares.size(); ++i) workers.emplace_back(work, i);
    work(0);
  }
  for (size_t i = 1; i < shares.size(); ++i) take_over(of_shares[0], std::move(of_shares[i]));
  return std::move(of_shares[0]);
}

}  // namespace

// Loose ones come in the order of the file, so that threads take turns.
uint32_t count_threads(std::vector<ThreadId>& threads) {
  std::sort(threads.begin(), threads.end());
  const auto end = std::unique(threads.begin(), threads.end());
  return static_cast<uint32_t>(end - threads.begin());
}

std::vector<SpanSums> sum_spans(const Profile& p, const Selection& selection,
                                const SampleFilter& filter, int64_t cost_ns) {
  const Instrumentation& all = p.instrumentation();
  std::vector<SpanSums> sums = sum_nested(p, selection, filter, cost_ns);
  for (const profile::LooseSpan& span : all.loose) {
    if (!filter.takes_thread(span.thread) || !is_in(selection, span.end)) continue;
    SpanSums& sum = sums[raw(span.site)];
    if (span.open) {
      ++sum.still_open;
      continue;
    }
    ++sum.loose;
    add_capped(sum.self_ns, raw(span.end - span.start));
    sum.durations.add(static_cast<uint64_t>(raw(span.end - span.start)));
    see_thread(sum, span.thread);
  }
  return sums;
}

SpanStats stats_of_site(const Profile& p, SiteId id, SpanSums& sums) {
  const profile::Site& site = p.instrumentation().sites[raw(id)];
  SpanStats out{.site = id,
                .name = std::string(p.string(site.name)),
                .category = std::string(p.string(site.category)),
                .function = std::string(p.string(site.function)),
                .file = std::string(p.string(site.file)),
                .line = site.line,
                .color = site.color,
                .times = sums.durations.distribution(),
                .self_ns = sums.self_ns,
                .threads = count_threads(sums.threads),
                .loose = sums.loose,
                .still_open = sums.still_open};
  count_spikes(sums.durations, out);
  return out;
}

}  // namespace hone::analysis
