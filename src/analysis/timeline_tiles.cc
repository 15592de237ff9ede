#include "analysis/timeline_tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <map>
#include <thread>
#include <utility>

#include "analysis/function_names.h"

namespace hone::analysis {
namespace {

using profile::SpanBar;
using profile::SpanWindow;

// Of all threads together: so the worst request, of whose data nothing is in a cache, takes 20 ms
// (benchmarks/run timeline). With half as much again it took 12 to 31 ms, and few windows were
// finer.
constexpr int64_t kSpanCostNs = 9'000'000;
// No pixel shows a smaller difference.
constexpr double kSameLoad = 1e-6;

// One track's part of the answer.
struct Made {
  std::vector<SpanBar> bars;      // of rows and spans
  std::vector<StripPart> strips;  // of samples
  TileValues values;
};

bool has_bars(TimelineKind kind) {
  switch (kind) {
    case TimelineKind::kFrames:
    case TimelineKind::kGpu:
    case TimelineKind::kState:
    case TimelineKind::kSpans:
    case TimelineKind::kAsync:
    case TimelineKind::kMessages:
    case TimelineKind::kLock:
      return true;
    default:
      return false;
  }
}

void put_value(TileValues& to, size_t track, uint32_t bucket, const ValueSeries::Part& part) {
  to.track.push_back(static_cast<uint16_t>(track));
  to.bucket.push_back(bucket);
  to.least.push_back(part.least);
  to.most.push_back(part.most);
  to.last.push_back(part.last);
  to.count.push_back(part.count);
}

Made make(const Timeline& t, size_t index, const TimelineTrack& track, const SpanWindow& window,
          const SpanWindow& of_spans) {
  Made out;
  switch (track.kind) {
    case TimelineKind::kSpans:
      out.bars = span_bars(t.span_levels(), t.spans(), track.part, of_spans);
      break;
    case TimelineKind::kSamples:
      out.strips = t.samples().functions(track.thread, window);
      break;
    case TimelineKind::kCore:
      out.strips = t.samples().threads(static_cast<uint16_t>(track.part), window);
      break;
    case TimelineKind::kLoad: {
      const auto cpus = static_cast<double>(std::max<size_t>(track.part, 1));
      const double most = most_load(track);
      const std::vector<double> busy = t.samples().busy_cpus(window);
      for (uint32_t i = 0; i < busy.size(); ++i) {
        const double share = std::min(busy[i] / cpus, most);
        // As other values, it holds until the next.
        if (i > 0 && std::abs(busy[i] - busy[i - 1]) < kSameLoad) continue;
        put_value(out.values, index, i, {share, share, share, 1});
      }
      break;
    }
    case TimelineKind::kCounter:
    case TimelineKind::kPlot:
    case TimelineKind::kPool:
      t.series(track.part)
          .for_each_bucket(window, [&](uint32_t bucket, const ValueSeries::Part& part) {
            put_value(out.values, index, bucket, part);
          });
      break;
    case TimelineKind::kThread:
      break;
    default:
      out.bars = span_bars(t.rows().levels(), t.rows().source(), track.part, window);
  }
  return out;
}

// Names of slices, each once; functions of one name in several modules are several.
class Names {
 public:
  Names(const Timeline& timeline, Tiles& to) : timeline_(timeline), to_(to) {}

  uint32_t of(const TimelineTrack& track, uint32_t name) {
    // A look-up by number: there may be half a million slices.
    std::vector<uint32_t>& known = known_[group_of(track)];
    if (name >= known.size()) known.resize(size_t{name} + 1, kNotKnown);
    if (known[name] != kNotKnown) return known[name];
    std::pair<std::string, std::string> text{module_of(track, name),
                                             slice_name(timeline_, track, name)};
    const auto [same, is_new] = by_text_.try_emplace(std::move(text), to_.names.size());
    if (is_new) {
      to_.names.push_back(same->first.second);
      to_.modules.push_back(same->first.first);
    }
    return known[name] = static_cast<uint32_t>(same->second);
  }

