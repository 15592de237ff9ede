#include "exchange/held_bytes.h"

#include <fmt/format.h>

namespace hone::exchange {

tl::unexpected<Error> HeldBytes::refused() {
  constexpr uint64_t kMega = 1 << 20;
  return tl::unexpected(Error{
      .code = Code::LimitExceeded,
      .message = fmt::format("{} holds more than the {} MiB that an import may keep in memory",
                             name_, most_ / kMega),
      .fixes = {"give a file of less: a shorter run, fewer threads"}});
}

}  // namespace hone::exchange
