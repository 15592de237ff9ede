#include "exchange/tracks.h"

#include <fmt/format.h>

namespace hone::exchange {

using recording::TrackKind;
using recording::TrackScope;
using recording::TrackUnit;

std::string track_name(const profile::Profile& profile, const profile::Track& track) {
  std::string out(profile.string(track.name));
  if (track.scope == TrackScope::kMachine) out += " (machine)";
  if (track.scope == TrackScope::kProgram) out += " (program)";
  if (track.scope == TrackScope::kCpu) out += fmt::format(" CPU {}", track.cpu);
  if (track.scope == TrackScope::kThread && track.thread != ThreadId::kNone) {
    const profile::Thread& thread = profile.threads()[raw(track.thread)];
    out += fmt::format(" {} ({})", profile.string(thread.name), thread.tid);
  }
  if (track.what != StringId::kNone) out += fmt::format(" {}", profile.string(track.what));
  return out;
}

std::string_view track_unit(const profile::Track& track) {
  const bool grows = track.kind == TrackKind::kCumulative;
  const bool is_rate = grows || track.kind == TrackKind::kRate;
  switch (track.unit) {
    case TrackUnit::kBytes:
      return is_rate ? "bytes/s" : "bytes";
    case TrackUnit::kNanoseconds:
      return grows ? "CPUs" : is_rate ? "ns/s" : "ns";
    case TrackUnit::kHertz:
      return "Hz";
    case TrackUnit::kCelsius:
      return "°C";
    case TrackUnit::kShare:
      return "share";
    case TrackUnit::kCount:
      break;
  }
  return is_rate ? "per second" : "value";
}

void for_each_value(const profile::Profile& profile, const profile::Track& track,
                    base::FunctionRef<void(TimeNs, double)> visit) {
  const profile::TrackValues& all = profile.track_values();
  const auto divisor = static_cast<double>(track.divisor);
  if (track.kind != TrackKind::kCumulative) {
    for (uint32_t i = 0; i < track.count; ++i) {
      visit(all.time[track.first + i], static_cast<double>(all.value[track.first + i]) / divisor);
    }
    return;
  }
  // Nanoseconds a nanosecond: how many CPUs.
  const double scale = track.unit == TrackUnit::kNanoseconds ? 1 : 1e9;
  for (uint32_t i = 1; i < track.count; ++i) {
    const uint32_t at = track.first + i;
    const auto ns = static_cast<double>(raw(all.time[at] - all.time[at - 1]));
    if (ns <= 0) continue;
    const auto more = static_cast<double>(all.value[at] - all.value[at - 1]);
    visit(all.time[at - 1], more / divisor / ns * scale);
  }
}

}  // namespace hone::exchange
