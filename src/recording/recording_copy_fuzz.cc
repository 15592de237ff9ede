#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "recording/copy.h"
#include "recording/merge.h"

// The first byte says what is asked for, the rest is the recording.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone::recording;
  if (size == 0) return 0;
  const auto reader = Reader::open_bytes(std::vector<uint8_t>(data + 1, data + size));
  if (!reader) return 0;
  auto writer = Writer::create("/dev/null", {});
  if (!writer) return 0;
  Builder out(std::move(*writer), *Redaction::parse((data[0] & 1) != 0 ? "all" : ""));
  CopyOptions options{
      .parts = (data[0] & 2) != 0, .whole = (data[0] & 4) != 0, .merge = (data[0] & 16) != 0};
  if ((data[0] & 8) != 0) options.from = hone::TimeNs{1'000'000'000};
  Copier copier(out, options);
  (void)copier.add(*reader);
  CopyInput second;
  if (options.merge) {
    // Beside itself, as `hone merge` would put it.
    const auto side = look_at_side(*reader, "input");
    if (!side) return 0;
    const std::vector<MergeSide> sides = {*side, *side};
    const auto ties = tie_sides(sides, (data[0] & 32) != 0);
    if (ties) second = ties->back().input;
    if ((data[0] & 64) != 0) second.shift_ns = INT64_MAX;
  }
  (void)copier.add(*reader, second);
  copier.finish();
  if (!out.writer().finish()) std::abort();
  return 0;
}
