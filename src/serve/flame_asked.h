// What flame and flame/search are asked, and the trees of paths that answer, which are kept.
#pragma once

#include <memory>
#include <vector>

#include "analysis/flame_tree.h"
#include "analysis/path_transforms.h"
#include "serve/weights_asked.h"

namespace hone::serve {

// A tree of paths, with the recording that its names point into.
struct KeptPaths {
  std::shared_ptr<const Opened> opened;
  analysis::PackedPaths paths;
};

struct FlameAsked {
  Asked2 asked;
  analysis::FlameOptions options;
  std::shared_ptr<const KeptPaths> a, b;  // b: null when nothing is compared
  analysis::FlameSides sides() const { return {&a->paths, b ? &b->paths : nullptr}; }
};

enum class FlameMode : uint8_t { kLeft, kTime, kCallers, kCallees };
Result<FlameMode> flame_mode(const Call& call);

// Not for kTime. Errors: InvalidArgument for what cannot be read; NotFound for a key that no
// recording has.
Result<FlameAsked> flame_asked(const Call& call, FlameMode mode);

// `group`, `pixels` and `min_px`, which mean the same in every mode. Errors: InvalidArgument.
struct FlameShape {
  analysis::PathBy by{};
  double pixels = 0, min_px = 0;
};
Result<FlameShape> flame_shape(const Call& call);

}  // namespace hone::serve
