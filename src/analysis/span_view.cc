#include "analysis/span_view.h"

#include <algorithm>
#include <bit>
#include <map>

#include "analysis/own_cost.h"
#include "analysis/recorded_time.h"
#include "analysis/weights.h"
#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

using profile::Instrumentation;
using profile::Profile;

constexpr unsigned kSubBits = 5;  // 32 steps a power of two

void add_capped(int64_t& to, int64_t ns) {
  if (__builtin_add_overflow(to, ns, &to)) to = INT64_MAX;
}

bool is_slower(const SpanOfView& a, const SpanOfView& b) {
  if (a.duration_ns != b.duration_ns) return a.duration_ns > b.duration_ns;
  return a.event < b.event;
}

class Viewer {
 public:
  Viewer(const Profile& profile, const Selection& selection, std::string_view name,
         const SpanViewOptions& options)
      : profile_(profile),
        selection_(selection),
        options_(options),
        filter_(profile, selection),
        time_(recorded_time(profile, selection)),
        cost_ns_(own_cost(profile).in_parent_ns),
        parts_(options.parts) {
    const auto& sites = profile.instrumentation().sites;
    wanted_.assign(sites.size(), 0);
    for (size_t i = 1; i < sites.size(); ++i) {
      if (profile.string(sites[i].name) != name) continue;
      wanted_[i] = 1;
      if (out_.known) continue;
      out_.known = true;
      out_.category = profile.string(sites[i].category);
      out_.function = profile.string(sites[i].function);
      out_.file = profile.string(sites[i].file);
      out_.line = sites[i].line;
    }
  }

  SpanView run() {
    if (!out_.known) return std::move(out_);
    const Instrumentation& all = profile_.instrumentation();
    profile::SpanReader spans(all.spans);
    for (const profile::Spans::OfThread& part : spans.threads()) {
      if (filter_.takes_thread(part.thread)) add(spans, part);
    }
    for (size_t i = 0; i < all.loose.size(); ++i) {
      const profile::LooseSpan& span = all.loose[i];
      if (wanted_[raw(span.site)] == 0 || !takes(span.thread, span.end)) continue;
      if (span.open) {
        ++out_.times.still_open;
        continue;
      }
      ++out_.times.loose;
      const int64_t duration = std::max<int64_t>(raw(span.end - span.start), 0);
      take({all.spans.size() + i, span.thread, span.start, duration}, duration, 0);
    }
    count_not_timed(all);
    finish();
    return std::move(out_);
  }

 private:
  struct Open {
    size_t event;
    uint32_t site, depth, parent_site;
    TimeNs start;
    int64_t duration_ns, self_ns;
  };

  bool takes(ThreadId thread, TimeNs end) const {
    return end >= selection_.time_first && end <= selection_.time_last &&
           filter_.takes_thread(thread);
  }

  // From the last to the first, so that a span comes before those inside it.
  void add(profile::SpanReader& spans, const profile::Spans::OfThread& part) {
    std::vector<Open> open;
    const auto close = [&] {
      const Open& done = open.back();
      const TimeNs end = done.start + DurationNs{done.duration_ns};
      if (wanted_[done.site] != 0 && takes(part.thread, end)) {
        take({done.event, part.thread, done.start, done.duration_ns}, done.self_ns,
             done.parent_site);
      }
      open.pop_back();
    };
    for (size_t behind = part.first + part.count; behind > part.first;) {
      const profile::SpanReader::Block block = spans.block(behind - 1, true);
      const profile::SpanColumns& rows = *block.columns;
      for (size_t i = block.size(); i-- > 0;) {
        const auto duration = static_cast<int64_t>(rows.duration_ns[i]);
        const TimeNs start{static_cast<int64_t>(rows.end_ns[i]) - duration};
        while (!open.empty() && (open.back().depth >= rows.depth[i] || start < open.back().start)) {
          close();
        }
        uint32_t parent = 0;
        if (!open.empty()) {
          parent = open.back().site;
          open.back().self_ns -= std::min(duration + cost_ns_, open.back().self_ns);
        }
        open.push_back(
            {block.first + i, rows.site[i], rows.depth[i], parent, start, duration, duration});
      }
      behind = block.first;
    }
    while (!open.empty()) close();
  }

