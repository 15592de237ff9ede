// The tracks of a recording: everything that has a place in time, in the order in which it is
// shown, and where its rows are. What of them a window shows: timeline_tiles.h.
//
//   const Timeline timeline(profile, rules, budget_ns);
//   for (const TimelineTrack& track : timeline.tracks()) use(track.id, track.name);
//
// Made once: 10 ns a span, and some 100 a row of anything else. `profile` must outlive it.
// Immutable, but for a cache that is thread-safe.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/flow_pairs.h"
#include "analysis/frame_times.h"
#include "analysis/sample_strips.h"
#include "analysis/selection.h"
#include "analysis/track_rows.h"
#include "analysis/value_series.h"
#include "analysis/wait_kinds.h"
#include "profile/span_levels.h"

namespace hone::analysis {

enum class TimelineKind : uint8_t {
  kLoad,     // how busy the CPUs were
  kCore,     // which thread a CPU ran
  kFrames,   // frames of a set
  kGpu,      // spans of a queue
  kThread,   // a heading: a thread's tracks follow
  kState,    // running, or what it waited for
  kSamples,  // which function it was in
  kSpans,    // nested spans
  kAsync,    // spans that are not nested, asynchronous ones
  kMessages,
  kCounter,  // of the system
  kPlot,     // of the program
  kLock,
  kPool,  // live bytes
};
std::string_view timeline_kind_name(TimelineKind kind);  // "spans": stable, for machines

struct TimelineTrack {
  std::string id;  // "spans:5": without commas and blanks, whatever the name is
  TimelineKind kind{};
  std::string name, group, unit;
  std::string what;  // a sentence: what is shown, and how it was had
  ProcessId process{};
  ThreadId thread{};
  uint32_t depth = 1;          // rows
  uint64_t events = 0;         // that it shows
  double least = 0, most = 0;  // of values
  size_t part = 0;             // where its rows are, in what is of its kind
};

// Of a track kLoad: all CPUs at most, where their number is known. A sample more or less in a
// bucket would make it 101%.
inline double most_load(const TimelineTrack& load) {
  return load.part > 0 ? 1.0 : std::numeric_limits<double>::infinity();
}

// What a row of the track `state` says: TrackRow::name.
struct StateName {
  static constexpr uint32_t kRunning = 0, kRunnable = 1, kNotKnown = 2;
  // Then waits by kind; then several short ones of a kind that the recording sums up.
  static constexpr uint32_t kBlocked = 3, kSeveral = kBlocked + kWaitKinds;
  static std::string text(uint32_t name);
};

// Short waits of one kind that a recording sums up. They lie between the waits that it has one by
// one, nobody knows where, and are taken to lie there evenly.
struct SummedWait {
  uint32_t wait = 0;  // of Profile::waits()
  TimeNs from{}, until{};
  double share = 0;  // of what is between the others from `from` to `until`
};

struct ThreadStates;

// A set of frames with its track.
struct TimelineFrames {
  FrameSet set;
  size_t track = 0;
};

class Timeline {
 public:
  // Locks and pools beyond so many have no track: those that were waited for longest, and hold
  // most, do. The same of plots and frame sets, by name.
  static constexpr size_t kLocksMax = 64, kPoolsMax = 64, kPlotsMax = 512, kFrameSetsMax = 32;
  // Further depths of a track of GPU or asynchronous spans, or of a lock, share the last.
  static constexpr uint8_t kDepthsMax = 64;

  // Of `rules` only plots are taken.
  Timeline(const profile::Profile& profile, const Selection& rules, int64_t budget_ns);

  const profile::Profile& profile() const { return profile_; }
  TimeNs start() const { return start_; }
  TimeNs end() const { return end_; }
  int64_t budget_ns() const { return budget_ns_; }
  const std::vector<TimelineTrack>& tracks() const { return tracks_; }
  // Its index; nothing: there is none of that id.
  const TimelineTrack* find(std::string_view id) const;
  const std::vector<TimelineFrames>& frame_sets() const { return frames_; }
  uint64_t locks_hidden() const { return locks_hidden_; }

  // Of kSpans: a part each of Spans::threads().
  const profile::SpanLevels& span_levels() const { return span_levels_; }
  const profile::SpanSource& spans() const { return spans_; }
  const TrackRows& rows() const { return rows_; }           // of all other kinds with slices
  const SampleStrips& samples() const { return samples_; }  // of kSamples, kCore (by part), kLoad
  const ValueSeries& series(size_t part) const { return series_[part]; }  // of values
  // Of kAsync, TrackRow::original: below the number of loose spans one of those, else one of these.
  const std::vector<FlowPair>& flow_pairs() const { return pairs_; }
  // Of kState (by part): what of its waits is summed up; and of one of these, by Profile::waits(),
  // how much of the time between other waits it is.
  std::span<const SummedWait> sums(size_t part) const;
  double summed_share(uint32_t wait) const;

 private:
  struct OfThread;  // what a thread's tracks are made of
  TimeNs last_mark() const;
  void add_track(TimelineTrack track);
  void add_load();
  void add_cores();
  void add_frames();
  void add_gpu();
  std::vector<OfThread> threads_in_order();
  void add_threads();
  void add_thread(const OfThread& of, ThreadStates states);
  void add_counters();
  void add_plots(const Selection& rules);
  void add_locks();
  void add_pools();
  void add_messages();
  // Bytes of the name as far as an id may hold them, and what tells it from others.
  std::string id_of(std::string_view prefix, std::string_view name) const;

  const profile::Profile& profile_;
  const int64_t budget_ns_;
  TimeNs start_{}, end_{};
  profile::PackedSpanSource spans_;
  profile::SpanLevels span_levels_;
  SampleStrips samples_;
  TrackRows rows_;
  std::vector<ValueSeries> series_;
  std::vector<FlowPair> pairs_;
  std::unordered_map<size_t, std::vector<SummedWait>> sums_;  // by part
  std::unordered_map<uint32_t, double> summed_share_;         // by wait
  std::vector<TimelineFrames> frames_;
  std::vector<TimelineTrack> tracks_;
  std::unordered_map<std::string, size_t> by_id_;
  uint64_t locks_hidden_ = 0;
};

}  // namespace hone::analysis
