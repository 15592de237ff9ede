// Threads of a program dealt out among threads of ours, which go through their spans side by side.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "profile/spans.h"

namespace hone::analysis {

using SpanParts = std::span<const profile::Spans::OfThread>;

constexpr uint64_t kSpansOfShareLeast = 500'000;  // for fewer another thread is not worth it

// In the order of `spans`, about as many spans to each of at most `threads` (0: one a CPU): what is
// put together in the order of the shares is the same, however many there are. At least one.
std::vector<SpanParts> shares_of(const profile::Spans& spans, unsigned threads = 0,
                                 uint64_t least = kSpansOfShareLeast);

}  // namespace hone::analysis