  void take(const SpanOfView& span, int64_t self_ns, uint32_t parent_site) {
    const auto ns = static_cast<uint64_t>(span.duration_ns);
    out_.durations.add(ns);
    if (span.duration_ns < options_.low_ns || span.duration_ns > options_.high_ns) return;
    all_.add(ns);
    add_capped(out_.times.self_ns, self_ns);
    by_thread_[span.thread].add(ns);
    by_parent_[parent_site].add(ns);
    const TimeNs end = span.start + DurationNs{span.duration_ns};
    const double length = std::max(1.0, static_cast<double>(raw(time_.end) - raw(time_.start)));
    const double at = static_cast<double>(raw(end) - raw(time_.start)) / length;
    const auto last = static_cast<double>(options_.parts) - 1;
    parts_[static_cast<size_t>(std::clamp(at * static_cast<double>(options_.parts), 0.0, last))]
        .add(ns);
    // A heap with the shortest of the slowest on top.
    std::vector<SpanOfView>& slowest = out_.slowest;
    if (slowest.size() < options_.slowest) {
      slowest.push_back(span);
      std::push_heap(slowest.begin(), slowest.end(), is_slower);
    } else if (!slowest.empty() && is_slower(span, slowest.front())) {
      std::pop_heap(slowest.begin(), slowest.end(), is_slower);
      slowest.back() = span;
      std::push_heap(slowest.begin(), slowest.end(), is_slower);
    }
  }

  void count_not_timed(const Instrumentation& all) {
    for (const profile::SpanWeight& weight : all.weights) {
      if (wanted_[raw(weight.site)] != 0 && takes(weight.thread, weight.start)) {
        out_.not_timed += weight.count - 1;
      }
    }
    for (const profile::SpanCount& count : all.counts) {
      if (wanted_[raw(count.site)] != 0 && takes(count.thread, count.time)) {
        out_.not_timed += count.count;
      }
    }
  }

  void finish() {
    out_.times.here = true;
    out_.times.threads = static_cast<uint32_t>(by_thread_.size());
    out_.times.times = all_.distribution();
    judge_median(all_, out_.times);
    std::sort(out_.slowest.begin(), out_.slowest.end(), is_slower);
    const int64_t from = raw(time_.start), length = raw(time_.end) - from;
    for (size_t i = 0; i <= options_.parts; ++i) {
      const double at = static_cast<double>(i) / static_cast<double>(options_.parts);
      out_.edges.push_back(TimeNs{from + static_cast<int64_t>(at * static_cast<double>(length))});
    }
    for (Durations& part : parts_) {
      const Distribution times = part.distribution();
      out_.counts.push_back(times.count);
      out_.p50_ns.push_back(times.count > 0 ? times.p50_ns : -1);
      out_.most_ns.push_back(times.count > 0 ? times.most_ns : -1);
    }
    for (auto& [thread, durations] : by_thread_) {
      out_.by_thread.push_back({std::string(profile_.string(profile_.threads()[raw(thread)].name)),
                                thread, durations.distribution()});
    }
    std::map<std::string, Durations> by_parent;  // places of one name are one
    for (auto& [site, durations] : by_parent_) {
      Durations& to =
          by_parent[std::string(profile_.string(profile_.instrumentation().sites[site].name))];
      if (to.empty()) {
        to = std::move(durations);
      } else {
        durations.for_each([&](uint64_t ns, uint64_t times) {
          for (uint64_t i = 0; i < times; ++i) to.add(ns);
        });
      }
    }
    for (auto& [name, durations] : by_parent) {
      out_.by_parent.push_back({name, {}, durations.distribution()});
    }
    for (std::vector<SpanGroup>* groups : {&out_.by_thread, &out_.by_parent}) {
      std::stable_sort(groups->begin(), groups->end(), [](const SpanGroup& a, const SpanGroup& b) {
        return a.times.total_ns > b.times.total_ns;
      });
      if (groups->size() > options_.groups) groups->resize(options_.groups);
    }
  }

