// Errors of host code are values. `Result<T>` is tl::expected spelled like std::expected, so that
// it can be swapped for it when C++23 is the floor.
//
//   Result<File> open(...) {
//     HONE_TRY_ASSIGN(auto fd, open_fd(path));
//     HONE_TRY(check(fd));
//     return File{std::move(fd)};
//   }
//
// The code decides the reaction (exit status, retry, fallback); the message is for the person and
// says what failed on which thing; `effect` and `fix` say what it means and what to do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace hone {

enum class Code : uint8_t {
  InvalidArgument,
  NotFound,
  Permission,
  Unsupported,
  Truncated,
  Corrupt,
  LimitExceeded,
  Io,
  Cancelled,
  Internal,
};

struct Error {
  Code code = Code::Internal;
  std::string message;
  // Where in the input, for parsers; kNoOffset otherwise.
  uint64_t offset = kNoOffset;
  int sys_errno = 0;
  std::string excerpt;             // lines of the input, the last with a mark under the place
  std::string effect;              // what it means for the person, one line
  std::vector<std::string> fixes;  // what to do, most useful first
  std::string number;              // "E012": what `hone help E012` explains; may be empty

  static constexpr uint64_t kNoOffset = ~uint64_t{0};

  // Puts "what we were doing" before the message.
  Error context(std::string_view doing) && {
    message = std::string(doing) + ": " + message;
    return std::move(*this);
  }
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{.code = code, .message = std::move(message)});
}
// `message` followed by the text of the error number.
tl::unexpected<Error> fail_errno(std::string message, int sys_errno);

}  // namespace hone

#define HONE_CONCAT_(a, b) a##b
#define HONE_CONCAT(a, b) HONE_CONCAT_(a, b)
#define HONE_TRY(expr)                                          \
  do {                                                          \
    if (auto hone_result_ = (expr); !hone_result_)              \
      return ::tl::unexpected(std::move(hone_result_.error())); \
  } while (0)
#define HONE_TRY_ASSIGN(lhs, expr) HONE_TRY_ASSIGN_(HONE_CONCAT(hone_result_, __LINE__), lhs, expr)
#define HONE_TRY_ASSIGN_(result, lhs, expr)                        \
  auto result = (expr);                                            \
  if (!result) return ::tl::unexpected(std::move(result.error())); \
  lhs = std::move(*result)
