#include "analysis/span_detail.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <set>

#include "analysis/durations.h"
#include "analysis/function_names.h"
#include "analysis/recorded_time.h"
#include "analysis/span_arguments.h"
#include "analysis/wait_rows.h"
#include "analysis/weights.h"
#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

using profile::Profile;

constexpr size_t kDepths = 256;
constexpr size_t kNoIndex = SIZE_MAX;  // of a loose one

std::vector<uint8_t> wanted_sites(const Profile& p, std::string_view name) {
  const auto& sites = p.instrumentation().sites;
  std::vector<uint8_t> wanted(sites.size(), 0);
  bool exact = false;
  for (size_t i = 1; i < sites.size(); ++i) {
    wanted[i] = p.string(sites[i].name) == name;
    exact = exact || wanted[i] != 0;
  }
  for (size_t i = 1; i < sites.size() && !exact; ++i) {
    wanted[i] = glob_match(name, p.string(sites[i].name));
  }
  return wanted;
}

// One of the spans in question, as little of it as the slowest are found by.
struct Found {
  int64_t duration_ns = 0;
  TimeNs start{};
  ThreadId thread{};
  SiteId site{};
  size_t index = kNoIndex;  // in Spans
  int64_t self_ns = 0;
};

// Of equals the one that came first.
bool is_slower(const Found& a, const Found& b) {
  return a.duration_ns != b.duration_ns ? a.duration_ns > b.duration_ns : a.start < b.start;
}

class Search {
 public:
  Search(const Profile& profile, const Selection& selection, std::string_view name,
         const SpanDetailOptions& options)
      : profile_(profile),
        selection_(selection),
        options_(options),
        filter_(profile, selection),
        wanted_(wanted_sites(profile, name)),
        arguments_(profile, wanted_),
        spans_(profile.instrumentation().spans),
        seen_(wanted_.size(), 0) {}

  SpanDetail run() {
    detail_.waits_recorded = !profile_.waits().empty();
    const profile::Instrumentation& all = profile_.instrumentation();
    cost_ns_ = own_cost(profile_).in_parent_ns;
    for (const profile::Spans::OfThread& part : spans_.threads()) {
      if (filter_.takes_thread(part.thread)) look_through(part);
    }
    for (const profile::LooseSpan& span : all.loose) look_at(span);
    count_not_timed(all);
    std::set<std::string> names;
    for (size_t i = 1; i < wanted_.size(); ++i) {
      if (seen_[i] != 0) names.insert(std::string(profile_.string(all.sites[i].name)));
    }
    detail_.names.assign(names.begin(), names.end());
    make_histogram();
    detail_.times = durations_.distribution();
    detail_.arguments = arguments_.stats(options_.values);
    describe_slowest();
    return std::move(detail_);
  }

 private:
  bool is_in(TimeNs end) const {
    return end >= selection_.time_first && end <= selection_.time_last;
  }

  void look_through(const profile::Spans::OfThread& part) {
    std::array<int64_t, kDepths + 1> inside{};
    for (size_t first = part.first; first < part.first + part.count;) {
      const profile::SpanReader::Block block = spans_.block(first, true);
      const profile::SpanColumns& rows = *block.columns;
      for (size_t i = 0; i < block.size(); ++i) {
        const size_t depth = rows.depth[i];
        const auto duration = static_cast<int64_t>(rows.duration_ns[i]);
        const int64_t children = std::exchange(inside[depth + 1], 0);
        if (__builtin_add_overflow(inside[depth], duration + cost_ns_, &inside[depth])) {
          inside[depth] = INT64_MAX;
        }
        const TimeNs end{static_cast<int64_t>(rows.end_ns[i])};
        if (wanted_[rows.site[i]] == 0 || !is_in(end)) continue;
        take({.duration_ns = duration,
              .start = TimeNs{raw(end) - duration},
              .thread = part.thread,
              .site = SiteId{rows.site[i]},
              .index = block.first + i,
              .self_ns = std::max<int64_t>(duration - children, 0)});
      }
      first += block.size();
    }
  }

