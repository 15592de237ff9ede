#include "game/options.h"

#include <charconv>
#include <string_view>

namespace game {

namespace {

struct Number {
  std::string_view name;
  uint64_t Options::*value;
  uint64_t min;
  uint64_t max;
};

constexpr Number kNumbers[] = {
    {"--entities", &Options::entities, 1, kEntitiesMax},
    {"--frames", &Options::frames, 1, kFramesMax},
    {"--seed", &Options::seed, 0, ~uint64_t{0}},
    {"--pace", &Options::pace, 0, kPaceMax},
};

const Number* find_number(std::string_view name) {
  for (const Number& number : kNumbers) {
    if (number.name == name) return &number;
  }
  return nullptr;
}

bool set_switch(std::string_view name, Options& options) {
  if (name == "--help" || name == "-h") {
    options.help = true;
  } else if (name == "--no-render") {
    options.render = false;
  } else if (name == "--parallel-physics") {
    options.parallel_physics = true;
  } else {
    return false;
  }
  return true;
}

std::string example_of(const Number& number) {
  const uint64_t usual = number.value == &Options::pace ? 60 : Options{}.*number.value;
  return "for example " + std::string(number.name) + " " + std::to_string(usual);
}

std::optional<UsageError> read_value(const Number& number, std::string_view text,
                                     Options& options) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && value >= number.min && value <= number.max) {
    options.*number.value = value;
    return std::nullopt;
  }
  const std::string range = std::to_string(number.min) + " to " + std::to_string(number.max);
  return UsageError{std::string(number.name) + " takes a whole number from " + range + ", not '" +
                        std::string(text) + "'",
                    example_of(number)};
}

}  // namespace

Options parse_options(std::span<const char* const> arguments, std::optional<UsageError>& error) {
  Options options;
  error.reset();
  for (size_t i = 0; i < arguments.size() && !error; ++i) {
    std::string_view name = arguments[i];
    if (set_switch(name, options)) continue;
    const size_t equals = name.find('=');
    std::optional<std::string_view> value;
    if (equals != name.npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    }
    const Number* number = find_number(name);
    if (number == nullptr) {
      error = UsageError{"unknown option '" + std::string(name) + "'", "--help lists the options"};
    } else if (!value && i + 1 == arguments.size()) {
      error = UsageError{std::string(name) + " needs a value", example_of(*number)};
    } else {
      if (!value) value = arguments[++i];
      error = read_value(*number, *value, options);
    }
  }
  return options;
}

}  // namespace game
