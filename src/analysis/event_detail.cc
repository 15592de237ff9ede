#include "analysis/event_detail.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "analysis/own_cost.h"
#include "analysis/span_arguments.h"
#include "analysis/timeline_tiles.h"
#include "analysis/wait_rows.h"

namespace hone::analysis {
namespace {

using profile::SpanAt;
using profile::SpanLevels;

template <class T>
void keep_most(std::vector<T>& all) {
  std::stable_sort(all.begin(), all.end(), [](const T& a, const T& b) { return a.ns > b.ns; });
  if (all.size() > kInsideRows) all.resize(kInsideRows);
}

// How much of the time from `from` to `until` lies in `gaps`, which are by time.
int64_t within(const std::vector<std::pair<TimeNs, TimeNs>>& gaps, TimeNs from, TimeNs until) {
  int64_t out = 0;
  auto gap = std::partition_point(gaps.begin(), gaps.end(),
                                  [&](const auto& one) { return one.second <= from; });
  for (; gap != gaps.end() && gap->first < until; ++gap) {
    out += raw(std::min(gap->second, until)) - raw(std::max(gap->first, from));
  }
  return out;
}

class Describer {
 public:
  Describer(const Timeline& timeline, const TimelineEvent& event)
      : timeline_(timeline), profile_(timeline.profile()), event_(event) {}

  EventDetail run() {
    const TimelineKind kind = event_.track->kind;
    if (kind == TimelineKind::kSpans) add_inside();
    const bool is_stretch = kind == TimelineKind::kSpans || kind == TimelineKind::kAsync ||
                            kind == TimelineKind::kFrames || kind == TimelineKind::kLock;
    if (is_stretch && event_.thread != ThreadId::kNone) {
      add_functions();
      add_waits();
      add_messages();
      add_flows();
    }
    if (kind == TimelineKind::kState && event_.original != UINT32_MAX) add_wait();
    if (kind == TimelineKind::kLock) {
      out_.owner = profile_.instrumentation().locks[event_.original].owner;
    }
    if (kind == TimelineKind::kSamples || kind == TimelineKind::kCore) {
      out_.stack = profile_.samples().stack[event_.number];
      out_.parent = innermost_span(timeline_, event_.thread, event_.start);
    }
    if (kind == TimelineKind::kMessages || kind == TimelineKind::kState) {
      out_.parent = innermost_span(timeline_, event_.thread, event_.start);
    }
    if (event_.site != SiteId::kNone) add_arguments();
    return std::move(out_);
  }

 private:
  bool is_inside(TimeNs time) const { return time >= event_.start && time <= event_.end; }

  // Spans right inside: of those that ended before it and began after it.
  void add_inside() {
    profile::SpanSearch search(timeline_.span_levels(), timeline_.spans());
    const size_t part = event_.track->part;
    const SpanAt of = search.at(event_.number);
    if (const auto parent = search.parent(part, of)) {
      out_.parent = event_of(timeline_, *event_.track, *parent);
    }
    size_t first = search.first_inside(part, of);
    if (of.number - first > kInsideMost) {
      out_.inside_cut = true;
      first = of.number - kInsideMost;
    }
    const int64_t cost_ns = own_cost(profile_).in_parent_ns;
    std::unordered_map<uint32_t, InsideSpan> by_site;
    int64_t inside_ns = 0;
    search.for_each(
        part, first, of.number, [](const SpanLevels::Node&) { return true; },
        [&](const SpanAt& span) {
          if (span.depth != of.depth + 1u) return true;
          InsideSpan& child = by_site[span.site];
          child.ns += span.duration_ns();
          ++child.count;
          inside_ns += span.duration_ns() + cost_ns;
          return true;
        });
    if (!out_.inside_cut) out_.self_ns = std::max<int64_t>(0, event_.duration_ns() - inside_ns);
    std::map<std::string, InsideSpan> by_name;
    for (const auto& [site, child] : by_site) {
      const std::string name = slice_name(timeline_, *event_.track, site);
      InsideSpan& sum = by_name[name];
      sum.name = name;
      sum.ns += child.ns;
      sum.count += child.count;
    }
    for (auto& [name, child] : by_name) out_.children.push_back(std::move(child));
    keep_most(out_.children);
  }

  void add_functions() {
    const auto& time = profile_.samples().time;
    const auto rows = timeline_.samples().of_thread(event_.thread);
    auto at = std::lower_bound(rows.begin(), rows.end(), event_.start,
                               [&](uint32_t row, TimeNs t) { return time[row] < t; });
    std::map<FunctionId, InsideFunction> by_function;
    for (; at != rows.end() && time[*at] <= event_.end; ++at) {
      ++out_.samples;
      InsideFunction& of = by_function[timeline_.samples().leaf(*at)];
      ++of.samples;
      if (__builtin_add_overflow(of.ns, profile_.samples().weight_ns[*at], &of.ns)) {
        of.ns = INT64_MAX;
      }
    }
    for (auto& [function, of] : by_function) {
      of.function = function;
      out_.functions.push_back(of);
    }
    keep_most(out_.functions);
  }

