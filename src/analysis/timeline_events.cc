#include "analysis/timeline_events.h"

#include <algorithm>

#include "analysis/span_matches.h"
#include "analysis/timeline_tiles.h"

namespace hone::analysis {
namespace {

using profile::SpanAt;
using profile::SpanLevels;
using profile::SpanSearch;

constexpr unsigned kThreads = 2;

bool has_sites(TimelineKind kind) {
  return kind == TimelineKind::kSpans || kind == TimelineKind::kAsync ||
         kind == TimelineKind::kGpu || kind == TimelineKind::kMessages;
}

bool is_open(const Timeline& t, TimelineKind kind, uint32_t original) {
  const profile::Instrumentation& all = t.profile().instrumentation();
  if (kind == TimelineKind::kAsync) {
    if (original < all.loose.size()) return all.loose[original].open;
    return t.flow_pairs()[original - all.loose.size()].to == FlowPair::kNone;
  }
  if (kind != TimelineKind::kLock) return false;
  constexpr uint8_t kStill = recording::kLockStillWaiting | recording::kLockStillHeld;
  return (all.locks[original].flags & kStill) != 0;
}

std::optional<TimelineEvent> sample_at(const Timeline& t, const TimelineTrack& track,
                                       uint64_t number) {
  const profile::Samples& samples = t.profile().samples();
  if (number >= samples.size()) return {};
  const bool is_core = track.kind == TimelineKind::kCore;
  if (is_core ? samples.cpu[number] != track.part : samples.thread[number] != track.thread) {
    return {};
  }
  TimelineEvent out{.track = &track,
                    .number = static_cast<uint32_t>(number),
                    .start = samples.time[number],
                    .end = samples.time[number],
                    .thread = samples.thread[number]};
  out.name_number = is_core ? raw(out.thread) : raw(t.samples().leaf(number));
  out.name = slice_name(t, track, out.name_number);
  return out;
}

class Stepper {
 public:
  Stepper(const Timeline& timeline, const TimelineEvent& from)
      : timeline_(timeline),
        from_(from),
        is_span_(from.track->kind == TimelineKind::kSpans),
        levels_(is_span_ ? timeline.span_levels() : timeline.rows().levels()),
        source_(is_span_ ? timeline.spans() : timeline.rows().source()),
        first_(is_span_ ? 0 : timeline.rows().first(from.track->part)),
        search_(levels_, source_) {}

  std::optional<TimelineEvent> go(EventStep step) {
    const size_t part = from_.track->part, number = first_ + from_.number;
    const auto has_depth = [&](const SpanLevels::Node& node) {
      bool has = false;
      levels_.for_each_group(
          node, [&](const profile::SpanGroup& group) { has |= group.depth == from_.depth; });
      return has;
    };
    const auto is_depth = [&](const SpanAt& span) { return span.depth == from_.depth; };
    switch (step) {
      case EventStep::kNext:
        return event(search_.first(part, number + 1, has_depth, is_depth));
      case EventStep::kPrevious:
        return event(search_.last(part, number, has_depth, is_depth));
      case EventStep::kParent:
        return is_span_ ? event(search_.parent(part, search_.at(number))) : std::nullopt;
      case EventStep::kChild:
        return is_span_ ? event(child(part, search_.at(number))) : std::nullopt;
      default:
        return same(step, part, number);
    }
  }

 private:
  std::optional<TimelineEvent> event(std::optional<SpanAt> span) const {
    if (!span) return {};
    span->number -= first_;
    if (is_span_) return event_of(timeline_, *from_.track, *span);
    return event_at(timeline_, *from_.track, span->number);
  }
  std::optional<SpanAt> child(size_t part, const SpanAt& of) {
    std::optional<SpanAt> out;
    search_.for_each(
        part, search_.first_inside(part, of), of.number,
        [](const SpanLevels::Node&) { return true; },
        [&](const SpanAt& span) {
          if (span.depth == of.depth + 1u) out = span;
          return !out;
        });
    return out;
  }

  std::optional<TimelineEvent> same(EventStep step, size_t part, size_t number) {
    SiteSet set;
    if (has_sites(from_.track->kind)) {
      set = sites_of_name(timeline_.profile(), from_.name);
    } else {
      set.has.resize(size_t{from_.name_number} + 1);
      set.add(from_.name_number);
    }
    const auto may_be = [&](const SpanLevels::Node& node) { return set.may_be_in(node); };
    const auto is_one = [&](const SpanAt& span) {
      return span.site < set.has.size() && set.has[span.site];
    };
    if (step == EventStep::kNextSame) return event(search_.first(part, number + 1, may_be, is_one));
    if (step == EventStep::kPreviousSame) return event(search_.last(part, number, may_be, is_one));
    return slowest(set);
  }

