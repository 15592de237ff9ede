#include "cli/settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include <toml++/toml.h>

#include "base/host/file.h"
#include "base/host/text.h"
#include "cli/parse.h"

namespace hone::cli {
namespace {

constexpr size_t kConfigBytesMax = 1 << 20;
constexpr size_t kRulesMax = 10'000;

struct Place {
  const std::string& file;
  std::string at(const toml::node& node) const { return at(node.source()); }
  std::string at(const toml::source_region& source) const {
    return fmt::format("{}:{}", file, source.begin.line);
  }
};

tl::unexpected<Error> setting_error(std::string message, std::string fix) {
  return tl::unexpected(Error{.code = Code::InvalidArgument,
                              .message = std::move(message),
                              .effect = "nothing was done",
                              .fixes = {std::move(fix)},
                              .number = "E003"});
}

tl::unexpected<Error> unknown_key(const std::string& place, std::string_view key,
                                  const std::vector<std::string_view>& known) {
  const std::string_view near = base::nearest(key, known.data(), known.size());
  std::string message = fmt::format("{}: unknown key '{}'.", place, key);
  if (!near.empty()) message += fmt::format(" Did you mean '{}'?", near);
  return setting_error(std::move(message), fmt::format("one of: {}", fmt::join(known, ", ")));
}

const Flag& flag_of(const Setting& setting) {
  const std::vector<Flag>& flags = setting.command().flags;
  return *std::find_if(flags.begin(), flags.end(),
                       [&](const Flag& flag) { return flag.name == setting.flag; });
}

// Whether the flag would take the value.
Result<void> check_value(const Setting& setting, const std::string& value, std::string_view what) {
  Options scratch;
  auto stored = store(scratch, flag_of(setting), value, what);
  if (stored) return {};
  Error error = std::move(stored.error());
  error.number = "E003";
  return tl::unexpected(std::move(error));
}

Result<void> read_section(std::string_view section, const toml::table& table, const Place& place,
                          Settings& into) {
  std::vector<std::string_view> known;
  for (const Setting& setting : settings()) {
    if (setting.section == section) known.push_back(setting.key);
  }
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    const auto at = std::find_if(settings().begin(), settings().end(), [&](const Setting& one) {
      return one.section == section && one.key == name;
    });
    if (at == settings().end()) return unknown_key(place.at(key.source()), name, known);
    std::string value;
    if (const auto* text = node.as_string()) {
      value = text->get();
    } else if (const auto* whole = node.as_integer()) {
      value = fmt::format("{}", whole->get());
    } else if (const auto* real = node.as_floating_point()) {
      value = fmt::format("{}", real->get());
    } else {
      return setting_error(
          fmt::format("{}: {}.{} takes one value", place.at(node), section, key.str()),
          fmt::format("{} = ...", key.str()));
    }
    HONE_TRY(check_value(*at, value, fmt::format("{}: {}.{}", place.at(node), section, key.str())));
    into.values[static_cast<size_t>(at - settings().begin())] = {value, place.at(node)};
  }
  return {};
}

// `what` is "subsystem.function".
Result<std::vector<std::string>> read_globs(const toml::node& node, std::string_view what,
                                            const Place& place) {
  std::vector<std::string> out;
  const auto wrong = [&] {
    return setting_error(
        fmt::format("{}: {} is a pattern or an array of patterns", place.at(node), what),
        fmt::format("{} = \"namespace::*\"", what.substr(what.find('.') + 1)));
  };
  if (const auto* text = node.as_string()) {
    out.push_back(text->get());
  } else if (const auto* array = node.as_array()) {
    for (const toml::node& element : *array) {
      const auto* item = element.as_string();
      if (item == nullptr) return wrong();
      out.push_back(item->get());
    }
  } else {
    return wrong();
  }
  return out;
}

Result<std::string> read_text(const toml::node& node, std::string_view what, const Place& place) {
  const auto* text = node.as_string();
  if (text != nullptr && !text->get().empty()) return text->get();
  const std::string_view key = what.substr(what.find('.') + 1);
  return setting_error(fmt::format("{}: {} is a text", place.at(node), what),
                       fmt::format("{} = \"parser\"", key));
}

Result<void> read_rule(const toml::table& table, const Place& place, Settings& into) {
  analysis::SubsystemRule rule;
  for (const auto& [key, node] : table) {
    if (key == "name") {
      HONE_TRY_ASSIGN(rule.name, read_text(node, "subsystem.name", place));
    } else if (key == "function") {
      HONE_TRY_ASSIGN(rule.function, read_globs(node, "subsystem.function", place));
    } else if (key == "file") {
      HONE_TRY_ASSIGN(rule.file, read_globs(node, "subsystem.file", place));
    } else if (key == "module") {
      HONE_TRY_ASSIGN(rule.module, read_globs(node, "subsystem.module", place));
    } else {
      return unknown_key(place.at(key.source()), key.str(), {"name", "function", "file", "module"});
    }
  }
  if (rule.name.empty()) {
    return setting_error(fmt::format("{}: a subsystem without a name", place.at(table)),
                         "name = \"parser\"");
  }
  if (rule.function.empty() && rule.file.empty() && rule.module.empty()) {
    return setting_error(
        fmt::format("{}: subsystem '{}' has no pattern", place.at(table), rule.name),
        "add function, file or module");
  }
  into.subsystems.push_back(std::move(rule));
  return {};
}

// [[plot]]: one that is made of others.
Result<void> read_plot(const toml::table& table, const Place& place, Settings& into) {
  analysis::PlotRule rule;
  for (const auto& [key, node] : table) {
    if (key == "name") {
      HONE_TRY_ASSIGN(rule.name, read_text(node, "plot.name", place));
    } else if (key == "unit") {
      HONE_TRY_ASSIGN(rule.unit, read_text(node, "plot.unit", place));
    } else if (key == "expression") {
      HONE_TRY_ASSIGN(const std::string text, read_text(node, "plot.expression", place));
      auto expression = analysis::Expression::parse(text);
      if (!expression || expression->names().empty()) {
        return setting_error(
            fmt::format("{}: plot.expression: {}", place.at(node),
                        expression ? "it names no plot" : expression.error().message),
            "expression = \"hits / (hits + misses)\"   (numbers, plots, + - * / and parentheses)");
      }
      rule.expression = std::move(*expression);
    } else {
      return unknown_key(place.at(key.source()), key.str(), {"name", "expression", "unit"});
    }
  }
  if (rule.name.empty() || rule.expression.names().empty()) {
    return setting_error(fmt::format("{}: a plot has a name and an expression", place.at(table)),
                         "name = \"hit_rate\", expression = \"hits / (hits + misses)\"");
  }
  into.plots.push_back(std::move(rule));
  return {};
}

Result<void> read_coverage(const toml::table& table, const Place& place, Settings& into) {
  analysis::CoverageRule rule;
  for (const auto& [key, node] : table) {
    if (key == "subsystem") {
      HONE_TRY_ASSIGN(rule.subsystem, read_text(node, "coverage.subsystem", place));
    } else if (key == "spans") {
      HONE_TRY_ASSIGN(rule.spans, read_globs(node, "coverage.spans", place));
    } else if (key == "plots") {
      HONE_TRY_ASSIGN(rule.plots, read_globs(node, "coverage.plots", place));
    } else {
      return unknown_key(place.at(key.source()), key.str(), {"subsystem", "spans", "plots"});
    }
  }
  if (rule.subsystem.empty() || (rule.spans.empty() && rule.plots.empty())) {
    return setting_error(
        fmt::format("{}: coverage has a subsystem, and spans or plots", place.at(table)),
        "subsystem = \"Physics\", spans = [\"Physics::step\"]");
  }
  into.coverage.push_back(std::move(rule));
  return {};
}

// [[what]], each read by `read`. The nearer file's rules stand alone: mixed with others their order
// would say nothing.
template <class Rule>
Result<void> read_rules(const toml::node& node, std::string_view what, const Place& place,
                        Result<void> (*read)(const toml::table&, const Place&, Settings&),
                        std::vector<Rule> Settings::*rules, Settings& into) {
  const auto wrong = [&](const toml::node& at) {
    return setting_error(fmt::format("{}: {} rules are written [[{}]]", place.at(at), what, what),
                         fmt::format("[[{}]]", what));
  };
  const auto* array = node.as_array();
  if (array == nullptr || array->size() > kRulesMax) return wrong(node);
  (into.*rules).clear();
  for (const toml::node& element : *array) {
    const auto* table = element.as_table();
    if (table == nullptr) return wrong(element);
    HONE_TRY(read(*table, place, into));
  }
  return {};
}

// The nearest hone.toml from the current folder upward, as the person would name it.
std::string nearest_file() {
  std::error_code failed;
  std::filesystem::path folder = std::filesystem::current_path(failed);
  if (failed) return {};
  for (bool first = true;; first = false) {
    const std::filesystem::path path = folder / "hone.toml";
    if (::access(path.c_str(), F_OK) == 0) return first ? "hone.toml" : path.string();
    if (folder == folder.root_path()) return {};
    folder = folder.parent_path();
  }
}

std::string user_file() {
  const char* folder = std::getenv("XDG_CONFIG_HOME");
  if (folder != nullptr && *folder == '/') return std::string(folder) + "/hone/config.toml";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.config/hone/config.toml" : "";
}

Result<void> read_file_into(const std::string& path, Settings& into) {
  auto text = base::read_file(path, kConfigBytesMax);
  if (!text) {
    return setting_error(text.error().message, "check the path, or leave --config out");
  }
  into.files.push_back(path);
  return read_settings(*text, path, into);
}

std::string default_text(const Setting& setting) {
  const Options defaults;
  const Target target = flag_of(setting).target;
  if (const auto* text = std::get_if<std::string Options::*>(&target)) return defaults.*(*text);
  if (const auto* real = std::get_if<double Options::*>(&target)) {
    return fmt::format("{}", defaults.*(*real));
  }
  if (const auto* whole = std::get_if<uint32_t Options::*>(&target)) {
    return fmt::format("{}", defaults.*(*whole));
  }
  return {};
}

}  // namespace

