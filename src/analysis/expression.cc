#include "analysis/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace hone::analysis {

// By descent: a sum of products of factors. Nesting is bounded, so the stack is.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Result<Expression> run() {
    if (text_.size() > Expression::kBytesMax) {
      return wrong(fmt::format("{} characters are the most", Expression::kBytesMax));
    }
    HONE_TRY(sum());
    if (!at_end()) return wrong("+, -, * or / is expected");
    out_.text_ = text_;
    return std::move(out_);
  }

 private:
  using Step = Expression::Step;

  tl::unexpected<Error> wrong(std::string expected) const {
    return tl::unexpected(Error{.code = Code::InvalidArgument,
                                .message = fmt::format("character {}: {}", at_ + 1, expected),
                                .offset = at_});
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void put(Step step, uint32_t name = 0, double number = 0) {
    out_.program_.push_back({step, name, number});
  }

  Result<void> sum() {
    HONE_TRY(product());
    for (;;) {
      const bool adds = take('+');
      if (!adds && !take('-')) return {};
      HONE_TRY(product());
      put(adds ? Step::kAdd : Step::kSubtract);
    }
  }

  Result<void> product() {
    HONE_TRY(factor());
    for (;;) {
      const bool multiplies = take('*');
      if (!multiplies && !take('/')) return {};
      HONE_TRY(factor());
      put(multiplies ? Step::kMultiply : Step::kDivide);
    }
  }

  Result<void> factor() {
    if (nesting_ >= Expression::kNestingMax) {
      return wrong(fmt::format("more than {} levels of parentheses", Expression::kNestingMax));
    }
    if (take('-')) {
      ++nesting_;
      HONE_TRY(factor());
      --nesting_;
      put(Step::kNegate);
      return {};
    }
    if (take('(')) {
      ++nesting_;
      HONE_TRY(sum());
      --nesting_;
      if (!take(')')) return wrong("a closing parenthesis is expected");
      return {};
    }
    if (at_end()) return wrong("a name, a number or ( is expected, not the end");
    const char c = text_[at_];
    if ((c >= '0' && c <= '9') || c == '.') return number();
    if (c == '\'') return quoted();
    if (is_of_name(c)) return name();
    return wrong("a name, a number or ( is expected");
  }

  static bool is_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
  }

  Result<void> number() {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) return wrong("that is no number");
    at_ = static_cast<size_t>(end - text_.data());
    if (at_ < text_.size() && is_of_name(text_[at_])) return wrong("a name begins with a letter");
    put(Step::kNumber, 0, value);
    return {};
  }

  Result<void> name() {
    const size_t from = at_;
    while (at_ < text_.size() && is_of_name(text_[at_])) ++at_;
    put_name(text_.substr(from, at_ - from));
    return {};
  }

  Result<void> quoted() {
    const size_t end = text_.find('\'', at_ + 1);
    if (end == text_.npos) return wrong("its closing quote is missing");
    if (end == at_ + 1) return wrong("a name is expected between the quotes");
    put_name(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return {};
  }

  void put_name(std::string_view name) {
    auto at = std::find(out_.names_.begin(), out_.names_.end(), name);
    if (at == out_.names_.end()) at = out_.names_.emplace(at, name);
    put(Step::kName, static_cast<uint32_t>(at - out_.names_.begin()));
  }

  std::string_view text_;
  size_t at_ = 0;
  int nesting_ = 0;
  Expression out_;
};

Result<Expression> Expression::parse(std::string_view text) {
  return ExpressionParser(text).run();
}

double Expression::value(std::span<const double> values) const {
  // Each level of parentheses holds at most one sum and one product back.
  std::array<double, 3 * kNestingMax + 4> stack{};
  size_t depth = 0;
  for (const Instruction& each : program_) {
    if (each.step == Step::kNumber) {
      stack[depth++] = each.number;
      continue;
    }
    if (each.step == Step::kName) {
      stack[depth++] = values[each.name];
      continue;
    }
    double& top = stack[depth - 1];
    if (each.step == Step::kNegate) {
      top = -top;
      continue;
    }
    double& left = stack[depth - 2];
    if (each.step == Step::kAdd) left += top;
    if (each.step == Step::kSubtract) left -= top;
    if (each.step == Step::kMultiply) left *= top;
    if (each.step == Step::kDivide) left /= top;
    --depth;
  }
  return depth == 0 ? 0 : stack[0];
}

}  // namespace hone::analysis