 private:
  static constexpr uint32_t kNotKnown = UINT32_MAX;
  // Kinds whose names have the same numbers, which are ids of a profile's tables.
  static uint32_t group_of(const TimelineTrack& track) {
    switch (track.kind) {
      case TimelineKind::kState:
        return 1;
      case TimelineKind::kSamples:
        return 2;
      case TimelineKind::kCore:
      case TimelineKind::kLock:
        return 3;
      case TimelineKind::kFrames:
        return 4;
      default:
        return 0;
    }
  }
  std::string module_of(const TimelineTrack& track, uint32_t name) const {
    const profile::Profile& p = timeline_.profile();
    if (track.kind != TimelineKind::kSamples || name == 0 || name >= p.functions().size())
      return {};
    return std::string(p.module_name(p.functions()[name].module));
  }

  const Timeline& timeline_;
  Tiles& to_;
  std::array<std::vector<uint32_t>, 5> known_;  // by group_of(), then number
  std::map<std::pair<std::string, std::string>, size_t> by_text_{{{"", ""}, 0}};
};

bool is_open(const Timeline& t, const TimelineTrack& track, uint32_t event) {
  const profile::Instrumentation& all = t.profile().instrumentation();
  if (track.kind == TimelineKind::kAsync) {
    const uint32_t original = t.rows().row(track.part, event).original;
    if (original < all.loose.size()) return all.loose[original].open;
    return t.flow_pairs()[original - all.loose.size()].to == FlowPair::kNone;
  }
  if (track.kind == TimelineKind::kLock) {
    const uint32_t original = t.rows().row(track.part, event).original;
    return (all.locks[original].flags &
            (recording::kLockStillWaiting | recording::kLockStillHeld)) != 0;
  }
  return false;
}

uint8_t share_of(double part, double whole) {
  if (part <= 0 || whole <= 0) return 0;
  return static_cast<uint8_t>(std::clamp(part / whole * 255 + 0.5, 1.0, 255.0));
}

class Gatherer {
 public:
  Gatherer(const Timeline& timeline, const SpanWindow& window, Tiles& to)
      : timeline_(timeline), window_(window), to_(to), names_(timeline, to) {}

