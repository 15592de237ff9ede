// Goes through the nested spans of one thread from the last to the first, so that each span comes
// before those inside it.
#pragma once

#include <cstdint>
#include <vector>

#include "profile/span_reader.h"

namespace hone::analysis {

// `Frame` is what is kept of a span that is still looked into; it has `depth` and `start`.
// `enter(columns, i, start, end)` makes it of row i of the columns, while `open` holds those
// around; `leave(frame)` gets it when all inside it were seen, while `open` still ends with it.
// `open` is empty before and after.
template <typename Frame, typename Enter, typename Leave>
void walk_spans_back(profile::SpanReader& spans, const profile::Spans::OfThread& part,
                     std::vector<Frame>& open, const Enter& enter, const Leave& leave) {
  const auto close = [&] {
    leave(open.back());
    open.pop_back();
  };
  for (size_t behind = part.first + part.count; behind > part.first;) {
    const profile::SpanReader::Block block = spans.block(behind - 1, true);
    const profile::SpanColumns& rows = *block.columns;
    for (size_t i = block.size(); i-- > 0;) {
      const TimeNs end{static_cast<int64_t>(rows.end_ns[i])};
      const TimeNs start{raw(end) - static_cast<int64_t>(rows.duration_ns[i])};
      // The one around it may be missing: lost, or still open when the recording ended.
      while (!open.empty() && (open.back().depth >= rows.depth[i] || start < open.back().start)) {
        close();
      }
      open.push_back(enter(rows, i, start, end));
    }
    behind = block.first;
  }
  while (!open.empty()) close();
}

}  // namespace hone::analysis
