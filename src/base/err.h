// The errors of guest-safe code: a number, never a message, never an allocation.
#pragma once

#include <stdint.h>

namespace hone::base {

enum class Err : uint8_t {
  kOk = 0,
  kTruncated,      // the input ended early
  kCorrupt,        // the input contradicts itself
  kUnsupported,    // well-formed, but of a kind not handled
  kLimitExceeded,  // a named limit was reached (out of caller's memory, too many rows)
  kNotFound,
};

constexpr const char* text(Err err) {
  switch (err) {
    case Err::kOk:
      return "ok";
    case Err::kTruncated:
      return "truncated";
    case Err::kCorrupt:
      return "corrupt";
    case Err::kUnsupported:
      return "unsupported";
    case Err::kLimitExceeded:
      return "limit exceeded";
    case Err::kNotFound:
      return "not found";
  }
  return "unknown";
}

}  // namespace hone::base
