// Intervals of what differs between two samples: of shares, of rates, of medians.
//
// All combine the two samples' own intervals by squaring and adding what each reaches from its
// estimate (R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890, method 10, for shares; G. Y.
// Zou and A. Donner, Statistics in Medicine 27 (2008), 1693-1702, for anything): without a normal
// approximation at the ends, where shares near 0 would have it say too much.
//
// They know what the samples know. Two recordings are two runs of a program: what differs from run
// to run whatever the program does is in neither.
#pragma once

#include <cstdint>

#include "stats/interval.h"

namespace hone::stats {

// An estimate with its interval.
struct Estimate {
  double value = 0;
  Interval at;
};

// b - a, both independent of each other.
Interval difference(const Estimate& a, const Estimate& b);

// b - a of two shares, each `successes` of `trials` (which may be effective sample sizes). [-1, 1]
// where one has no trials.
struct Counted {
  double successes = 0, trials = 0;
};
Interval share_difference(const Counted& a, const Counted& b, double confidence);

// Of the mean of a Poisson distribution of which `count` was drawn: the score interval (the same
// inversion as Wilson's).
Interval poisson_interval(double count, double confidence);

// The ranks, from 0, of `count` values in order between which their distribution's median lies with
// at least this confidence (order statistics: without any assumption of a distribution; normal
// approximation of the binomial, with its continuity correction). Both 0 and count - 1 where so few
// values say no more.
struct Ranks {
  uint64_t low = 0, high = 0;
};
Ranks median_ranks(uint64_t count, double confidence);

// b / a of two medians, each with an interval of it at `confidence`: as difference(), of the
// logarithms (R. M. Price and D. G. Bonett, Journal of Statistical Computation and Simulation 72
// (2002), 119-124). Values below 1, which durations in nanoseconds have where a clock is coarse,
// count as 1.
Interval median_ratio(const Estimate& a, const Estimate& b);

}  // namespace hone::stats
