// The built pages, which CMake puts into the program.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hone::serve {

struct Page {
  std::string_view path;  // "/assets/index-8d3f.js"; "report.html": the shell of report files
  std::string_view type;
  std::string_view bytes;  // gzip
};

// Empty in a build without them.
std::span<const Page> pages();
const Page* find_page(std::string_view path);
// Its text.
std::string unpacked(const Page& page);

}  // namespace hone::serve
