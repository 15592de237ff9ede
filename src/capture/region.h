// Which part of the time is recorded: pausing and going on, by whoever asks, and the account of it.
//
//   Region region(sampler, collector, clocks, counters, pauses);
//   region.begin({.delay_s = 2}, start);
//   ... region.step(now); region.pause(PauseCause::kControl); region.resume(); ...
//   region.write(builder, start, end);
#pragma once

#include <cstdint>
#include <string>

#include "capture/collector.h"
#include "capture/counters/system_counters.h"
#include "capture/pause_log.h"
#include "capture/process_clocks.h"
#include "capture/sampler.h"
#include "recording/builder.h"

namespace hone::capture {

struct RegionOptions {
  double delay_s = 0;
  bool start_paused = false;
  bool waits() const { return delay_s > 0 || start_paused; }
};

class Region {
 public:
  Region(Sampler& source, Collector& collector, ProcessClocks& clocks, SystemCounters& counters,
         PauseLog& pauses)
      : source_(source),
        collector_(collector),
        clocks_(clocks),
        counters_(counters),
        pauses_(pauses) {}

  // The events were opened to wait if options.waits(). Before the counters' first reading.
  void begin(const RegionOptions& options, TimeNs start);
  // Goes on when the delay is over.
  void step(TimeNs now);
  // How long until step() has something to do, at most `most_ms`.
  int wait_ms(TimeNs now, int most_ms) const;
  // Both do nothing when it is so already.
  void pause(PauseCause cause);
  void resume();
  void toggle(PauseCause cause) { paused() ? resume() : pause(cause); }

  bool paused() const { return pauses_.open(); }
  size_t pause_count() const { return pauses_.all().size(); }
  DurationNs recorded(TimeNs from, TimeNs to) const;
  // The pauses within a file's time, which is also theirs to state when one lasts beyond it.
  void write(recording::Builder& builder, TimeNs from, TimeNs to) const;

 private:
  Sampler& source_;
  Collector& collector_;
  ProcessClocks& clocks_;
  SystemCounters& counters_;
  PauseLog& pauses_;
  TimeNs resume_at_{};  // 0: by itself never
};

}  // namespace hone::capture
