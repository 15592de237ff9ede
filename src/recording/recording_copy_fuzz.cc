#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "recording/copy.h"

// The first byte says what is asked for, the rest is the recording.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone::recording;
  if (size == 0) return 0;
  const auto reader = Reader::open_bytes(std::vector<uint8_t>(data + 1, data + size));
  if (!reader) return 0;
  auto writer = Writer::create("/dev/null", {});
  if (!writer) return 0;
  Builder out(std::move(*writer), *Redaction::parse((data[0] & 1) != 0 ? "all" : ""));
  CopyOptions options{.parts = (data[0] & 2) != 0, .whole = (data[0] & 4) != 0};
  if ((data[0] & 8) != 0) options.from = hone::TimeNs{1'000'000'000};
  Copier copier(out, options);
  (void)copier.add(*reader);
  (void)copier.add(*reader);
  copier.finish();
  if (!out.writer().finish()) std::abort();
  return 0;
}
