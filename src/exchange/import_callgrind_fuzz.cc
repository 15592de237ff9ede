// What callgrind and cachegrind write, in any bytes.
#include "exchange/import_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hone::exchange::fuzz_import(*hone::exchange::find_import_format("callgrind"), data, size);
  return 0;
}
