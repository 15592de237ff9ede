#include "exchange/left_out.h"

#include <algorithm>

#include "profile/span_reader.h"

namespace hone::exchange {
namespace {

class Counting {
 public:
  Counting(const ExportOptions& options, uint32_t held) : options_(options), held_(held) {}

  template <class Rows, class Time>
  void add(uint32_t kind, const Rows& rows, Time&& time) {
    if ((held_ & kind) != 0) return;
    count_ += static_cast<uint64_t>(std::count_if(rows.begin(), rows.end(), [&](const auto& row) {
      return options_.takes(row.thread, time(row));
    }));
  }
  void add(uint64_t more) { count_ += more; }
  bool wants(uint32_t kind) const { return (held_ & kind) == 0; }
  uint64_t count() const { return count_; }

 private:
  const ExportOptions& options_;
  uint32_t held_;
  uint64_t count_ = 0;
};

uint64_t spans_of(const profile::Profile& profile, const ExportOptions& options) {
  uint64_t count = 0;
  profile::SpanReader spans(profile.instrumentation().spans);
  for (const profile::Spans::OfThread& part : spans.threads()) {
    if (!options.takes(part.thread)) continue;
    for (size_t i = part.first; i < part.first + part.count; ++i) {
      count += options.takes(spans.end(i)) ? 1 : 0;
    }
  }
  return count;
}

uint64_t samples_of(const profile::Profile& profile, const ExportOptions& options) {
  const profile::Samples& samples = profile.samples();
  uint64_t count = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    count += options.takes(samples.thread[i], samples.time[i]) ? 1 : 0;
  }
  return count;
}

uint64_t values_of(const profile::Profile& profile, const ExportOptions& options) {
  uint64_t count = 0;
  for (const profile::Track& track : profile.tracks()) {
    if (track.qualifies != TrackId::kNone) continue;
    if (track.thread != ThreadId::kNone && !options.takes(track.thread)) continue;
    for (uint32_t i = track.first; i < track.first + track.count; ++i) {
      count += options.takes(profile.track_values().time[i]) ? 1 : 0;
    }
  }
  return count;
}

}  // namespace

uint64_t count_left_out(const profile::Profile& profile, const ExportOptions& options,
                        uint32_t held) {
  const profile::Instrumentation& all = profile.instrumentation();
  Counting counting(options, held);
  const auto time_of = [](const auto& row) { return row.time; };
  const auto end_of = [](const auto& row) { return row.end; };
  if (counting.wants(kSampleKind)) counting.add(samples_of(profile, options));
  if (counting.wants(kSpanKind)) counting.add(spans_of(profile, options));
  if (counting.wants(kCounterKind)) counting.add(values_of(profile, options));
  counting.add(kLooseKind, all.loose, end_of);
  counting.add(kFlowKind, all.flows, time_of);
  counting.add(kFrameKind, all.frames, time_of);
  counting.add(kPlotKind, all.plots, time_of);
  counting.add(kMessageKind, all.messages, time_of);
  counting.add(kWaitKind, profile.waits(), [](const auto& wait) { return wait.until; });
  counting.add(kLockKind, all.locks, end_of);
  counting.add(kPoolKind, all.allocations, time_of);
  counting.add(kGpuKind, all.gpu_spans, end_of);
  return counting.count();
}

tl::unexpected<Error> holds_no(std::string what, std::string fix) {
  return tl::unexpected(Error{.code = Code::NotFound,
                              .message = "the recording holds no " + std::move(what),
                              .effect = "nothing was written",
                              .fixes = {std::move(fix)},
                              .number = "E070"});
}

}  // namespace hone::exchange
