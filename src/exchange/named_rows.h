// Tables that are looked up by a name: constexpr arrays of rows, each with a `name`.
#pragma once

#include <string_view>

namespace hone::exchange {

// The first row of that name; null when there is none.
template <class Rows>
constexpr auto find_named(const Rows& rows, std::string_view name) -> decltype(&*rows.begin()) {
  for (const auto& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace hone::exchange
