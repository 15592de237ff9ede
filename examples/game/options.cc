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

struct Switch {
  std::string_view name;
  bool Options::*value;
  bool to;
};

constexpr Switch kSwitches[] = {
    {"--help", &Options::help, true},
    {"-h", &Options::help, true},
    {"--no-render", &Options::render, false},
    {"--parallel-physics", &Options::parallel_physics, true},
    {"--present", &Options::present, true},
    {"--validate", &Options::validate, true},
};

bool set_switch(std::string_view name, Options& options) {
  for (const Switch& each : kSwitches) {
    if (each.name != name) continue;
    options.*each.value = each.to;
    return true;
  }
  return false;
}

// What an option takes, and a sentence's worth of what it is used with.
struct Value {
  std::string_view name;
  std::string usual;
  std::optional<UsageError> (*read)(const Value& value, std::string_view text, Options& options);
};

bool is_whole_number(std::string_view text, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

UsageError wrong(const Value& value, std::string_view text, const std::string& takes) {
  return {std::string(value.name) + " takes " + takes + ", not '" + std::string(text) + "'",
          "for example " + std::string(value.name) + " " + value.usual};
}

std::optional<UsageError> read_number(const Value& value, std::string_view text, Options& options) {
  for (const Number& number : kNumbers) {
    if (number.name != value.name) continue;
    uint64_t read = 0;
    if (!is_whole_number(text, read) || read < number.min || read > number.max) {
      return wrong(value, text,
                   "a whole number from " + std::to_string(number.min) + " to " +
                       std::to_string(number.max));
    }
    options.*number.value = read;
  }
  return std::nullopt;
}

std::optional<UsageError> read_size(const Value& value, std::string_view text, Options& options) {
  const size_t cross = text.find('x');
  uint64_t sides[2] = {0, 0};
  const bool numbers = cross != text.npos && is_whole_number(text.substr(0, cross), sides[0]) &&
                       is_whole_number(text.substr(cross + 1), sides[1]);
  for (const uint64_t side : sides) {
    if (numbers && side >= kSideMin && side <= kSideMax) continue;
    return wrong(
        value, text,
        "WIDTHxHEIGHT, each from " + std::to_string(kSideMin) + " to " + std::to_string(kSideMax));
  }
  options.width = sides[0];
  options.height = sides[1];
  return std::nullopt;
}

std::optional<UsageError> read_vsync(const Value& value, std::string_view text, Options& options) {
  if (text != "on" && text != "off") return wrong(value, text, "on or off");
  options.vsync = text == "on";
  return std::nullopt;
}

std::optional<UsageError> read_screenshot(const Value& value, std::string_view text,
                                          Options& options) {
  if (text.empty()) return wrong(value, text, "the name of a file");
  options.screenshot = text;
  return std::nullopt;
}

std::optional<Value> find_value(std::string_view name) {
  for (const Number& number : kNumbers) {
    if (number.name != name) continue;
    const uint64_t usual = number.value == &Options::pace ? 60 : Options{}.*number.value;
    return Value{name, std::to_string(usual), read_number};
  }
  if (name == "--size") return Value{name, "640x360", read_size};
  if (name == "--vsync") return Value{name, "off", read_vsync};
  if (name == "--screenshot") return Value{name, "game.png", read_screenshot};
  return std::nullopt;
}

}  // namespace

Options parse_options(std::span<const char* const> arguments, std::optional<UsageError>& error) {
  Options options;
  error.reset();
  for (size_t i = 0; i < arguments.size() && !error; ++i) {
    std::string_view name = arguments[i];
    if (set_switch(name, options)) continue;
    const size_t equals = name.find('=');
    std::optional<std::string_view> text;
    if (equals != name.npos) {
      text = name.substr(equals + 1);
      name = name.substr(0, equals);
    }
    const std::optional<Value> value = find_value(name);
    if (!value) {
      error = UsageError{"unknown option '" + std::string(name) + "'", "--help lists the options"};
    } else if (!text && i + 1 == arguments.size()) {
      error = UsageError{std::string(name) + " needs a value",
                         "for example " + std::string(name) + " " + value->usual};
    } else {
      if (!text) text = arguments[++i];
      error = value->read(*value, *text, options);
    }
  }
  return options;
}

}  // namespace game
