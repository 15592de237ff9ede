// Unpacking as it is read. Private to input.cc.
#pragma once

#include <memory>
#include <string_view>

#include "exchange/input.h"

namespace hone::exchange {

// Null: `head`, the first bytes, is of nothing that this can unpack. Takes `from` only then not.
std::unique_ptr<ByteSource> unpacked(std::string_view head, std::unique_ptr<ByteSource>& from);
// Text in UTF-16, or behind a byte-order mark, as plain UTF-8; null where `head` is neither.
std::unique_ptr<ByteSource> plain_text(std::string_view head, std::unique_ptr<ByteSource>& from);

}  // namespace hone::exchange