  void reserve(size_t slices) {
    TileSlices& to = to_.slices;
    for (auto* column : {&to.track, &to.depth}) column->reserve(slices);
    for (auto* column : {&to.start, &to.end, &to.name, &to.count, &to.event, &to.color}) {
      column->reserve(slices);
    }
    for (auto* column : {&to.busy, &to.flags}) column->reserve(slices);
  }
  void add(size_t index, const TimelineTrack& track, const Made& made) {
    for (const SpanBar& bar : made.bars) put(index, track, bar);
    for (const StripPart& part : made.strips) put(index, track, part);
    TileValues& values = to_.values;
    const auto append = [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    append(values.track, made.values.track);
    append(values.bucket, made.values.bucket);
    append(values.least, made.values.least);
    append(values.most, made.values.most);
    append(values.last, made.values.last);
    append(values.count, made.values.count);
  }

 private:
  void put(size_t index, const TimelineTrack& track, const SpanBar& bar) {
    const bool is_span = track.kind == TimelineKind::kSpans;
    const auto event = static_cast<uint32_t>(
        is_span ? bar.longest : bar.longest - timeline_.rows().first(track.part));
    uint8_t flags = 0;
    if (bar.began_before && bar.start == 0) flags |= kSliceBeganBefore;
    if (bar.goes_on) flags |= kSliceGoesOn;
    if (bar.count > 1) flags |= kSliceFolded;
    if (!is_span && is_open(timeline_, track, event)) flags |= kSliceOpen;
    if (track.kind == TimelineKind::kFrames && bar.longest_ns > timeline_.budget_ns()) {
      flags |= kSliceOverTarget;
    }
    double busy_ns = static_cast<double>(bar.total_ns);
    if (track.kind == TimelineKind::kState) busy_ns *= waited_share(track, bar, event);
    put_row(index, bar.depth, bar.start, bar.end, names_.of(track, bar.site), bar.count, event,
            share_of(busy_ns, width(bar.start, bar.end)), flags, color_of(track, bar.site));
  }
  // Between the ends of several short waits the thread ran too.
  double waited_share(const TimelineTrack& track, const SpanBar& bar, uint32_t event) const {
    if (bar.site < StateName::kSeveral) return 1;
    return timeline_.summed_share(timeline_.rows().row(track.part, event).original);
  }
  void put(size_t index, const TimelineTrack& track, const StripPart& part) {
    put_row(index, 0, part.start, part.end, names_.of(track, part.what), part.count, part.sample,
            share_of(part.share, 1), part.count > 1 ? kSliceFolded : uint8_t{0}, 0);
  }
  void put_row(size_t track, uint8_t depth, uint32_t start, uint32_t end, uint32_t name,
               uint32_t count, uint32_t event, uint8_t busy, uint8_t flags, uint32_t color) {
    TileSlices& to = to_.slices;
    to.track.push_back(static_cast<uint16_t>(track));
    to.depth.push_back(depth);
    to.start.push_back(start);
    to.end.push_back(end);
    to.name.push_back(name);
    to.count.push_back(count);
    to.event.push_back(event);
    to.busy.push_back(busy);
    to.flags.push_back(flags);
    to.color.push_back(color);
  }
  double width(uint32_t start, uint32_t end) const {
    return static_cast<double>(int64_t{end - start} << window_.step);
  }
  uint32_t color_of(const TimelineTrack& track, uint32_t name) const {
    const auto& sites = timeline_.profile().instrumentation().sites;
    const bool is_site = track.kind == TimelineKind::kSpans || track.kind == TimelineKind::kAsync ||
                         track.kind == TimelineKind::kGpu || track.kind == TimelineKind::kMessages;
    return is_site && name < sites.size() ? sites[name].color : 0;
  }

  const Timeline& timeline_;
  const SpanWindow& window_;
  Tiles& to_;
  Names names_;
};

}  // namespace

std::string slice_name(const Timeline& t, const TimelineTrack& track, uint32_t name) {
  const profile::Profile& p = t.profile();
  switch (track.kind) {
    case TimelineKind::kState:
      return StateName::text(name);
    case TimelineKind::kSamples:
      if (name == 0 || name >= p.functions().size()) return "[no stack]";
      return std::string(p.string(p.functions()[name].name));
    case TimelineKind::kCore:
    case TimelineKind::kLock: {
      if (name >= p.threads().size()) return {};
      const profile::Thread& thread = p.threads()[name];
      return fmt::format("{} ({})", p.string(thread.name), thread.tid);
    }
    case TimelineKind::kFrames:
      return {};
    default: {
      const auto& sites = p.instrumentation().sites;
      return name < sites.size() ? std::string(p.string(sites[name].name)) : std::string();
    }
  }
}

Tiles timeline_tiles(const Timeline& timeline, std::span<const TimelineTrack* const> tracks,
                     const SpanWindow& window, unsigned threads) {
  Tiles out;
  tracks = tracks.first(std::min(tracks.size(), kTileTracksMax));
  std::vector<size_t> span_parts, row_parts;
  for (const TimelineTrack* track : tracks) {
    if (track->kind == TimelineKind::kSpans) {
      span_parts.push_back(track->part);
    } else if (has_bars(track->kind)) {
      row_parts.push_back(track->part);
    }
  }
  SpanWindow of_spans = window, of_rows = window;
  of_spans.fold = fold_within(timeline.span_levels(), span_parts, window, kSpanCostNs);
  of_rows.fold = fold_within(timeline.rows().levels(), row_parts, window, kSpanCostNs);
  out.fold = std::max(of_spans.fold, of_rows.fold);

  std::vector<Made> made(tracks.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < tracks.size(); i = next++) {
      made[i] = make(timeline, i, *tracks[i], of_rows, of_spans);
    }
  };
  {
    std::vector<std::jthread> workers;
    for (size_t i = 1; i < std::min<size_t>(threads, tracks.size()); ++i)
      workers.emplace_back(work);
    work();
  }
  size_t slices = 0;
  for (const Made& one : made) slices += one.bars.size() + one.strips.size();
  Gatherer gatherer(timeline, window, out);
  gatherer.reserve(slices);
  for (size_t i = 0; i < tracks.size(); ++i) {
    gatherer.add(i, *tracks[i], made[i]);
    made[i] = {};
  }
  return out;
}

}  // namespace hone::analysis
