// What fuzzers of importers share: a recording that goes nowhere.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "exchange/import.h"
#include "recording/reader.h"

namespace hone::exchange {

// Whatever the bytes are: no crash, and what is taken makes a recording that is sound.
inline void fuzz_import(const ImportFormat& format, const uint8_t* data, size_t size) {
  static const int fd = ::memfd_create("recording", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (fd < 0 || ::ftruncate(fd, 0) != 0) std::abort();
  auto in = Input::of_bytes({reinterpret_cast<const char*>(data), size}, "the file");
  if (!in || !import_into(format, *in, path)) return;
  const auto reader = recording::Reader::open(path);
  if (!reader || !reader->verify()) std::abort();
}

}  // namespace hone::exchange
