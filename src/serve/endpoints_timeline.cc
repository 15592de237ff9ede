// The timeline: which tracks there are, what a window shows of them, and frames.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/durations.h"
#include "analysis/timeline_tiles.h"
#include "analysis/weights.h"
#include "serve/columns.h"
#include "serve/endpoints.h"
#include "serve/json_answer.h"
#include "serve/timelines.h"

namespace hone::serve {
namespace {

using analysis::Timeline;
using analysis::TimelineTrack;
using profile::SpanWindow;

constexpr uint32_t kTileBuckets = 1024, kTilesMax = 8;
static_assert(kTileBuckets * kTilesMax == SpanWindow::kBucketsMax);

Json id_or_null(uint32_t id) {
  return id == 0 ? Json() : Json(id);
}

Json track_json(const TimelineTrack& track) {
  return {{"id", track.id},
          {"kind", analysis::timeline_kind_name(track.kind)},
          {"name", track.name},
          {"process", id_or_null(raw(track.process))},
          {"thread", id_or_null(raw(track.thread))},
          {"group", track.group},
          {"depth", track.depth},
          {"events", track.events},
          {"unit", track.unit},
          {"min", track.least},
          {"max", track.most},
          {"what", track.what}};
}

Json threads_json(const Timeline& timeline) {
  const profile::Profile& p = timeline.profile();
  Json out = Json::array();
  for (const TimelineTrack& track : timeline.tracks()) {
    if (track.kind != analysis::TimelineKind::kThread) continue;
    const profile::Thread& thread = p.threads()[raw(track.thread)];
    out.push_back({{"id", raw(track.thread)},
                   {"tid", thread.tid},
                   {"name", p.string(thread.name)},
                   {"process", raw(thread.process)}});
  }
  return out;
}

Json processes_json(const profile::Profile& p) {
  Json out = Json::array();
  for (size_t i = 1; i < p.processes().size(); ++i) {
    out.push_back(
        {{"id", i}, {"pid", p.processes()[i].pid}, {"name", p.string(p.processes()[i].name)}});
  }
  return out;
}

analysis::Distribution times_of(const std::vector<analysis::FrameTime>& frames) {
  std::vector<int64_t> times;
  times.reserve(frames.size());
  for (const analysis::FrameTime& frame : frames) times.push_back(frame.duration_ns);
  return analysis::distribution_of(times);
}

Json frame_sets_json(const Timeline& timeline) {
  Json out = Json::array();
  for (const analysis::TimelineFrames& frames : timeline.frame_sets()) {
    const analysis::Distribution times = times_of(frames.set.frames);
    out.push_back({{"set", frames.set.name},
                   {"track", timeline.tracks()[frames.track].id},
                   {"count", times.count},
                   {"target_ns", timeline.budget_ns()},
                   {"p50", times.p50_ns},
                   {"p95", times.p95_ns},
                   {"p99", times.p99_ns},
                   {"max", times.most_ns}});
  }
  return out;
}

// What whoever looks at the whole should know of stretches of it.
Json hints_json(const Opened& of, const Timeline& timeline) {
  constexpr size_t kHintsMax = 1000;
  Json out = Json::array();
  for (const profile::Pause& pause : of.profile.pauses()) {
    if (out.size() == kHintsMax) break;
    out.push_back({{"start", since_start(of, pause.start)},
                   {"end", since_start(of, pause.end)},
                   {"text", "Recording was paused"},
                   {"severity", "info"}});
  }
  if (timeline.locks_hidden() > 0) {
    out.push_back(
        {{"start", 0},
         {"end", since_start(of, timeline.end())},
         {"text", fmt::format("{} locks have no track: those that were waited for longest "
                              "have one",
                              timeline.locks_hidden())},
         {"severity", "info"}});
  }
  return out;
}

Result<Response> timeline(const Call& call) {
  const Timeline& all = timeline_of(call, *call.a);
  Json tracks = Json::array();
  for (const TimelineTrack& track : all.tracks()) tracks.push_back(track_json(track));
  Response out = json_response({{"start", 0},
                                {"end", since_start(*call.a, all.end())},
                                {"processes", processes_json(call.a->profile)},
                                {"threads", threads_json(all)},
                                {"tracks", std::move(tracks)},
                                {"frames", frame_sets_json(all)},
                                {"hints", hints_json(*call.a, all)}});
  out.immutable = true;
  return out;
}

Result<std::vector<const TimelineTrack*>> tracks_named(const Timeline& timeline,
                                                       std::string_view list) {
  std::vector<const TimelineTrack*> out;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view id = list.substr(0, comma);
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
    if (id.empty()) continue;
    HONE_TRY_ASSIGN(const TimelineTrack* const track, track_named(timeline, id));
    out.push_back(track);
    if (out.size() > analysis::kTileTracksMax) {
      return fail(Code::InvalidArgument,
                  fmt::format("tracks: more than {}", analysis::kTileTracksMax));
    }
  }
  return out;
}

// Errors: InvalidArgument where it lies beyond all times.
Result<SpanWindow> window_of(const Call& call) {
  HONE_TRY_ASSIGN(const int64_t step, call.number("step", 20, 0, SpanWindow::kStepMax));
  HONE_TRY_ASSIGN(const int64_t count, call.number("count", 1, 1, kTilesMax));
  constexpr int64_t kNsMax = int64_t{1} << 61;
  HONE_TRY_ASSIGN(const int64_t first,
                  call.number("first", 0, 0, (kNsMax >> step) / kTileBuckets - kTilesMax));
  const int64_t begin = (first * kTileBuckets) << step;
  return SpanWindow{.begin = call.a->start + DurationNs{begin},
                    .step = static_cast<unsigned>(step),
                    .buckets = static_cast<uint32_t>(count) * kTileBuckets};
}

Result<Response> tiles(const Call& call) {
  constexpr unsigned kThreads = 2;
  const Timeline& all = timeline_of(call, *call.a);
  HONE_TRY_ASSIGN(const SpanWindow window, window_of(call));
  HONE_TRY_ASSIGN(const auto tracks, tracks_named(all, call.request.value("tracks")));
  analysis::Tiles made = analysis::timeline_tiles(all, tracks, window, kThreads);
  analysis::TileSlices& slices = made.slices;
  for (size_t i = 0; i < slices.size(); ++i) {
    if ((slices.flags[i] & analysis::kSliceGoesOn) != 0) slices.end[i] = UINT32_MAX;
  }
  ColumnAnswer out;
  out.table("slices", slices.size());
  out.column("track", slices.track);
  out.column("depth", slices.depth);
  out.column("start", slices.start);
  out.column("end", slices.end);
  out.column("name", slices.name);
  out.column("count", slices.count);
  out.column("event", slices.event);
  out.column("busy", slices.busy);
  out.column("flags", slices.flags);
  out.column("color", slices.color);
  out.table("values", made.values.size());
  out.column("track", made.values.track);
  out.column("bucket", made.values.bucket);
  out.column("min", made.values.least);
  out.column("max", made.values.most);
  out.column("last", made.values.last);
  out.column("count", made.values.count);
  out.json()["names"] = std::move(made.names);
  out.json()["modules"] = std::move(made.modules);
  out.json()["step"] = window.step;
  out.json()["first"] = (raw(window.begin) - raw(call.a->start)) >> window.step >> 10;
  out.json()["count"] = window.buckets / kTileBuckets;
  out.json()["bucket_ns"] = int64_t{1} << window.step;
  out.json()["fold"] = made.fold;
  Response response = out.response();
  response.immutable = true;
  return response;
}

// Of so many together one bar: the longest.
void put_frames(const Opened& of, const std::vector<analysis::FrameTime>& frames, size_t bars_max,
                ColumnAnswer& out) {
  const size_t each = std::max<size_t>(1, (frames.size() + bars_max - 1) / bars_max);
  std::vector<double> start, duration;
  std::vector<uint32_t> index, count;
  for (size_t i = 0; i < frames.size(); i += each) {
    const size_t behind = std::min(frames.size(), i + each);
    size_t longest = i;
    for (size_t k = i + 1; k < behind; ++k) {
      if (frames[k].duration_ns > frames[longest].duration_ns) longest = k;
    }
    start.push_back(static_cast<double>(since_start(of, frames[longest].start)));
    duration.push_back(static_cast<double>(frames[longest].duration_ns));
    index.push_back(static_cast<uint32_t>(frames[longest].number));
    count.push_back(static_cast<uint32_t>(behind - i));
  }
  out.table("frames", start.size());
  out.column("start", start);
  out.column("duration", duration);
  out.column("index", index);
  out.column("count", count);
}

// The name of the set that was asked for, by its name or by its track. Names may be of any bytes,
// and do not come back from a JSON as they went in; ids of tracks do.
std::string_view set_asked(const Call& call) {
  const std::string_view wanted = call.request.value("set");
  if (!wanted.starts_with("frames:")) return wanted;
  const Timeline& all = timeline_of(call, *call.a);
  const TimelineTrack* const track = all.find(wanted);
  for (const analysis::TimelineFrames& frames : all.frame_sets()) {
    if (&all.tracks()[frames.track] == track) return frames.set.name;
  }
  return wanted;
}

Result<Response> frames(const Call& call) {
  HONE_TRY_ASSIGN(const int64_t pixels, call.number("pixels", 1400, 1, 100'000));
  HONE_TRY_ASSIGN(const analysis::Selection selection, call.selection(*call.a));
  const std::string_view wanted = set_asked(call);
  const analysis::SampleFilter filter(call.a->profile, selection);
  const std::vector<analysis::FrameSet> sets =
      analysis::frame_sets(call.a->profile, selection, filter);
  const auto found = std::find_if(sets.begin(), sets.end(), [&](const analysis::FrameSet& set) {
    return wanted.empty() || set.name == wanted;
  });
  static const std::vector<analysis::FrameTime> kNone;
  const std::vector<analysis::FrameTime>& of = found == sets.end() ? kNone : found->frames;
  const analysis::Distribution times = times_of(of);
  const int64_t target = call.context.budget_ns;
  ColumnAnswer out;
  put_frames(*call.a, of, static_cast<size_t>(pixels), out);
  Json& json = out.json();
  json["set"] = found == sets.end() ? std::string(wanted) : found->name;
  json["count"] = times.count;
  json["p50"] = times.p50_ns;
  json["p95"] = times.p95_ns;
  json["p99"] = times.p99_ns;
  json["max"] = times.most_ns;
  json["target_ns"] = target;
  json["over"] = std::count_if(of.begin(), of.end(), [&](const analysis::FrameTime& frame) {
    return frame.duration_ns > target;
  });
  if (sets.empty()) {
    json["absent"] = absent("the program marks no frames", "HONE_FRAME(\"name\") in its main loop");
  }
  Response response = out.response();
  response.immutable = true;
  return response;
}

}  // namespace

const Endpoint kTimeline = {
    .path = "timeline",
    .sides = Sides::kA,
    .summary = "The tracks of a recording, in the order in which they are shown.",
    .returns =
        "`{start, end, processes: [{id, pid, name}], threads: [{id, tid, name, process}], tracks: "
        "[{id, kind, name, process, thread, group, depth, events, unit, min, max, what}], frames: "
        "[{set, track, count, target_ns, p50, p95, p99, max}], hints: [{start, end, text, "
        "severity}]}`. Kinds: `load`, `frames`, `core`, `gpu`, `thread` (a heading: its `state`, "
        "`samples`, `spans` and `async` follow), `plot`, `lock`, `pool`, `messages`, `counter`. "
        "`depth` is how many rows it has, `what` a sentence on what it shows and how that was had.",
    .answer = &timeline};

const Endpoint kTiles = {
    .path = "tiles",
    .sides = Sides::kA,
    .summary =
        "What a window of time shows of tracks, in buckets of 2^step nanoseconds; a tile "
        "has 1,024 of them.",
    .parameters = {{"tracks", "ids, with commas; of one that is not there: 404"},
                   {"step", "0 to 42"},
                   {"first", "the first tile: it begins at first * 1024 * 2^step ns"},
                   {"count", "tiles, 1 to 8"}},
    .returns =
        "Columns. Table `slices`: `track` u16 (index in `tracks`), `depth` u16, `start` u32, `end` "
        "u32 (buckets from the first of the answer; the end is behind the last, 0xFFFFFFFF: it "
        "goes "
        "on), `name` u32 (index in `names`; 0 is \"\"), `count` u32 (events that it stands for), "
        "`event` u32 (the longest of them; 0xFFFFFFFF none), `busy` u8 (of 255: the share of the "
        "slice in which something was), `flags` u8 (1 began before, 2 goes on, 4 folded: several, "
        "8 open at the recording's end, 16 over the frame's target), `color` u32 (0xrrggbb of the "
        "program, 0 none). By track, depth, start; those of one depth do not overlap. An end is "
        "off by less than a bucket; spans of three buckets and more have slices of their own. "
        "Table `values`: `track` u16, `bucket` u32, `min` f64, `max` f64, `last` f64, `count` u32 "
        "(0: what held when the window began). JSON: `{names, modules, step, first, count, "
        "bucket_ns, fold}`; `modules`: of each name that is a function's its module, \"\" of "
        "others; "
        "`fold` above 1: there was so much to show that spans are folded within so many buckets.",
    .answer = &tiles};

const Endpoint kFrames = {
    .path = "frames",
    .sides = Sides::kA,
    .selects = true,
    .summary = "The frames of one set, for a bar of frames.",
    .parameters = {{"set", "its name, or the id of its track; default: the one of most frames"},
                   {"pixels", "how many bars at most; default 1400"}},
    .returns =
        "Columns. Table `frames`: `start` f64, `duration` f64, `index` u32 (the frame's "
        "number, from 1), `count` u32 (the longest of so many). JSON: `{set, count, p50, "
        "p95, p99, max, target_ns, over}`.",
    .answer = &frames};

}  // namespace hone::serve
