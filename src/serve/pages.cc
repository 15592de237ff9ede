#include "serve/pages.h"

#include <zlib.h>

namespace hone::serve {

const Page* find_page(std::string_view path) {
  for (const Page& page : pages()) {
    if (page.path == path) return &page;
  }
  return nullptr;
}

std::string unpacked(const Page& page) {
  constexpr int kGzip = 16;
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + kGzip) != Z_OK) return {};
  std::string out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(page.bytes.data()));
  stream.avail_in = static_cast<uInt>(page.bytes.size());
  int state = Z_OK;
  while (state == Z_OK) {
    char room[16 << 10];
    stream.next_out = reinterpret_cast<Bytef*>(room);
    stream.avail_out = sizeof(room);
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(room, sizeof(room) - stream.avail_out);
  }
  inflateEnd(&stream);
  return state == Z_STREAM_END ? out : std::string();
}

}  // namespace hone::serve
