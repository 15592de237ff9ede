#include "game/render/textures.h"

#include <algorithm>
#include <cmath>

namespace game::render {

namespace {

constexpr float kSideF = static_cast<float>(kReliefSide);

float hashed(uint32_t x, uint32_t y) {
  uint32_t bits = x * 374761393U + y * 668265263U;
  bits = (bits ^ bits >> 13) * 1274126177U;
  return static_cast<float>((bits ^ bits >> 16) & 0xffff) * (1.0F / 65535);
}

// Of points on a grid of `cells` a side, with curves in between; goes on at the edges. 0 to 1.
float noise(float x, float y, uint32_t cells) {
  const float fx = x / kSideF * static_cast<float>(cells),
              fy = y / kSideF * static_cast<float>(cells);
  const auto ix = static_cast<uint32_t>(fx), iy = static_cast<uint32_t>(fy);
  const auto curve = [](float t) { return t * t * (3 - 2 * t); };
  const float u = curve(fx - std::floor(fx)), v = curve(fy - std::floor(fy));
  const auto at = [&](uint32_t dx, uint32_t dy) {
    return hashed((ix + dx) % cells + cells * 7, (iy + dy) % cells);
  };
  const float low = at(0, 0) + (at(1, 0) - at(0, 0)) * u;
  const float high = at(0, 1) + (at(1, 1) - at(0, 1)) * u;
  return low + (high - low) * v;
}

float rough_noise(float x, float y) {
  return noise(x, y, 4) * 0.4F + noise(x, y, 11) * 0.35F + noise(x, y, 29) * 0.25F;
}

// How far into a cell of `count` a side, from its edge: 0 at the edge to 1.
float from_edge(float place, float count, float width) {
  const float in = place / kSideF * count;
  const float part = in - std::floor(in);
  return std::clamp(std::min(part, 1 - part) / width, 0.0F, 1.0F);
}

struct Texel {
  float height;  // 0 to 1
  float bright;  // 1: as it is
};

Texel texel_of(Relief relief, float x, float y) {
  const float grain = rough_noise(x, y);
  switch (relief) {
    case Relief::kGrass:
      return {noise(x, y, 32) * 0.5F + grain * 0.5F,
              0.62F + 0.5F * noise(x, y, 5) + 0.4F * noise(x, y, 32)};
    case Relief::kPlaster:
      return {grain * 0.35F, 0.88F + 0.22F * grain};
    case Relief::kTiles: {
      const float row = std::floor(y / kSideF * 4);
      const float shifted = x + (static_cast<uint32_t>(row) % 2 == 0 ? 0 : kSideF / 8);
      const float part = y / kSideF * 4 - row;
      const float gap = from_edge(shifted, 4, 0.12F);
      const float shade = hashed(static_cast<uint32_t>(shifted / kSideF * 4) % 4 + 50,
                                 static_cast<uint32_t>(row) + 9);
      return {(1 - part) * 0.8F * gap, (0.7F + 0.5F * shade) * (0.65F + 0.35F * gap)};
    }
    case Relief::kPlanks: {
      const float board = std::floor(y / kSideF * 4);
      const float gap = from_edge(y, 4, 0.1F);
      const float fibre = noise(x * 0.5F, y, 32);
      const float shade = hashed(3, static_cast<uint32_t>(board) + 77);
      return {gap * 0.7F + fibre * 0.3F,
              (0.75F + 0.3F * shade + 0.2F * fibre) * (0.5F + 0.5F * gap)};
    }
    case Relief::kStone: {
      const float row = std::floor(y / kSideF * 4);
      const float shifted = x + (static_cast<uint32_t>(row) % 2 == 0 ? 0 : kSideF / 4);
      const float gap = from_edge(y, 4, 0.12F) * from_edge(shifted, 2, 0.06F);
      return {gap * 0.6F + grain * 0.4F, (0.75F + 0.45F * grain) * (0.6F + 0.4F * gap)};
    }
  }
  return {0, 1};
}

uint8_t byte_of(float value) {
  return static_cast<uint8_t>(std::clamp(value * 255 + 0.5F, 0.0F, 255.0F));
}

// How many units of height lie between neighbours.
constexpr float kSteep = 5;

}  // namespace

std::vector<uint8_t> make_relief(Relief relief) {
  std::vector<uint8_t> out;
  for (uint32_t y = 0; y < kReliefSide; ++y) {
    for (uint32_t x = 0; x < kReliefSide; ++x) {
      const auto at = [&](uint32_t dx, uint32_t dy) {
        return texel_of(relief, static_cast<float>((x + dx) % kReliefSide),
                        static_cast<float>((y + dy) % kReliefSide));
      };
      const Texel here = at(0, 0);
      const float dx = (at(kReliefSide - 1, 0).height - at(1, 0).height) * kSteep / 2;
      const float dy = (at(0, kReliefSide - 1).height - at(0, 1).height) * kSteep / 2;
      const float scale = 0.5F / std::sqrt(1 + dx * dx + dy * dy);
      out.push_back(byte_of(0.5F + dx * scale));
      out.push_back(byte_of(0.5F + dy * scale));
      out.push_back(byte_of(here.bright / 2));
      out.push_back(byte_of(0.5F + (0.5F - here.height) * 0.15F));
    }
  }
  // Each level is the mean of four texels of the one before.
  size_t above = 0;
  for (uint32_t side = kReliefSide / 2; side > 0; side /= 2) {
    const size_t next = out.size();
    for (size_t i = 0; i < size_t{side} * side; ++i) {
      const size_t x = i % side * 2, y = i / side * 2;
      for (size_t channel = 0; channel < 4; ++channel) {
        const auto at = [&](size_t dx, size_t dy) {
          return uint32_t{out[above + ((y + dy) * side * 2 + x + dx) * 4 + channel]};
        };
        out.push_back(static_cast<uint8_t>((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4));
      }
    }
    above = next;
  }
  return out;
}

}  // namespace game::render
