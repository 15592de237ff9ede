#include "report/timed.h"

#include <fmt/format.h>

#include <utility>

#include "base/host/text.h"

namespace hone::report {

std::string timed_note(const analysis::SpanStats& span, std::string_view plus_minus) {
  if (span.timed == 0) return {};
  const double share =
      span.times.total_ns > 0 ? span.total_error_ns / static_cast<double>(span.times.total_ns) : 0;
  return fmt::format("{} of them timed, total {}{:.{}f}%", base::count_text(span.timed), plus_minus,
                     100 * share, share < 0.1 ? 1 : 0);
}

std::string self_estimate(const analysis::SpanStats& span, std::string figure) {
  return span.self_is_most ? "<= " + figure : estimate(span, std::move(figure));
}

std::string estimate(const analysis::SpanStats& span, std::string figure) {
  return span.timed == 0 ? figure : "~" + figure;
}

}  // namespace hone::report
