#include <charconv>
#include <string_view>

#include "memory_graph/link.h"
#include "memory_graph/workload.h"

namespace memory_graph {

namespace {

struct Flag {
  std::string_view name;
  uint64_t Options::*value;
  uint64_t min;
  uint64_t max;
};

constexpr Flag kFlags[] = {
    {"--nodes", &Options::nodes, 2, kNodesMax},
    {"--edges", &Options::edges, 0, kEdgesMax},
    {"--queries", &Options::queries, 0, kQueriesMax},
    {"--seed", &Options::seed, 0, ~uint64_t{0}},
};

const Flag* find_flag(std::string_view name) {
  for (const Flag& flag : kFlags) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

std::optional<UsageError> read_value(const Flag& flag, std::string_view text, Options& options) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && value >= flag.min && value <= flag.max) {
    options.*flag.value = value;
    return std::nullopt;
  }
  const std::string range = std::to_string(flag.min) + " to " + std::to_string(flag.max);
  return UsageError{
      std::string(flag.name) + " takes a whole number from " + range + ", not '" +
          std::string(text) + "'",
      "for example " + std::string(flag.name) + " " + std::to_string(Options{}.*flag.value)};
}

}  // namespace

Options parse_options(std::span<const char* const> arguments, std::optional<UsageError>& error) {
  Options options;
  error.reset();
  for (size_t i = 0; i < arguments.size() && !error; ++i) {
    std::string_view name = arguments[i];
    if (name == "--help" || name == "-h") {
      options.help = true;
      continue;
    }
    const size_t equals = name.find('=');
    std::optional<std::string_view> value;
    if (equals != name.npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    }
    const Flag* flag = find_flag(name);
    if (flag == nullptr) {
      error = UsageError{"unknown option '" + std::string(name) + "'", "--help lists the options"};
    } else if (!value && i + 1 == arguments.size()) {
      error = UsageError{
          std::string(name) + " needs a value",
          "for example " + std::string(name) + " " + std::to_string(Options{}.*flag->value)};
    } else {
      if (!value) value = arguments[++i];
      error = read_value(*flag, *value, options);
    }
  }
  const uint64_t most = build::edges_max(options.nodes);
  if (!error && !options.help && options.edges > most) {
    error = UsageError{"a graph of " + std::to_string(options.nodes) + " nodes has at most " +
                           std::to_string(most) + " edges, not " + std::to_string(options.edges),
                       "fewer --edges, or more --nodes"};
  }
  return options;
}

}  // namespace memory_graph
