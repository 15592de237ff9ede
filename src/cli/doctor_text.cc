#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/doctor_checks.h"
#include "cli/version.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

constexpr size_t kIndent = 28;

std::string_view state_name(CheckState state) {
  switch (state) {
    case CheckState::kOk:
      return "ok";
    case CheckState::kLimited:
      return "limited";
    case CheckState::kFailed:
      return "failed";
  }
  return "";
}

}  // namespace

std::string checks_text(const std::vector<Check>& checks, const report::TextStyle& style) {
  const auto wrapped = [&](const std::string& text, size_t indent) {
    return report::wrap_text(style, report::terminal_text(text), indent);
  };
  std::string out;
  for (const Check& check : checks) {
    const report::Ink ink = check.state == CheckState::kOk       ? report::Ink::kDim
                            : check.state == CheckState::kFailed ? report::Ink::kAct
                                                                 : report::Ink::kLook;
    out += fmt::format("{}  {:<18} {}\n",
                       report::paint(style, ink, fmt::format("{:<7}", state_name(check.state))),
                       check.id, wrapped(check.says, kIndent));
    if (check.state == CheckState::kOk) continue;
    out += fmt::format("           effect: {}\n", wrapped(check.effect, 19));
    for (size_t i = 0; i < check.fixes.size(); ++i) {
      // Commands are pasted: they are not broken.
      out += fmt::format("           {}{}\n",
                         i == 0 ? "fix:    " : "or:     ", report::terminal_text(check.fixes[i]));
    }
  }
  return out;
}

std::string checks_json(const std::vector<Check>& checks) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    list.push_back({{"id", check.id},
                    {"required", check.required},
                    {"state", state_name(check.state)},
                    {"says", check.says},
                    {"effect", check.effect},
                    {"fixes", check.fixes}});
  }
  const nlohmann::ordered_json out = {{"schema", "hone.doctor/1"},
                                      {"tool", "hone"},
                                      {"version", kVersion},
                                      {"ok", all_required_ok(checks)},
                                      {"checks", std::move(list)}};
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hone::cli
