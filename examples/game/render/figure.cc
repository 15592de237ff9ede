#include "game/render/figure.h"

#include <algorithm>

namespace game::render {

namespace {

constexpr float kStepsPerSecond = 1.7F;  // whole ones, left and right
constexpr Vec3 kHip{0.1F, -0.04F, 0}, kKnee{0.1F, -0.43F, 0.01F}, kAnkle{0.1F, -0.8F, -0.01F};
constexpr Vec3 kShoulder{0.25F, 0.46F, 0}, kElbow{0.29F, 0.2F, -0.01F}, kHand{0.3F, -0.07F, 0.03F};
constexpr Vec3 kWaist{0, 0.05F, 0}, kNeck{0, 0.53F, 0};

uint8_t number(Bone bone) {
  return static_cast<uint8_t>(bone);
}

Vec3 mirrored(Vec3 v, float side) {
  return {v.x * side, v.y, v.z};
}

// Over three joints from the body outwards, bending at the second.
void limb(MeshBuilder& builder, uint32_t sides, const Vec3 (&joints)[3], const float (&radii)[3],
          const Bone (&bones)[2], const Surface (&surfaces)[2]) {
  const uint8_t upper = number(bones[0]), lower = number(bones[1]);
  const Ring far[] = {{joints[2], radii[2], radii[2], {lower, lower}, 0},
                      {joints[1], radii[1], radii[1], {upper, lower}, 0.5F}};
  const Ring near[] = {{joints[1], radii[1], radii[1], {upper, lower}, 0.5F},
                       {joints[0], radii[0], radii[0], {upper, upper}, 0}};
  builder.lathe(far, sides, surfaces[1]);
  builder.lathe(near, sides, surfaces[0]);
}

void add_limbs(MeshBuilder& builder, uint32_t sides) {
  for (const float side : {-1.0F, 1.0F}) {
    const bool left = side < 0;
    limb(builder, sides, {mirrored(kShoulder, side), mirrored(kElbow, side), mirrored(kHand, side)},
         {0.075F, 0.06F, 0.045F},
         {left ? Bone::kLeftArm : Bone::kRightArm, left ? Bone::kLeftForearm : Bone::kRightForearm},
         {Surface::kShirt, Surface::kSkin});
    limb(builder, sides, {mirrored(kHip, side), mirrored(kKnee, side), mirrored(kAnkle, side)},
         {0.11F, 0.085F, 0.065F},
         {left ? Bone::kLeftThigh : Bone::kRightThigh, left ? Bone::kLeftShin : Bone::kRightShin},
         {Surface::kTrousers, Surface::kTrousers});
  }
}

// Turns about x; what is at `pivot` stays.
BoneMatrix about_x(float angle, Vec3 pivot) {
  const float c = std::cos(angle), s = std::sin(angle);
  return {{{1, 0, 0, 0},
           {0, c, -s, pivot.y - c * pivot.y + s * pivot.z},
           {0, s, c, pivot.z - s * pivot.y - c * pivot.z}}};
}

BoneMatrix about_y(float angle) {
  const float c = std::cos(angle), s = std::sin(angle);
  return {{{c, 0, s, 0}, {0, 1, 0, 0}, {-s, 0, c, 0}}};
}

BoneMatrix operator*(const BoneMatrix& a, const BoneMatrix& b) {
  BoneMatrix out{};
  for (size_t i = 0; i < 3; ++i) {
    for (size_t k = 0; k < 4; ++k) {
      out.rows[i][k] = k == 3 ? a.rows[i][3] : 0;
      for (size_t j = 0; j < 3; ++j) out.rows[i][k] += a.rows[i][j] * b.rows[j][k];
    }
  }
  return out;
}

}  // namespace

Mesh make_figure() {
  MeshBuilder builder;
  const uint8_t hips = number(Bone::kHips), torso = number(Bone::kTorso);
  const uint8_t head = number(Bone::kHead);
  const Ring trunk[] = {{{0, -0.12F, 0}, 0.16F, 0.11F, {hips, hips}, 0},
                        {{0, 0.05F, 0}, 0.17F, 0.12F, {hips, torso}, 0.5F},
                        {{0, 0.42F, 0}, 0.22F, 0.14F, {torso, torso}, 0},
                        {{0, 0.56F, 0}, 0, 0, {torso, torso}, 0}};
  builder.lathe(trunk, 7, Surface::kShirt);
  const Ring face[] = {{{0, 0.5F, 0}, 0.05F, 0.05F, {head, head}, 0},
                       {{0, 0.6F, 0.01F}, 0.1F, 0.11F, {head, head}, 0},
                       {{0, 0.74F, 0.01F}, 0.11F, 0.12F, {head, head}, 0}};
  builder.lathe(face, 6, Surface::kSkin);
  const Ring hair[] = {{{0, 0.7F, -0.02F}, 0.125F, 0.135F, {head, head}, 0},
                       {{0, 0.79F, -0.02F}, 0.12F, 0.13F, {head, head}, 0},
                       {{0, 0.85F, -0.02F}, 0.07F, 0.08F, {head, head}, 0}};
  builder.lathe(hair, 6, Surface::kHair, true);
  add_limbs(builder, 5);
  for (const float side : {-1.0F, 1.0F}) {
    const uint8_t shin = number(side < 0 ? Bone::kLeftShin : Bone::kRightShin);
    const Vec3 foot = mirrored(kAnkle, side) + Vec3{0, 0, 0.06F};
    const Ring shoe[] = {{foot + Vec3{0, -0.07F, 0}, 0.075F, 0.14F, {shin, shin}, 0},
                         {foot + Vec3{0, 0.03F, -0.02F}, 0, 0, {shin, shin}, 0}};
    builder.lathe(shoe, 5, Surface::kHair);
  }
  return builder.take();
}

Mesh make_far_figure() {
  MeshBuilder builder;
  const uint8_t torso = number(Bone::kTorso), head = number(Bone::kHead);
  const Ring trunk[] = {{{0, -0.12F, 0}, 0.17F, 0.12F, {torso, torso}, 0},
                        {{0, 0.45F, 0}, 0.23F, 0.15F, {torso, torso}, 0},
                        {{0, 0.57F, 0}, 0, 0, {torso, torso}, 0}};
  builder.lathe(trunk, 4, Surface::kShirt);
  const Ring face[] = {{{0, 0.52F, 0.01F}, 0.1F, 0.11F, {head, head}, 0},
                       {{0, 0.72F, 0.01F}, 0.12F, 0.13F, {head, head}, 0}};
  builder.lathe(face, 4, Surface::kSkin);
  const Ring hair[] = {{{0, 0.7F, -0.01F}, 0.13F, 0.14F, {head, head}, 0},
                       {{0, 0.87F, -0.01F}, 0, 0, {head, head}, 0}};
  builder.lathe(hair, 4, Surface::kHair);
  add_limbs(builder, 3);
  return builder.take();
}

std::array<BoneMatrix, kBones> pose_figure(uint32_t step, float seconds) {
  const bool walks = step < kWalkSteps;
  const float part = walks ? static_cast<float>(step) / kWalkSteps
                           : static_cast<float>(step - kWalkSteps) / kIdleSteps;
  const float phase = kTurn * (part + seconds * (walks ? kStepsPerSecond : 0.25F));
  const float swing = walks ? 0.62F : 0.03F;
  const float sway = std::sin(phase);
  std::array<BoneMatrix, kBones> out{};
  const auto bone = [&](Bone which) -> BoneMatrix& { return out[number(which)]; };
  BoneMatrix hips = about_y(walks ? 0.12F * sway : 0.05F * sway);
  hips.rows[1][3] = walks ? 0.025F * std::cos(2 * phase) : 0;
  bone(Bone::kHips) = hips;
  const BoneMatrix torso =
      hips * about_x(walks ? 0.06F : 0.02F * sway, kWaist) * about_y(walks ? -0.2F * sway : 0);
  bone(Bone::kTorso) = torso;
  bone(Bone::kHead) = torso * about_x(walks ? -0.05F : 0.08F * sway, kNeck) *
                      about_y(walks ? 0.1F * sway : 0.4F * std::sin(phase / 2));
  for (const float side : {-1.0F, 1.0F}) {
    const bool left = side < 0;
    const float forward = left ? sway : -sway;  // of the leg; the arm goes against it
    const BoneMatrix arm = torso * about_x(swing * 0.8F * forward, mirrored(kShoulder, side));
    const float elbow = walks ? -0.35F - 0.3F * std::max(0.0F, -forward) : -0.12F;
    bone(left ? Bone::kLeftArm : Bone::kRightArm) = arm;
    bone(left ? Bone::kLeftForearm : Bone::kRightForearm) =
        arm * about_x(elbow, mirrored(kElbow, side));
    const BoneMatrix thigh = hips * about_x(-swing * forward, mirrored(kHip, side));
    // It bends while it comes forward.
    const float turn = left ? std::cos(phase) : -std::cos(phase);
    const float knee = walks ? 0.1F + 0.85F * std::max(0.0F, turn) : 0.03F;
    bone(left ? Bone::kLeftThigh : Bone::kRightThigh) = thigh;
    bone(left ? Bone::kLeftShin : Bone::kRightShin) = thigh * about_x(knee, mirrored(kKnee, side));
  }
  return out;
}

void write_bones(float seconds, std::span<BoneMatrix> to) {
  for (uint32_t step = 0; step < kFigureSteps && (step + 1) * kBones <= to.size(); ++step) {
    const auto bones = pose_figure(step, seconds);
    std::copy(bones.begin(), bones.end(), to.begin() + step * kBones);
  }
}

}  // namespace game::render
