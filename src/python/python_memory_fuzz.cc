// The input is the memory of a process: everything that is read of it may be anything.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "python/frames.h"

namespace {

// Mapped again and again, so that any address leads somewhere.
struct Bytes {
  const uint8_t* data;
  size_t size;
  unsigned reads;
};

bool read(void* context, uint64_t address, void* out, size_t size) {
  auto& bytes = *static_cast<Bytes*>(context);
  if (size == 0) return true;
  if (++bytes.reads > 100'000 || size > bytes.size) return false;
  const size_t at = address % bytes.size;
  if (size > bytes.size - at) return false;
  std::memcpy(out, bytes.data + at, size);
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone::python;
  if (size < 8) return 0;
  static constexpr uint64_t kVersions[] = {0x030b02f0, 0x030c01f0, 0x030d00f0};
  Bytes bytes{data, size, 0};
  const Source source{.layout = layout_of(kVersions[data[0] % 3]),
                      .memory = {.context = &bytes, .read = read},
                      .code_type = 0x7000};
  uint64_t first = 0;
  std::memcpy(&first, data, sizeof first);
  const uint64_t thread = find_thread(source, first & ~uint64_t{7}, data[1]);
  uint64_t at = thread ? innermost_frame(source, thread) : first & ~uint64_t{7};
  Frame frame;
  for (unsigned i = 0; i < 100 && read_frame(source, at, &frame) == Err::kOk; ++i) {
    char text[64];
    uint8_t table[512];
    size_t length = 0;
    Code code;
    if (read_code(source, frame.code, &code) == Err::kOk) {
      (void)read_text(source, code.file, text, sizeof text, &length);
      if (length > sizeof text) std::abort();
      if (read_bytes(source, code.lines, table, sizeof table, &length) == Err::kOk) {
        LineRanges ranges(table, length, code.first_line);
        for (LineRange range; ranges.next(&range);) {
          if (range.end <= range.begin) std::abort();
        }
      }
    }
    (void)read_name_in(source, frame.globals, "__name__", text, sizeof text, &length);
    (void)read_text(source, frame.globals, text, sizeof text, &length);
    if (length > sizeof text) std::abort();
    at = frame.previous;
  }
  LineRanges ranges(data, size, 1);
  for (LineRange range; ranges.next(&range);) {
    if (range.end <= range.begin) std::abort();
  }
  return 0;
}
