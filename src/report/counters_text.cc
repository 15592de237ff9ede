// The table of `hone report --counters`.
#include <fmt/format.h>

#include <string>

#include "base/host/text.h"
#include "report/counter_values.h"
#include "report/escape.h"
#include "report/text.h"
#include "report/text_table.h"

namespace hone::report {

std::string counters_text(const ReportData& data, const TextStyle& style) {
  const analysis::Counters& counters = data.counters;
  std::string out = paint(style, Ink::kBold, "Counters");
  if (counters.empty()) {
    return out +
           "\n  The recording holds none: it was made without them (--counters-hz 0), or by an "
           "older Hone.\n";
  }
  const DurationNs step{counters.step_ns};
  out += paint(style, Ink::kDim,
               fmt::format("  rates are of steps of {}; mean over all", base::duration_text(step)));
  out += "\n";
  TextTable table({{"of", false, Fit::kShrink, Ink::kDim},
                   {"what", false, Fit::kKeep, Ink::kBold},
                   {"mean", true, Fit::kKeep},
                   {"least", true, Fit::kDropFirst, Ink::kDim},
                   {"most", true, Fit::kKeep},
                   {"total", true, Fit::kKeep},
                   {"", false, Fit::kDrop, Ink::kDim}});
  std::string_view owner;
  for (const analysis::TrackSummary& track : counters.tracks) {
    const bool same = track.owner == owner;
    owner = track.owner;
    std::string note;
    if (track.counted_share < 1) {
      note = fmt::format("counted {} of the time, the rest estimated",
                         base::percent_text(track.counted_share));
    }
    table.add({same ? "" : terminal_text(track.owner), terminal_text(track.name),
               counter_value(track, track.mean), counter_value(track, track.least),
               counter_value(track, track.most), counter_total(track), note});
  }
  return out + table.text(style, 2);
}

}  // namespace hone::report