  void add_waits() {
    const TimelineTrack* const states = timeline_.find(fmt::format("state:{}", raw(event_.thread)));
    if (states == nullptr) return;
    WaitKinds kinds(profile_);
    std::map<std::pair<std::string, std::string>, InsideSpan> by_cause;
    std::vector<std::pair<TimeNs, TimeNs>> gaps;  // between waits that are known one by one
    const TrackRows& rows = timeline_.rows();
    size_t low = 0, high = rows.size(states->part);
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (rows.row(states->part, middle).end < event_.start) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    for (; low < rows.size(states->part); ++low) {
      const TrackRow row = rows.row(states->part, low);
      if (row.start >= event_.end) break;
      const TimeNs from = std::max(row.start, event_.start), until = std::min(row.end, event_.end);
      const int64_t ns = raw(until) - raw(from);
      if (ns <= 0) continue;
      if (row.name == StateName::kRunning || row.name >= StateName::kSeveral) {
        gaps.push_back({from, until});
        continue;
      }
      const profile::Wait& wait = profile_.waits()[row.original];
      std::string place =
          row.name == StateName::kRunnable ? std::string() : kinds.site_of(wait).function;
      InsideSpan& of = by_cause[{StateName::text(row.name), std::move(place)}];
      of.ns += ns;
      ++of.count;
    }
    for (const SummedWait& sum : timeline_.sums(states->part)) {
      const double ns = sum.share * static_cast<double>(within(gaps, sum.from, sum.until));
      if (ns < 1) continue;
      const profile::Wait& wait = profile_.waits()[sum.wait];
      const uint32_t name = StateName::kSeveral + static_cast<uint32_t>(kinds.of(wait));
      InsideSpan& of = by_cause[{StateName::text(name), kinds.site_of(wait).function}];
      of.ns += static_cast<int64_t>(ns);
      of.count += static_cast<uint64_t>(
          ns / static_cast<double>(std::max<int64_t>(wait.duration_ns, 1)) * wait.count + 0.5);
    }
    for (auto& [cause, of] : by_cause) {
      of.name = cause.first;
      of.detail = cause.second;
      out_.waits.push_back(std::move(of));
    }
    keep_most(out_.waits);
  }

  void add_messages() {
    const TimelineTrack* const track = timeline_.find("messages");
    if (track == nullptr) return;
    const auto& all = profile_.instrumentation().messages;
    const TrackRows& rows = timeline_.rows();
    size_t low = 0, high = rows.size(track->part);
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (rows.row(track->part, middle).end < event_.start) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    for (; low < rows.size(track->part) && out_.messages.size() < kMessagesShown; ++low) {
      const TrackRow row = rows.row(track->part, low);
      if (row.start > event_.end) break;
      if (all[row.original].thread != event_.thread) continue;
      if (const auto message = event_at(timeline_, *track, low)) out_.messages.push_back(*message);
    }
  }

  // Those of which an end lies in it, and in no span inside it.
  void add_flows() {
    const auto& flows = profile_.instrumentation().flows;
    const auto is_mine = [&](size_t at) {
      if (at == FlowPair::kNone || flows[at].thread != event_.thread ||
          !is_inside(flows[at].time)) {
        return false;
      }
      const auto innermost = innermost_span(timeline_, event_.thread, flows[at].time);
      return !innermost || event_.track->kind != TimelineKind::kSpans ||
             innermost->number == event_.number;
    };
    for (const FlowPair& pair : timeline_.flow_pairs()) {
      if (out_.flows.size() == kFlowsShown) return;
      if (pair.is_span || pair.from == FlowPair::kNone || pair.to == FlowPair::kNone) continue;
      const profile::Flow &from = flows[pair.from], &to = flows[pair.to];
      for (const bool is_out : {true, false}) {
        if (!is_mine(is_out ? pair.from : pair.to)) continue;
        const profile::Flow& other = is_out ? to : from;
        const SiteId site = from.site;
        out_.flows.push_back(
            {.name = std::string(profile_.string(profile_.instrumentation().sites[raw(site)].name)),
             .thread = other.thread,
             .start = from.time,
             .end = to.time,
             .is_out = is_out,
             .other = innermost_span(timeline_, other.thread, other.time)});
      }
    }
  }

  void add_wait() {
    const profile::Wait& wait = profile_.waits()[event_.original];
    out_.stack = wait.stack;
    out_.waker = wait.waker;
    out_.waits.push_back({.name = event_.name,
                          .detail = WaitKinds(profile_).site_of(wait).function,
                          .ns = wait.duration_ns,
                          .count = wait.count});
    if (wait.waker == ThreadId::kNone || wait.count > 1) return;
    const int64_t runnable = std::clamp<int64_t>(wait.runnable_ns, 0, wait.duration_ns);
    out_.waker_event = innermost_span(timeline_, wait.waker, TimeNs{raw(wait.until) - runnable});
  }

  void add_arguments() {
    std::vector<uint8_t> wanted(profile_.instrumentation().sites.size(), 0);
    wanted[raw(event_.site)] = 1;
    const SpanArguments arguments(profile_, wanted);
    for (const profile::SpanArgument& row :
         arguments.of(event_.thread, event_.site, event_.start, event_.duration_ns())) {
      out_.arguments.emplace_back(profile_.string(row.key), arguments.text(row));
    }
  }

  const Timeline& timeline_;
  const profile::Profile& profile_;
  const TimelineEvent& event_;
  EventDetail out_;
};

}  // namespace

std::optional<TimelineEvent> innermost_span(const Timeline& timeline, ThreadId thread,
                                            TimeNs time) {
  const TimelineTrack* const track = timeline.find(fmt::format("spans:{}", raw(thread)));
  if (track == nullptr) return {};
  profile::SpanSearch search(timeline.span_levels(), timeline.spans());
  const auto span = search.innermost(track->part, time);
  if (!span) return {};
  return event_of(timeline, *track, *span);
}

EventDetail event_detail(const Timeline& timeline, const TimelineEvent& event) {
  return Describer(timeline, event).run();
}

}  // namespace hone::analysis
