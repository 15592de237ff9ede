#include "report/coverage_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/host/text.h"
#include "hone/layout.h"
#include "report/escape.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

using analysis::Covered;
using analysis::CoveredName;

std::string_view state_word(Covered state) {
  if (state == Covered::kFired) return "fired";
  return state == Covered::kBuiltIn ? "never fired" : "missing";
}

std::string_view kind_word(uint8_t kind) {
  return kind == HONE_SITE_PLOT ? "plot" : "span";
}

// A share that is not whole is never shown as 100%.
std::string share_text(double share) {
  if (share < 1 && share > 0.999) return "99.9%";
  return base::percent_text(share);
}

std::string files_text(const CoverageData& data) {
  std::string out;
  if (data.files.empty()) {
    out +=
        "  No file of the recording holds marked places that can be read: what is missing may\n"
        "  be built in and never have run.\n";
  }
  for (const auto& [path, problem] : data.unread) {
    out += fmt::format("  What is built into {} is not known: {}.\n", terminal_text(path), problem);
  }
  return out;
}

}  // namespace

std::string coverage_text(const CoverageData& data, const TextStyle& style) {
  const analysis::Coverage& coverage = data.coverage;
  std::string out = paint(style, Ink::kBold, "Coverage") +
                    paint(style, Ink::kDim, "  of the spans and plots that hone.toml names") + "\n";
  TextTable sums({{"fired", true, Fit::kKeep, Ink::kBold},
                  {"of", true},
                  {"share", true},
                  {"subsystem", false, Fit::kName}});
  for (const analysis::SubsystemCoverage& each : coverage.subsystems) {
    sums.add({base::count_text(each.fired), base::count_text(each.names.size()),
              share_text(each.share()), terminal_text(each.subsystem)});
  }
  sums.add({base::count_text(coverage.fired), base::count_text(coverage.count),
            share_text(coverage.share()), "all"});
  out += sums.text(style, 2) + "\n";
  TextTable names({{"count", true},
                   {"state", false},
                   {"kind", false},
                   {"name", false, Fit::kName},
                   {"subsystem", false, Fit::kDrop, Ink::kDim}});
  for (const analysis::SubsystemCoverage& subsystem : coverage.subsystems) {
    for (const CoveredName& each : subsystem.names) {
      names.add({each.state == Covered::kFired ? base::count_text(each.count) : "",
                 std::string(state_word(each.state)), std::string(kind_word(each.kind)),
                 terminal_text(each.name), terminal_text(subsystem.subsystem)});
    }
  }
  out += names.text(style, 2) + files_text(data);
  if (data.required >= 0) {
    out += fmt::format("\n{} of {} required: {}\n", share_text(coverage.share()),
                       base::percent_text(data.required), data.is_met() ? "met" : "not met");
  }
  return out;
}

std::string coverage_json(const CoverageData& data) {
  using nlohmann::ordered_json;
  ordered_json out = {{"schema", "hone.coverage/1"},   {"tool", "hone"},
                      {"version", data.tool_version},  {"recording", data.recording},
                      {"fired", data.coverage.fired},  {"count", data.coverage.count},
                      {"share", data.coverage.share()}};
  if (data.required >= 0) {
    out["required_share"] = data.required;
    out["met"] = data.is_met();
  }
  out["subsystems"] = ordered_json::array();
  for (const analysis::SubsystemCoverage& subsystem : data.coverage.subsystems) {
    ordered_json one = {{"subsystem", subsystem.subsystem},
                        {"fired", subsystem.fired},
                        {"count", subsystem.names.size()},
                        {"share", subsystem.share()},
                        {"names", ordered_json::array()}};
    for (const CoveredName& each : subsystem.names) {
      one["names"].push_back({{"name", each.name},
                              {"kind", kind_word(each.kind)},
                              {"state", state_word(each.state)},
                              {"count", each.count}});
    }
    out["subsystems"].push_back(std::move(one));
  }
  out["files"] = data.files;
  out["unread_files"] = ordered_json::array();
  for (const auto& [path, problem] : data.unread) {
    out["unread_files"].push_back({{"file", path}, {"problem", problem}});
  }
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hone::report
