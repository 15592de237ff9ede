// What the renderer is made of, and the passes on whatever device there is.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "game/ecs/world.h"
#include "game/factory/factory.h"
#include "game/game.h"
#include "game/gameplay/settlement.h"
#include "game/render/figure.h"
#include "game/render/meshes.h"
#include "game/render/scenery.h"
#include "game/render/textures.h"

// Null unless the tests are built with the thread sanitizer.
extern "C" void __tsan_init() __attribute__((weak));

namespace game::render {
namespace {

// What is loaded now stays: drivers leave memory behind that would look lost when they are
// unloaded.
void keep_loaded() {
  ::dl_iterate_phdr(
      [](dl_phdr_info* module, size_t, void*) {
        if (module->dlpi_name[0] == '/') {
          ::dlopen(module->dlpi_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
        }
        return 0;
      },
      nullptr);
}

float volume_of(const Mesh& mesh) {
  float sum = 0;
  for (size_t i = 0; i < mesh.indices.size(); i += 3) {
    const auto at = [&](size_t k) { return mesh.vertices[mesh.indices[i + k]].position; };
    sum += dot(at(0), cross(at(1), at(2))) / 6;
  }
  return sum;
}

TEST(Meshes, AreSeenFromOutsideAndTheirNormalsPointThere) {
  for (size_t kind = 0; kind < kMeshKinds; ++kind) {
    const Mesh mesh = make_mesh(static_cast<MeshKind>(kind));
    ASSERT_FALSE(mesh.indices.empty());
    ASSERT_EQ(mesh.indices.size() % 3, 0u);
    size_t agree = 0;
    for (size_t i = 0; i < mesh.indices.size(); i += 3) {
      const auto vertex = [&](size_t k) { return mesh.vertices.at(mesh.indices[i + k]); };
      const Vec3 side =
          cross(vertex(1).position - vertex(0).position, vertex(2).position - vertex(0).position);
      EXPECT_GT(length(side), 0) << "mesh " << kind << ", triangle " << i / 3;
      agree += dot(side, vertex(0).normal + vertex(1).normal + vertex(2).normal) > 0;
    }
    // Where a cone turns round its edge, a smooth normal points another way.
    EXPECT_GT(agree * 10, mesh.indices.size() / 3 * 8) << "mesh " << kind;
    for (const Vertex& vertex : mesh.vertices) {
      EXPECT_NEAR(length(vertex.normal), 1, 1e-3F) << "mesh " << kind;
      if (is_full(static_cast<MeshKind>(kind))) {
        EXPECT_NEAR(length(vertex.tangent), 1, 1e-3F) << "mesh " << kind;
      }
    }
    if (static_cast<MeshKind>(kind) != MeshKind::kGround) {
      EXPECT_GT(volume_of(mesh), 0) << "mesh " << kind;
    }
  }
}

Vec3 moved(const BoneMatrix& bone, Vec3 at) {
  const auto row = [&](size_t i) {
    return dot({bone.rows[i][0], bone.rows[i][1], bone.rows[i][2]}, at) + bone.rows[i][3];
  };
  return {row(0), row(1), row(2)};
}

TEST(Figure, ItsPartsHangTogetherInEveryPose) {
  const Vec3 knee{0.1F, -0.43F, 0.01F}, elbow{0.29F, 0.2F, -0.01F}, foot{0.1F, -0.85F, 0};
  float lowest = 0, least_z = 0, most_z = 0;
  for (uint32_t step = 0; step < kFigureSteps; ++step) {
    const auto bones = pose_figure(step, 1.5F);
    const auto bone = [&](Bone which) { return bones[static_cast<size_t>(which)]; };
    EXPECT_LT(length(moved(bone(Bone::kRightThigh), knee) - moved(bone(Bone::kRightShin), knee)),
              1e-4F);
    EXPECT_LT(length(moved(bone(Bone::kRightArm), elbow) - moved(bone(Bone::kRightForearm), elbow)),
              1e-4F);
    const Vec3 at = moved(bone(Bone::kRightShin), foot);
    lowest = std::min(lowest, at.y);
    if (step >= kWalkSteps) continue;
    least_z = std::min(least_z, at.z);
    most_z = std::max(most_z, at.z);
  }
  EXPECT_GT(lowest, -0.95F);  // not into the ground
  EXPECT_GT(most_z - least_z, 0.5F);
}

TEST(Reliefs, HaveAllLevelsAndBendLittleOnTheWhole) {
  for (size_t i = 0; i < kReliefs; ++i) {
    const auto texels = make_relief(static_cast<Relief>(i));
    size_t count = 0;
    for (uint32_t side = kReliefSide; side > 0; side /= 2) count += size_t{4} * side * side;
    ASSERT_EQ(texels.size(), count);
    // The smallest level is the mean of all: what goes up comes down, over the edge or before it.
    EXPECT_NEAR(texels[count - 4], 128, 16) << "relief " << i;
    EXPECT_NEAR(texels[count - 3], 128, 16) << "relief " << i;
  }
}

TEST(Cascades, HoldTheirPieceOfTheView) {
  const Camera camera = look_at({3, 8, -20}, {0, 2, 10}, 1.6F);
  const auto cascades = fit_cascades(camera, to_sun(), 512);
  float from = kNear;
  for (const Cascade& cascade : cascades) {
    for (const float depth : {from, cascade.end}) {
      for (const float x : {-1.0F, 1.0F}) {
        for (const float y : {-1.0F, 1.0F}) {
          const Vec3 at = camera.eye + (camera.forward + camera.right * (x * camera.tangent_x) +
                                        camera.up * (y * camera.tangent_y)) *
                                           depth;
          for (const Plane& plane : cascade.frustum) {
            EXPECT_GT(dot(plane.normal, at) + plane.distance, -2 * cascade.texel);
          }
        }
      }
    }
    from = cascade.end;
  }
}

// The game's world without the game, at its first frame.
struct Scene {
  explicit Scene(uint32_t entities, uint32_t width = 96, uint32_t height = 54)
      : settlement(entities), factory(world, events, physics, settlement, 3) {
    factory.spawn_batch(entities);
    std::vector<Vec3> centers;
    for (const gameplay::Village& village : settlement.villages()) {
      centers.push_back(village.center);
    }
    parts.land = land_of(centers, settlement.reach());
    parts.scenery = make_scenery(centers, parts.land.reach);
    parts.width = width;
    parts.height = height;
    parts.most = entities + static_cast<uint32_t>(parts.scenery.size());
    // It sees only half of what drivers do with their locks.
    why = "drivers are not built for the thread sanitizer";
    if (&__tsan_init != nullptr) return;
    RendererTold told;
    parts.gpu =
        VulkanRenderer::create({.width = width, .height = height, .most = parts.most}, told);
    why = told.no_device;
    keep_loaded();
  }

  ecs::World world;
  ecs::Events events;
  physics::World physics;
  gameplay::Settlement settlement;
  factory::Factory factory;
  RendererParts parts;
  std::string why;
};

// The frustums of a frame, the camera's first.
struct Views {
  std::array<Frustum, kViews> frustums;

  Views(const Camera& camera, uint32_t texels) {
    const auto cascades = fit_cascades(camera, to_sun(), texels);
    frustums = {frustum_of(camera.view_projection), cascades[0].frustum, cascades[1].frustum};
  }
  // Whether a view's list should have it, were it larger by so much.
  bool has(uint32_t view, Instance instance, float larger) const {
    instance.radius += larger;
    std::vector<uint32_t> visible;
    frustum_cull({&instance, 1}, frustums[view], visible);
    if (view == 0 || visible.empty()) return !visible.empty();
    const auto mesh = static_cast<MeshKind>(instance.mesh);
    if (mesh == MeshKind::kGround || (view == 2 && mesh == MeshKind::kFigure)) return false;
    return is_shadow_seen(frustums[0], to_sun(), instance.pose.position, instance.radius);
  }
};

TEST(CullingPass, FindsWhatTheCpuFinds) {
  Scene scene(200);
  if (!scene.parts.gpu) GTEST_SKIP() << scene.why;
  const Land land = scene.parts.land;
  Renderer renderer(std::move(scene.parts));
  constexpr float kEdge = 1e-3F;  // there the last bits of a sum decide
  for (const uint32_t frame : {0u, 300u, 1100u}) {
    renderer.render(scene.world, {frame, 1.0F / 60});
    const Views views(flight(frame, land, 96.0F / 54), 512);
    const auto order = renderer.written();
    for (uint32_t view = 0; view < kViews; ++view) {
      const auto listed = renderer.gpu()->read_culled(view);
      const std::set<uint32_t> by_gpu(listed.begin(), listed.end());
      EXPECT_EQ(by_gpu.size(), listed.size());
      EXPECT_GT(by_gpu.size(), 20u);
      EXPECT_LT(by_gpu.size(), order.size());
      size_t differ = 0;
      for (uint32_t i = 0; i < order.size(); ++i) {
        const Instance& instance = renderer.instances()[order[i]];
        const bool expected = views.has(view, instance, kEdge);
        if (expected == views.has(view, instance, -kEdge)) {
          differ += expected != (by_gpu.count(i) > 0);
        }
      }
      EXPECT_EQ(differ, 0u) << "view " << view << ", frame " << frame;
    }
    // What the CPU's own culling left is what it writes first.
    EXPECT_GT(renderer.visible(), 20u);
    for (uint32_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(views.has(0, renderer.instances()[order[i]], 0), i < renderer.visible());
    }
  }
}

TEST(VulkanRenderer, DrawsLandAndSky) {
  Scene scene(60);
  if (!scene.parts.gpu) GTEST_SKIP() << scene.why;
  Renderer renderer(std::move(scene.parts));
  for (const uint32_t frame : {0u, 1u, 2u}) renderer.render(scene.world, {frame, 1.0F / 60});
  const Picture picture = renderer.gpu()->read_picture();
  ASSERT_EQ(picture.pixels.size(), 96u * 54 * 4);
  const uint32_t all = 96 * 54;
  EXPECT_GT(picture.drawn(), all / 3);
  EXPECT_LT(picture.drawn(), all);
  // In the sky there is more blue than in the land, and both are lit.
  double blue[2] = {0, 0}, light[2] = {0, 0};
  for (size_t i = 0; i < picture.pixels.size(); i += 4) {
    const size_t where = picture.pixels[i + 3] != 0 ? 1 : 0;
    blue[where] += picture.pixels[i + 2];
    light[where] += picture.pixels[i] + picture.pixels[i + 1] + picture.pixels[i + 2];
  }
  EXPECT_GT(blue[0] / light[0], blue[1] / light[1]);
  EXPECT_GT(light[1] / picture.drawn(), 3 * 30);
  EXPECT_GT(light[0] / (all - picture.drawn()), light[1] / picture.drawn());
}

TEST(Screenshot, IsWrittenOrItIsSaidWhyNot) {
  const auto folder = std::filesystem::temp_directory_path() / "hone-game-picture";
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "picture.png").string();
  const Picture picture{2, 1, {255, 0, 0, 255, 0, 0, 255, 255}};
#ifdef GAME_PNG
  EXPECT_EQ(write_png(picture, path), "");
  EXPECT_GT(std::filesystem::file_size(path), 60u);
  EXPECT_NE(write_png(picture, (folder / "none" / "picture.png").string()), "");
#else
  EXPECT_NE(write_png(picture, path).find("libpng"), std::string::npos);
#endif
  std::filesystem::remove_all(folder);
}

TEST(Game, NothingOfThePictureGoesBackIntoTheGame) {
  if (const Scene scene(20); !scene.parts.gpu) GTEST_SKIP() << scene.why;
  const Options drawn{.entities = 40, .frames = 20, .width = 64, .height = 48};
  Options plain = drawn, larger = drawn;
  plain.render = false;
  larger.width = 200;
  const Outcome outcome = run_game(drawn);
  EXPECT_NE(outcome.device, "");
  EXPECT_EQ(run_game(plain).checksum, outcome.checksum);
  EXPECT_EQ(run_game(larger).checksum, outcome.checksum);
  EXPECT_GT(outcome.drawn_pixels, 0u);
}

}  // namespace
}  // namespace game::render