  const Profile& profile_;
  const Selection& selection_;
  const SpanViewOptions& options_;
  const SampleFilter filter_;
  const RecordedTime time_;
  const int64_t cost_ns_;
  std::vector<uint8_t> wanted_;  // index = SiteId
  SpanView out_;
  Durations all_;
  std::vector<Durations> parts_;
  std::map<ThreadId, Durations> by_thread_;
  std::map<uint32_t, Durations> by_parent_;  // by site; 0: nothing is around them
};

}  // namespace

size_t DurationCounts::step_of(uint64_t ns) {
  if (ns < (uint64_t{1} << kSubBits)) return static_cast<size_t>(ns);
  const auto power = static_cast<unsigned>(std::bit_width(ns)) - 1;  // of the highest bit
  const size_t sub = (ns >> (power - kSubBits)) & ((size_t{1} << kSubBits) - 1);
  return std::min((size_t{power - kSubBits + 1} << kSubBits) + sub, kSteps - 1);
}

int64_t DurationCounts::edge_of(size_t step) {
  if (step < (size_t{1} << kSubBits)) return static_cast<int64_t>(step);
  const auto power = static_cast<unsigned>(step >> kSubBits) + kSubBits - 1;
  const uint64_t sub = step & ((size_t{1} << kSubBits) - 1);
  if (power >= 63) return INT64_MAX;
  return static_cast<int64_t>((uint64_t{1} << power) + (sub << (power - kSubBits)));
}

void DurationCounts::add(uint64_t ns) {
  if (counts_.empty()) {
    counts_.resize(kSteps, 0);
    total_ns_.resize(kSteps, 0);
  }
  const size_t step = step_of(ns);
  ++counts_[step];
  if (__builtin_add_overflow(total_ns_[step], ns, &total_ns_[step])) total_ns_[step] = UINT64_MAX;
  first_ = std::min(first_, step);
  last_ = std::max(last_, step);
}

DurationCounts::Sum DurationCounts::sum(size_t from, size_t behind) const {
  uint64_t count = 0, total = 0;
  for (size_t step = from; step < behind && !counts_.empty(); ++step) {
    count += counts_[step];
    if (__builtin_add_overflow(total, total_ns_[step], &total)) total = UINT64_MAX;
  }
  return {count, static_cast<int64_t>(std::min<uint64_t>(total, INT64_MAX))};
}

DurationCounts::Bars DurationCounts::bars(const DurationCounts& a, const DurationCounts* b,
                                          size_t bars_max) {
  Bars out;
  size_t first = a.first_, last = a.last_;
  if (b != nullptr) {
    first = std::min(first, b->first_);
    last = std::max(last, b->last_);
  }
  if (first > last) return out;
  const size_t width = (last - first + bars_max) / bars_max;
  for (size_t from = first; from <= last; from += width) {
    out.edges.push_back(edge_of(from));
    const size_t behind = std::min(from + width, kSteps);
    const Sum of_a = a.sum(from, behind);
    const Sum of_b = b != nullptr ? b->sum(from, behind) : Sum{};
    out.counts.push_back(of_a.count);
    out.total_ns.push_back(of_a.total_ns);
    out.counts_b.push_back(of_b.count);
    out.total_ns_b.push_back(of_b.total_ns);
  }
  out.edges.push_back(edge_of(std::min(first + out.counts.size() * width, kSteps)));
  return out;
}

SpanView span_view(const Profile& profile, const Selection& selection, std::string_view name,
                   const SpanViewOptions& options) {
  return Viewer(profile, selection, name, options).run();
}

}  // namespace hone::analysis
