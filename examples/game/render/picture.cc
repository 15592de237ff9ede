#include "game/render/picture.h"

#include <cerrno>
#include <cstring>

#ifdef GAME_PNG
#include <png.h>
#endif

namespace game::render {

uint32_t Picture::drawn() const {
  uint32_t count = 0;
  for (size_t i = 3; i < pixels.size(); i += 4) count += pixels[i] != 0;
  return count;
}

#ifdef GAME_PNG

std::string write_png(const Picture& picture, const std::string& path) {
  std::vector<uint8_t> rows;  // without alpha: all of the picture is seen
  for (size_t i = 0; i < picture.pixels.size(); ++i) {
    if (i % 4 != 3) rows.push_back(picture.pixels[i]);
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = picture.width;
  image.height = picture.height;
  image.format = PNG_FORMAT_RGB;
  errno = 0;
  if (png_image_write_to_file(&image, path.c_str(), 0, rows.data(), 0, nullptr) != 0) return {};
  return errno != 0 ? std::strerror(errno) : image.message;
}

#else

std::string write_png(const Picture&, const std::string&) {
  return "the game was built without libpng (libpng-dev)";
}

#endif

}  // namespace game::render
