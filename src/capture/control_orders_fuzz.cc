#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "capture/control.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string json = hone::capture::json_text(text);
  for (const char c : json) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) std::abort();
  }
  for (size_t begin = 0, end = 0; begin < size; begin = end + 1) {
    end = std::min(text.find('\n', begin), size);
    if (hone::capture::order_verb(text.substr(begin, end - begin)) && end - begin < 4) std::abort();
  }
  return 0;
}
