#include "exchange/earliest.h"

#include <algorithm>

#include "profile/span_reader.h"

namespace hone::exchange {

TimeNs earliest_of(const profile::Profile& profile, const ExportOptions& options) {
  const profile::Instrumentation& all = profile.instrumentation();
  TimeNs least{INT64_MAX};
  const auto see = [&](TimeNs time) { least = std::min(least, time); };
  profile::SpanReader spans(all.spans);
  for (size_t i = 0; i < spans.size(); ++i) see(spans.start(i));
  for (const profile::LooseSpan& span : all.loose) see(span.start);
  for (const auto& each : all.frames) see(each.time);
  for (const auto& each : all.plots) see(each.time);
  for (const auto& each : all.messages) see(each.time);
  for (const auto& each : all.flows) see(each.time);
  for (const auto& each : all.gpu_spans) see(each.start);
  for (const auto& each : all.locks) see(each.asked());
  for (const auto& each : all.allocations) see(each.time);
  for (const auto& each : profile.waits()) see(each.time);
  for (const TimeNs time : profile.samples().time) see(time);
  for (const TimeNs time : profile.track_values().time) see(time);
  if (raw(least) == INT64_MAX) return options.start;
  return raw(options.start) > 0 ? std::min(least, options.start) : least;
}

}  // namespace hone::exchange