  void count_not_timed(const profile::Instrumentation& all) {
    const auto add = [&](ThreadId thread, SiteId site, TimeNs time, uint64_t count) {
      if (wanted_[raw(site)] == 0 || !filter_.takes_thread(thread) || !is_in(time)) return;
      detail_.not_timed += count;
    };
    for (const profile::SpanWeight& weight : all.weights) {
      add(weight.thread, weight.site, weight.start, weight.count - 1);
    }
    for (const profile::SpanCount& count : all.counts) {
      add(count.thread, count.site, count.time, count.count);
    }
  }

  void look_at(const profile::LooseSpan& span) {
    if (wanted_[raw(span.site)] == 0 || !filter_.takes_thread(span.thread) || !is_in(span.end)) {
      return;
    }
    seen_[raw(span.site)] = 1;
    if (span.open) {
      ++detail_.still_open;
      return;
    }
    ++detail_.loose;
    const int64_t duration = raw(span.end - span.start);
    take({.duration_ns = duration,
          .start = span.start,
          .thread = span.thread,
          .site = span.site,
          .self_ns = duration});
  }

  void take(const Found& found) {
    seen_[raw(found.site)] = 1;
    durations_.add(static_cast<uint64_t>(found.duration_ns));
    if (__builtin_add_overflow(detail_.self_ns, found.self_ns, &detail_.self_ns)) {
      detail_.self_ns = INT64_MAX;
    }
    if (!arguments_.empty()) {
      arguments_.add(arguments_.of(found.thread, found.site, found.start, found.duration_ns),
                     found.duration_ns);
    }
    // A heap with the shortest of the slowest on top.
    if (slowest_.size() < options_.slowest) {
      slowest_.push_back(found);
      std::push_heap(slowest_.begin(), slowest_.end(), is_slower);
    } else if (!slowest_.empty() && is_slower(found, slowest_.front())) {
      std::pop_heap(slowest_.begin(), slowest_.end(), is_slower);
      slowest_.back() = found;
      std::push_heap(slowest_.begin(), slowest_.end(), is_slower);
    }
  }

  // Each bucket is twice as wide as the one before.
  void make_histogram() {
    std::array<DurationBucket, 64> all{};
    durations_.for_each([&](uint64_t ns, uint64_t times) {
      DurationBucket& bucket = all[std::bit_width(ns)];
      bucket.count += times;
      int64_t total_ns = 0;
      if (__builtin_mul_overflow(ns, times, &total_ns) ||
          __builtin_add_overflow(bucket.total_ns, total_ns, &bucket.total_ns)) {
        bucket.total_ns = INT64_MAX;
      }
    });
    size_t first = 0, last = all.size();
    while (first < last && all[first].count == 0) ++first;
    while (last > first && all[last - 1].count == 0) --last;
    for (size_t i = first; i < last; ++i) {
      all[i].from_ns = i == 0 ? 0 : int64_t{1} << (i - 1);
      all[i].to_ns = i == 63 ? INT64_MAX : int64_t{1} << i;
      detail_.histogram.push_back(all[i]);
    }
  }

  void describe_slowest() {
    std::sort(slowest_.begin(), slowest_.end(), is_slower);
    const TimeNs start = recorded_time(profile_).start;
    for (const Found& found : slowest_) {
      const profile::Thread& thread = profile_.threads()[raw(found.thread)];
      SpanInstance one{.name = std::string(
                           profile_.string(profile_.instrumentation().sites[raw(found.site)].name)),
                       .thread = std::string(profile_.string(thread.name)),
                       .tid = thread.tid,
                       .start = found.start,
                       .since_start_ns = raw(found.start - start),
                       .duration_ns = found.duration_ns,
                       .self_ns = found.self_ns,
                       .across_threads = found.index == kNoIndex};
      for (const profile::SpanArgument& row :
           arguments_.of(found.thread, found.site, found.start, found.duration_ns)) {
        one.arguments.emplace_back(profile_.string(row.key), arguments_.text(row));
      }
      one.children = children_of(found);
      detail_.slowest.push_back(std::move(one));
    }
    add_samples();
    add_waits();
  }

  std::vector<InsideSpan> cut(std::vector<InsideSpan> all) const {
    std::stable_sort(all.begin(), all.end(),
                     [](const InsideSpan& a, const InsideSpan& b) { return a.ns > b.ns; });
    if (all.size() > options_.inside) all.resize(options_.inside);
    return all;
  }

