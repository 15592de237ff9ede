#include "capture/region.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/host/clock.h"

namespace hone::capture {

void Region::begin(const RegionOptions& options, TimeNs start) {
  if (!options.waits()) return;
  pauses_.begin(start, options.delay_s > 0 ? PauseCause::kDelay : PauseCause::kStartPaused);
  source_.pause();
  collector_.pause_waits(start);
  clocks_.pause(collector_);
  counters_.pause(collector_);
  if (!options.start_paused) {
    resume_at_ = start + DurationNs{static_cast<int64_t>(options.delay_s * 1e9)};
  }
}

void Region::step(TimeNs now) {
  if (raw(resume_at_) != 0 && now >= resume_at_) resume();
}

int Region::wait_ms(TimeNs now, int most_ms) const {
  if (raw(resume_at_) == 0) return most_ms;
  const int64_t left_ms = raw(resume_at_ - now) / 1'000'000;
  return static_cast<int>(std::clamp<int64_t>(left_ms, 0, most_ms));
}

void Region::pause(PauseCause cause) {
  resume_at_ = {};
  if (paused()) return;
  // What was recorded lies within the time that is stated: the events stop before, and go on after.
  source_.pause();
  if (!pauses_.begin(base::monotonic_now(), cause)) return source_.resume();
  source_.drain(false);
  collector_.pause_waits(pauses_.all().back().start);
  clocks_.pause(collector_);
  counters_.pause(collector_);
}

void Region::resume() {
  resume_at_ = {};
  if (!paused()) return;
  source_.drain(false);
  clocks_.resume(collector_);
  counters_.resume(collector_);
  const TimeNs now = base::monotonic_now();
  pauses_.end(now);
  collector_.resume_waits(now);
  source_.resume();
}

DurationNs Region::recorded(TimeNs from, TimeNs to) const {
  return DurationNs{raw(to - from) - raw(pauses_.within(from, to))};
}

void Region::write(recording::Builder& builder, TimeNs from, TimeNs to) const {
  builder.append(recording::MetaRow{.key = "run.start_ns", .value = fmt::format("{}", raw(from))});
  bool any = false;
  for (const Pause& pause : pauses_.all()) {
    if (pause.end <= from || pause.start >= to) continue;
    any = true;
    builder.append(recording::PauseRow{.start = std::max(pause.start, from),
                                       .end = std::min(pause.end, to),
                                       .cause = static_cast<uint8_t>(pause.cause)});
  }
  if (!any) return;
  builder.append(recording::MetaRow{.key = "run.recorded_ns",
                                    .value = fmt::format("{}", raw(recorded(from, to)))});
}

}  // namespace hone::capture
