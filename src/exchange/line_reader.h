// A text file line by line, as importers read it.
#pragma once

#include <cstdint>
#include <string_view>

#include "exchange/input.h"

namespace hone::exchange {

class LineReader {
 public:
  explicit LineReader(Input& in) : in_(in) {}
  // The next one, without its end (\n or \r\n); valid until the next call. False behind the last.
  Result<bool> next(std::string_view& line);
  uint64_t number() const { return number_; }  // of that one, from 1

 private:
  Input& in_;
  size_t taken_ = 0;  // of the one that was given
  uint64_t number_ = 0;
};

}  // namespace hone::exchange
