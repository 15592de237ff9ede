// Packed and unpacked bytes of any kind, on their way to an importer.
#include "exchange/import_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone::exchange;
  // What a few bytes unpack to may be very much: importers take it by the window.
  constexpr uint64_t kEnough = 4 * Input::kWindow;
  auto in = Input::of_bytes({reinterpret_cast<const char*>(data), size}, "the file");
  if (!in) return 0;
  while (in->offset() < kEnough) {
    const auto more = in->more();
    if (!more || !*more) break;
    in->take(in->rest().size());
  }
  auto again = Input::of_bytes({reinterpret_cast<const char*>(data), size}, "the file");
  if (again) (void)format_of(*again);
  return 0;
}
