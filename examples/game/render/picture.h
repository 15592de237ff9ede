// A picture as bytes, and as a PNG file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace game::render {

struct Picture {
  uint32_t width = 0, height = 0;
  std::vector<uint8_t> pixels;  // red, green, blue, and 255 where something was drawn, else 0

  // How many pixels something was drawn on.
  uint32_t drawn() const;
};

// Empty, or in one line why it was not written.
std::string write_png(const Picture& picture, const std::string& path);

}  // namespace game::render
