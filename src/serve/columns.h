// Answers of many rows: columns of numbers that a browser reads without decoding them.
//
//   u32 magic "HCL1" · u32 bytes of the JSON · u64 bytes of the whole
//   the JSON, padded with blanks to a multiple of 8
//   the columns, each from a multiple of 8 on, little-endian
//
// The JSON is {"tables": [{"name", "rows", "columns": [{"name", "type", "offset"}]}], ...}: offsets
// are from the start of the answer, types are u8 u16 u32 i32 f32 f64 u64 i64.
//
//   ColumnAnswer out;
//   out.table("nodes", parent.size());
//   out.column("parent", parent);           // std::vector<uint32_t>
//   out.json()["total"] = 12;
//   return out.response();
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "serve/request.h"

namespace hone::serve {

class ColumnAnswer {
 public:
  ColumnAnswer();
  ~ColumnAnswer();

  // What follows are its columns, of `rows` rows each.
  void table(std::string_view name, size_t rows);
  template <class T>
  void column(std::string_view name, const std::vector<T>& values) {
    column(name, type_of<T>(), values.size(),
           {reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(T)});
  }
  // Everything that is not a column.
  nlohmann::ordered_json& json();
  Response response() const;

 private:
  template <class T>
  static constexpr std::string_view type_of();
  void column(std::string_view name, std::string_view type, size_t rows,
              std::span<const uint8_t> bytes);

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

template <class T>
constexpr std::string_view ColumnAnswer::type_of() {
  if constexpr (std::is_same_v<T, uint8_t>) return "u8";
  if constexpr (std::is_same_v<T, uint16_t>) return "u16";
  if constexpr (std::is_same_v<T, uint32_t>) return "u32";
  if constexpr (std::is_same_v<T, int32_t>) return "i32";
  if constexpr (std::is_same_v<T, float>) return "f32";
  if constexpr (std::is_same_v<T, double>) return "f64";
  if constexpr (std::is_same_v<T, uint64_t>) return "u64";
  if constexpr (std::is_same_v<T, int64_t>) return "i64";
}

}  // namespace hone::serve
