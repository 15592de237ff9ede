// The table of `hone report --counters`.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/host/text.h"
#include "report/counter_values.h"
#include "report/escape.h"
#include "report/text.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

std::string in_ascii(std::string text) {
  for (const auto& [sign, plain] : {std::pair{"…", "..."}, std::pair{"°", ""}}) {
    for (size_t at = 0; (at = text.find(sign, at)) != text.npos;) {
      text.replace(at, std::string_view(sign).size(), plain);
    }
  }
  return text;
}

}  // namespace

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
  // In front even where lines have no end: it names its row.
  TextTable table({{"what", false, style.width == 0 ? Fit::kKeep : Fit::kName},
                   {"mean", true, Fit::kKeep, Ink::kBold},
                   {"least", true, Fit::kDropFirst, Ink::kDim},
                   {"most", true, Fit::kKeep},
                   {"total", true, Fit::kKeep},
                   {"", false, Fit::kDrop, Ink::kDim}});
  for (const analysis::TrackSummary& track : counters.tracks) {
    table.add({terminal_text(track.name), counter_value(track, track.mean),
               counter_value(track, track.least), counter_value(track, track.most),
               counter_total(track), counter_note(counters, track)});
  }
  // One table, so that all columns stand under each other, cut into a part an owner.
  const std::string text = table.text(style, 4);
  size_t at = text.find('\n') + 1;
  out += text.substr(0, at);
  std::string_view owner;
  for (const analysis::TrackSummary& track : counters.tracks) {
    if (track.owner != owner) {
      out += "  " + paint(style, Ink::kBold, terminal_text(counter_owner(track))) + "\n";
      owner = track.owner;
    }
    const size_t end = text.find('\n', at) + 1;
    out += text.substr(at, end - at);
    at = end;
  }
  return style.unicode ? out : in_ascii(std::move(out));
}

}  // namespace hone::report
