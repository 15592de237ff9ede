// A villager: a mesh over eleven bones, and how the bones move when it walks or stands about. The
// poses are the same for all; each figure is in one of them, so that a frame skins kFigureSteps
// figures however many there are.
#pragma once

#include <array>
#include <span>

#include "game/render/mesh_builder.h"
#include "game/render/mesh_kind.h"

namespace game::render {

enum class Bone : uint8_t {
  kHips,
  kTorso,
  kHead,
  kLeftArm,
  kLeftForearm,
  kRightArm,
  kRightForearm,
  kLeftThigh,
  kLeftShin,
  kRightThigh,
  kRightShin,
};
inline constexpr size_t kBones = 11;

// From the mesh as it stands to the pose: three rows.
struct BoneMatrix {
  float rows[3][4];
};

Mesh make_figure();
// The same for those who are far away.
Mesh make_far_figure();
// The bones of one pose, `seconds` into the game.
std::array<BoneMatrix, kBones> pose_figure(uint32_t step, float seconds);
// Of all poses, one after the other: kFigureSteps * kBones.
void write_bones(float seconds, std::span<BoneMatrix> to);

}  // namespace game::render
