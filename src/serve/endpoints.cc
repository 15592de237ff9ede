#include "serve/endpoints.h"

#include <array>

namespace hone::serve {

std::span<const Endpoint* const> endpoints() {
  static const std::array all = {
      &kRecordings, &kAddRecording, &kQuality,  &kSystem, &kOverview,
      &kQuery,      &kSchema,       &kComplete, &kPage,
  };
  return all;
}

}  // namespace hone::serve
