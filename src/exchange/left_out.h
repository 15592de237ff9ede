// What a format has no place for at all, counted.
//
//   left.left_out = count_left_out(profile, options, kSpanKind | kSampleKind);
#pragma once

#include <cstdint>

#include "exchange/export.h"

namespace hone::exchange {

// Kinds of what a recording holds, as bits.
enum Kinds : uint32_t {
  kSampleKind = 1,
  kSpanKind = 2,   // nested ones, with their arguments
  kLooseKind = 4,  // those of LooseSpan
  kFlowKind = 8,   // asynchronous spans too
  kFrameKind = 16,
  kPlotKind = 32,
  kMessageKind = 64,
  kCounterKind = 128,
  kWaitKind = 256,
  kLockKind = 512,
  kPoolKind = 1024,
  kGpuKind = 2048,
};

// How many marks, values and samples the options take of kinds that are not among `held`.
uint64_t count_left_out(const profile::Profile& profile, const ExportOptions& options,
                        uint32_t held);

// E070: the recording holds no `what`.
tl::unexpected<Error> holds_no(std::string what, std::string fix);

}  // namespace hone::exchange