std::span<const Setting> settings() {
  static constexpr std::array kSettings = {
      Setting{"record", "frequency_hz", "HONE_RECORD_FREQUENCY_HZ", &record_command, "frequency",
              "samples a second of CPU time"},
      Setting{"record", "unwind", "HONE_RECORD_UNWIND", &record_command, "unwind",
              "how stacks are walked"},
      Setting{"report", "top", "HONE_REPORT_TOP", &report_command, "top", "rows a table"},
      Setting{"spans", "filter", "HONE_FILTER", &record_command, "filter",
              "which spans and messages are recorded"},
  };
  return kSettings;
}

Result<void> read_settings(std::string_view toml, const std::string& name, Settings& into) {
  into.values.resize(settings().size());
  const Place place{name};
  toml::table parsed;
  try {
    parsed = toml::parse(toml, name);
  } catch (const toml::parse_error& error) {
    return setting_error(fmt::format("{}: {}", place.at(error.source()), error.description()),
                         "TOML is described at https://toml.io");
  }
  for (const auto& [key, node] : parsed) {
    const std::string_view what = key.str();
    const bool is_section = what == "record" || what == "report" || what == "spans";
    if (what == "subsystem") {
      HONE_TRY(read_rules(node, what, place, &read_rule, &Settings::subsystems, into));
      into.subsystems_origin = name;
    } else if (what == "plot") {
      HONE_TRY(read_rules(node, what, place, &read_plot, &Settings::plots, into));
    } else if (what == "coverage") {
      HONE_TRY(read_rules(node, what, place, &read_coverage, &Settings::coverage, into));
    } else if (is_section && node.is_table()) {
      HONE_TRY(read_section(what, *node.as_table(), place, into));
    } else {
      return unknown_key(place.at(key.source()), what,
                         {"record", "report", "spans", "subsystem", "plot", "coverage"});
    }
  }
  return {};
}