  std::optional<TimelineEvent> slowest(const SiteSet& set) {
    if (is_span_) return slowest_span(timeline_, set, kThreads);
    std::optional<TimelineEvent> best;
    for (const TimelineTrack& track : timeline_.tracks()) {
      if (track.kind != from_.track->kind) continue;
      for (size_t i = 0; i < timeline_.rows().size(track.part); ++i) {
        const TrackRow row = timeline_.rows().row(track.part, i);
        if (row.name >= set.has.size() || !set.has[row.name]) continue;
        if (best && raw(row.end) - raw(row.start) <= best->duration_ns()) continue;
        best = event_at(timeline_, track, i);
      }
    }
    return best;
  }

  const Timeline& timeline_;
  const TimelineEvent& from_;
  const bool is_span_;
  const SpanLevels& levels_;
  const profile::SpanSource& source_;
  const size_t first_;
  SpanSearch search_;
};

// Of strips: the next sample, or the next of the same function.
std::optional<TimelineEvent> step_samples(const Timeline& t, const TimelineEvent& from,
                                          EventStep step) {
  const bool is_core = from.track->kind == TimelineKind::kCore;
  const auto rows = is_core ? t.samples().of_cpu(static_cast<uint16_t>(from.track->part))
                            : t.samples().of_thread(from.track->thread);
  const auto at = std::find(rows.begin(), rows.end(), from.number);
  if (at == rows.end()) return {};
  const auto index = static_cast<size_t>(at - rows.begin());
  const bool is_forward = step == EventStep::kNext || step == EventStep::kNextSame;
  const bool is_backward = step == EventStep::kPrevious || step == EventStep::kPreviousSame;
  if (!is_forward && !is_backward) return {};
  const bool is_same = step == EventStep::kNextSame || step == EventStep::kPreviousSame;
  for (size_t i = index; is_forward ? ++i < rows.size() : i-- > 0;) {
    const auto event = sample_at(t, *from.track, rows[i]);
    if (event && (!is_same || event->name_number == from.name_number)) return event;
  }
  return {};
}

}  // namespace

SiteSet sites_of_name(const profile::Profile& profile, std::string_view name) {
  SiteSet out;
  const auto& sites = profile.instrumentation().sites;
  out.has.resize(sites.size());
  for (size_t i = 1; i < sites.size(); ++i) {
    if (profile.string(sites[i].name) == name) out.add(i);
  }
  return out;
}

TimelineEvent event_of(const Timeline& t, const TimelineTrack& track, const SpanAt& span) {
  return {.track = &track,
          .number = static_cast<uint32_t>(span.number),
          .start = span.start,
          .end = span.end,
          .depth = span.depth,
          .name_number = span.site,
          .name = slice_name(t, track, span.site),
          .site = SiteId{span.site},
          .thread = track.thread};
}

std::optional<TimelineEvent> event_at(const Timeline& t, const TimelineTrack& track,
                                      uint64_t number) {
  switch (track.kind) {
    case TimelineKind::kSpans: {
      const profile::SpanSource::Part& part = t.spans().parts()[track.part];
      if (number < part.first || number - part.first >= part.count) return {};
      return event_of(t, track, SpanSearch(t.span_levels(), t.spans()).at(number));
    }
    case TimelineKind::kSamples:
    case TimelineKind::kCore:
      return sample_at(t, track, number);
    case TimelineKind::kLoad:
    case TimelineKind::kThread:
    case TimelineKind::kCounter:
    case TimelineKind::kPlot:
    case TimelineKind::kPool:
      return {};
    default:
      break;
  }
  if (number >= t.rows().size(track.part)) return {};
  const TrackRow row = t.rows().row(track.part, number);
  TimelineEvent out{.track = &track,
                    .number = static_cast<uint32_t>(number),
                    .start = row.start,
                    .end = row.end,
                    .depth = row.depth,
                    .name_number = row.name,
                    .name = slice_name(t, track, row.name),
                    .thread = track.thread,
                    .open = row.original != UINT32_MAX && is_open(t, track.kind, row.original),
                    .original = row.original};
  const profile::Instrumentation& all = t.profile().instrumentation();
  if (has_sites(track.kind)) out.site = SiteId{row.name};
  if (track.kind == TimelineKind::kLock) {
    out.thread = ThreadId{row.name};
    out.site = all.locks[row.original].site;
  }
  if (track.kind == TimelineKind::kGpu) out.thread = all.gpu_spans[row.original].thread;
  if (track.kind == TimelineKind::kMessages) out.thread = all.messages[row.original].thread;
  if (track.kind == TimelineKind::kFrames) {
    for (const TimelineFrames& frames : t.frame_sets()) {
      if (&t.tracks()[frames.track] == &track) out.thread = frames.set.frames[row.original].thread;
    }
  }
  return out;
}

std::optional<TimelineEvent> event_step(const Timeline& t, const TimelineEvent& from,
                                        EventStep step) {
  if (from.track->kind == TimelineKind::kSamples || from.track->kind == TimelineKind::kCore) {
    return step_samples(t, from, step);
  }
  return Stepper(t, from).go(step);
}

}  // namespace hone::analysis
