// Places of which not each span was timed (`--spans adaptive=RATE`): every span was counted, and
// each timed one stands for so many. What the timed ones say is made what all of them would say.
//
//   correct_hot_places(profile, selection, filter, cost_ns, spans);
// Where such places are inside one another, the self time of what is around them is not known, and
// an upper bound of it is given.
//
// Totals are sums weighted by what each span stands for; it varies at random, so that they are as
// large as the true ones on average. The interval is that of sums of samples drawn with such
// weights, by the residuals from their mean (W. G. Cochran, Sampling Techniques, 3rd ed., 1977,
// sections 2.11 and 9A).
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/spans.h"
#include "analysis/weights.h"

namespace hone::analysis {

// `spans` as counted from the timed ones alone; those of other places change in their self time,
// where spans inside them were not timed. `cost_ns`: as it was taken for them.
void correct_hot_places(const profile::Profile& profile, const Selection& selection,
                        const SampleFilter& filter, int64_t cost_ns, std::vector<SpanStats>& spans);

}  // namespace hone::analysis
