#include "serve/endpoints.h"

#include <array>

namespace hone::serve {

std::span<const Endpoint* const> endpoints() {
  // clang-format off
  static const std::array all = {
      &kRecordings, &kAddRecording,
      &kOverview,
      &kQuality, &kSystem,
      &kDetails,
      &kWeights, &kFunctions, &kFunction,
      &kFlame, &kFlameSearch,
      &kSource, &kFiles,
      &kSpans, &kSpan, &kMessages,
      &kQuery, &kSchema, &kComplete,
      &kTimeline, &kTiles, &kFrames,
      &kEvent, &kStep, &kFind, &kRange, &kStretches,
      &kPage,
  };
  // clang-format on
  return all;
}

}  // namespace hone::serve
