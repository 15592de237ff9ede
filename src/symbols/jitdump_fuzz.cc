// The first byte says in what steps the file grows.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "symbols/jitdump.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone;
  if (size < 1) return 0;
  const std::span<const uint8_t> file(data + 1, size - 1);
  const size_t step = data[0] == 0 ? file.size() + 1 : size_t{data[0]} * 16;
  symbols::JitDump dump;
  size_t taken = 0;
  for (size_t end = step; taken < file.size(); end += step) {
    const size_t to = std::min(end, file.size());
    const size_t done = dump.take(file.subspan(taken, to - taken));
    if (done > to - taken) std::abort();
    taken += done;
    if (to == file.size()) break;
  }
  for (const symbols::JitCode& code : dump.codes()) {
    if (code.bytes == 0 || raw(code.start) > UINT64_MAX - code.bytes) std::abort();
    if (code.code_at > file.size() - code.bytes && code.code_at != 0) std::abort();
    for (const symbols::JitLine& line : code.lines) {
      if (line.offset >= code.bytes || line.file >= dump.files().size()) std::abort();
    }
    uint32_t generation = 0;
    const auto* found = dump.find(code.start, code.from, &generation);
    if (!found || dump.of_generation(code.start, generation) != found) std::abort();
    if (found->from > code.from) std::abort();
    (void)dump.of_range(code.start, TimeNs{0}, TimeNs{1000}, nullptr);
  }
  return 0;
}
