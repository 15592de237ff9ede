// Arithmetic over the values of plots: numbers, names, + - * / and parentheses.
//
//   HONE_TRY_ASSIGN(Expression hit_rate, Expression::parse("hits / (hits + misses)"));
//   hit_rate.names();                // "hits", "misses"
//   hit_rate.value({{90, 10}});      // 0.9
//
// A name is letters, digits, '_', '.' and "::", as `GOAP::cache_hits`; any other stands in single
// quotes: 'frame time' / 1000. What cannot be computed (a division by zero) is no number.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/result.h"

namespace hone::analysis {

class Expression {
 public:
  static constexpr size_t kBytesMax = 4096;
  static constexpr int kNestingMax = 64;

  Expression() = default;  // of no text; its value is 0
  // Errors: InvalidArgument with the offset, and what was expected there.
  static Result<Expression> parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::vector<std::string>& names() const { return names_; }  // each once
  // `values` are those of names(), in their order.
  double value(std::span<const double> values) const;

 private:
  friend class ExpressionParser;
  enum class Step : uint8_t { kNumber, kName, kAdd, kSubtract, kMultiply, kDivide, kNegate };
  struct Instruction {
    Step step = Step::kNumber;
    uint32_t name = 0;
    double number = 0;
  };
  std::string text_;
  std::vector<std::string> names_;
  std::vector<Instruction> program_;  // operands before what is done with them
};

}  // namespace hone::analysis