Result<Settings> load_settings(const std::string& config_file) {
  Settings out;
  for (const Setting& setting : settings()) {
    out.values.push_back({default_text(setting), "default"});
  }
  const std::string user = user_file();
  if (!user.empty() && ::access(user.c_str(), F_OK) == 0) HONE_TRY(read_file_into(user, out));
  const std::string file = config_file.empty() ? nearest_file() : config_file;
  if (!file.empty()) HONE_TRY(read_file_into(file, out));
  for (size_t i = 0; i < settings().size(); ++i) {
    const char* value = std::getenv(std::string(settings()[i].environment).c_str());
    if (value == nullptr || *value == '\0') continue;
    HONE_TRY(check_value(settings()[i], value, settings()[i].environment));
    out.values[i] = {value, std::string(settings()[i].environment)};
  }
  return out;
}

Result<void> apply_settings(const Settings& from, Invocation& to) {
  for (size_t i = 0; i < settings().size(); ++i) {
    const Setting& setting = settings()[i];
    if (&setting.command() != &to.command || to.was_given(setting.flag)) continue;
    if (from.values[i].origin == "default") continue;
    HONE_TRY(store(to.options, flag_of(setting), from.values[i].value, from.values[i].origin));
  }
  to.options.subsystems = from.subsystems;
  to.options.plots = from.plots;
  to.options.coverage = from.coverage;
  return {};
}

}  // namespace hone::cli
