#include "exchange/held_bytes.h"

#include <fmt/format.h>

namespace hone::exchange {

Result<void> HeldBytes::set(uint64_t bytes) {
  held_ = bytes;
  if (held_ <= most_) return {};
  constexpr uint64_t kMega = 1 << 20;
  return tl::unexpected(Error{
      .code = Code::LimitExceeded,
      .message = fmt::format("{} holds more than the {} MiB that an import may keep in memory",
                             name_, most_ / kMega),
      .fixes = {"give a file of less: a shorter run, fewer threads"}});
}

}  // namespace hone::exchange
