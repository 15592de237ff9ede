// The built pages, which CMake puts into the program.
#pragma once

#include <span>
#include <string_view>

namespace hone::serve {

struct Page {
  std::string_view path;  // "/assets/index-8d3f.js"
  std::string_view type;
  std::string_view bytes;  // gzip
};

// Empty in a build without them.
std::span<const Page> pages();
const Page* find_page(std::string_view path);

}  // namespace hone::serve
