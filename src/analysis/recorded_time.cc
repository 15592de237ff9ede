#include "analysis/recorded_time.h"

#include <algorithm>
#include <charconv>

#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

using profile::Profile;

// Far from overflow, whatever a damaged file says: 73 years of uptime.
constexpr int64_t kTimeMax = INT64_MAX / 4;

int64_t fact(const Profile& p, std::string_view key) {
  const std::string_view text = p.meta(key);
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::clamp<int64_t>(value, 0, kTimeMax);
}

TimeNs bounded(TimeNs time) {
  return std::clamp(time, TimeNs{0}, TimeNs{kTimeMax});
}

void take_pauses(const Profile& p, RecordedTime& out) {
  out.wall_ns = std::max<int64_t>(raw(out.end - out.start), 0);
  int64_t paused_ns = 0;
  for (const profile::Pause& pause : p.pauses()) {
    const TimeNs from = std::max(pause.start, out.start), to = std::min(pause.end, out.end);
    if (to <= from) continue;
    paused_ns += raw(to - from);
    ++out.pause_count;
  }
  out.recorded_ns = std::max<int64_t>(out.wall_ns - paused_ns, 0);
}

// When what the program marked last ended; 0 when it marked nothing.
TimeNs last_of_spans(const Profile& profile) {
  const profile::Instrumentation& all = profile.instrumentation();
  TimeNs last{};
  profile::SpanReader spans(all.spans);
  for (const auto& of : spans.threads()) {
    last = std::max(last, spans.end(of.first + of.count - 1));
  }
  for (const auto& mark : all.frames) last = std::max(last, mark.time);
  return last;
}

}  // namespace

RecordedTime recorded_time(const Profile& profile) {
  RecordedTime out;
  out.start = TimeNs{fact(profile, "run.start_ns")};
  const auto& times = profile.samples().time;
  if (raw(out.start) == 0) {
    out.start = TimeNs{INT64_MAX};
    for (size_t id = 1; id < profile.processes().size(); ++id) {
      out.start = std::min(out.start, profile.processes()[id].start);
    }
    if (out.start == TimeNs{INT64_MAX} && !times.empty()) {
      out.start = *std::min_element(times.begin(), times.end());
    }
    out.start = bounded(out.start);
  }
  const int64_t wall_ns = fact(profile, "run.wall_ns");
  if (wall_ns > 0) {
    out.end = out.start + DurationNs{wall_ns};
  } else if (!times.empty()) {
    const auto [first, last] = std::minmax_element(times.begin(), times.end());
    out.end = bounded(*last);
    // Nobody knows how long it went on without samples before the first.
    if (profile.meta("run.start_ns").empty()) out.start = std::max(out.start, bounded(*first));
  } else {
    out.end = std::max(out.start, bounded(last_of_spans(profile)));
  }
  take_pauses(profile, out);
  return out;
}

RecordedTime recorded_time(const Profile& profile, const Selection& selection) {
  RecordedTime out = recorded_time(profile);
  out.pause_count = 0;
  out.start = std::max(out.start, selection.time_first);
  out.end = std::max(std::min(out.end, selection.time_last), out.start);
  take_pauses(profile, out);
  return out;
}

}  // namespace hone::analysis
