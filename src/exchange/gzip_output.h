// What goes into an Output packed by gzip, piece by piece.
//
//   GzipOutput packed(out);
//   packed.put(message.bytes());
//   HONE_TRY(packed.finish());
//
// The header holds neither a name nor a time: the same text gives the same bytes. Not thread-safe.
#pragma once

#include <memory>
#include <string_view>

#include "base/host/result.h"
#include "exchange/output.h"

namespace hone::exchange {

class GzipOutput {
 public:
  // `out` must outlive it.
  explicit GzipOutput(Output& out);
  ~GzipOutput();
  GzipOutput(const GzipOutput&) = delete;
  GzipOutput& operator=(const GzipOutput&) = delete;

  void put(std::string_view bytes) { pack(bytes, false); }
  // Of `out` too. Errors: Io.
  Result<void> finish();

 private:
  struct Stream;
  void pack(std::string_view bytes, bool is_last);

  Output& out_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace hone::exchange