  // Those that ended before it, and began after it, stand right before it.
  std::vector<InsideSpan> children_of(const Found& found) {
    if (found.index == kNoIndex) return {};
    const uint32_t depth = spans_.depth(found.index);
    std::map<uint32_t, InsideSpan> by_site;
    for (size_t i = found.index; i-- > 0;) {
      if (spans_.depth(i) <= depth || spans_.end(i) < found.start) break;
      if (spans_.depth(i) != depth + 1) continue;
      InsideSpan& child = by_site[raw(spans_.site(i))];
      child.ns += spans_.duration_ns(i);
      ++child.count;
    }
    std::vector<InsideSpan> out;
    for (auto& [site, child] : by_site) {
      child.name = profile_.string(profile_.instrumentation().sites[site].name);
      out.push_back(std::move(child));
    }
    return cut(std::move(out));
  }

  bool lies_in(const Found& found, ThreadId thread, TimeNs time) const {
    return thread == found.thread && time >= found.start &&
           time <= found.start + DurationNs{found.duration_ns};
  }

  void add_samples() {
    const profile::Samples& samples = profile_.samples();
    std::vector<std::map<uint32_t, InsideSpan>> by_function(slowest_.size());
    for (size_t s = 0; s < samples.size(); ++s) {
      for (size_t i = 0; i < slowest_.size(); ++i) {
        if (!lies_in(slowest_[i], samples.thread[s], samples.time[s])) continue;
        ++detail_.slowest[i].samples;
        const uint32_t stack = raw(filter_.stack(s));
        if (stack == 0) continue;
        const uint32_t row = rows_of(profile_, stack).begin;
        InsideSpan& function = by_function[i][raw(profile_.lines().function[row])];
        function.ns += samples.weight_ns[s];
        ++function.count;
      }
    }
    for (size_t i = 0; i < slowest_.size(); ++i) {
      std::vector<InsideSpan> all;
      for (auto& [id, inside] : by_function[i]) {
        const profile::Function& function = profile_.functions()[id];
        inside.name = profile_.string(function.name);
        inside.detail = profile_.module_name(function.module);
        all.push_back(std::move(inside));
      }
      detail_.slowest[i].functions = cut(std::move(all));
    }
  }

  void add_waits() {
    WaitKinds kinds(profile_);
    std::vector<std::map<std::pair<std::string, std::string>, InsideSpan>> by_kind(slowest_.size());
    for (const profile::Wait& wait : profile_.waits()) {
      for (size_t i = 0; i < slowest_.size(); ++i) {
        const Found& found = slowest_[i];
        if (wait.thread != found.thread || wait.duration_ns <= 0 || wait.until <= wait.time ||
            (wait.flags & (recording::kWaitAccount | recording::kWaitLost)) != 0) {
          continue;
        }
        const TimeNs from = std::max(wait.time, found.start);
        const TimeNs to = std::min(wait.until, found.start + DurationNs{found.duration_ns});
        if (to <= from) continue;
        const double part =
            static_cast<double>(raw(to - from)) / static_cast<double>(raw(wait.until - wait.time));
        std::string kind(wait_kind_text(kinds.of(wait))), place = kinds.site_of(wait).function;
        InsideSpan& inside = by_kind[i][{std::move(kind), std::move(place)}];
        inside.ns += static_cast<int64_t>(part * static_cast<double>(wait.duration_ns));
        ++inside.count;
      }
    }
    for (size_t i = 0; i < slowest_.size(); ++i) {
      std::vector<InsideSpan> all;
      for (auto& [key, inside] : by_kind[i]) {
        inside.name = key.first;
        inside.detail = key.second;
        all.push_back(std::move(inside));
      }
      detail_.slowest[i].waits = cut(std::move(all));
    }
  }

  const Profile& profile_;
  const Selection& selection_;
  const SpanDetailOptions& options_;
  const SampleFilter filter_;
  const std::vector<uint8_t> wanted_;  // index = SiteId
  SpanArguments arguments_;
  profile::SpanReader spans_;
  int64_t cost_ns_ = 0;
  SpanDetail detail_;
  std::vector<uint8_t> seen_;  // the same, that have spans
  Durations durations_;
  std::vector<Found> slowest_;
};

}  // namespace

SpanDetail span_detail(const Profile& profile, const Selection& selection, std::string_view name,
                       const SpanDetailOptions& options) {
  return Search(profile, selection, name, options).run();
}

}  // namespace hone::analysis
