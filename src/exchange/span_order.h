// The spans of a thread in the order in which they began, nested: each lies inside the one around
// it and beside its siblings, whatever the stamps say.
//
//   for_each_span(spans, part, [&](const NestedSpan& span) { ... }, [&](size_t stray) { ... });
//
// A recording has them in the order in which they ended, with their depths. Stamps of one thread
// come from one clock, but through lines that are drawn anew each moment: where a span sticks out
// of the one around it by less than kJitterNs (and a thousandth of its length) it is cut to it.
// What contradicts the others by more is no nested span: it goes to `stray`.
//
// Costs a byte a span of the thread, and four a span of its longest outermost one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/host/function_ref.h"
#include "profile/span_reader.h"

namespace hone::exchange {

inline constexpr int64_t kJitterNs = 1000;

struct NestedSpan {
  size_t index = 0;  // in Spans
  TimeNs start{}, end{};
  uint32_t depth = 0;  // 0 outermost; spans that are not in the recording leave no gap
};

void for_each_span(profile::SpanReader& spans, const profile::Spans::OfThread& part,
                   base::FunctionRef<void(const NestedSpan&)> visit,
                   base::FunctionRef<void(size_t)> stray);

}  // namespace hone::exchange
