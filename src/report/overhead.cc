#include "report/overhead.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

std::string ns_text(double ns) {
  if (ns < 0) return {};
  if (ns < 0.05) return "<0.1 ns";
  return ns < 10'000 ? fmt::format("{:.1f} ns", ns)
                     : base::duration_text(DurationNs{std::llround(ns)});
}

}  // namespace

std::string overhead_text(const Overhead& overhead, const TextStyle& style) {
  std::string out = paint(style, Ink::kBold, "What each probe costs here") + "\n";
  std::string clock = overhead.clock.empty() ? "not known" : terminal_text(overhead.clock);
  if (overhead.clock_step_ns >= 0) {
    clock += fmt::format(", in steps of {:.1f} ns", overhead.clock_step_ns);
  }
  out += fmt::format("  CPU {}{}clock {}\n\n", terminal_text(overhead.cpu_model), separator(style),
                     clock);
  TextTable table({{"not recorded", true},
                   {"recorded", true, Fit::kKeep, Ink::kBold},
                   {"probe", false, Fit::kKeep},
                   {"measured by", false, Fit::kName, Ink::kDim}});
  for (const ProbeCost& probe : overhead.probes) {
    table.add({ns_text(probe.off_ns), ns_text(probe.on_ns), terminal_text(probe.what),
               terminal_text(probe.how)});
  }
  out += table.text(style, 2);
  if (overhead.spans > 0) {
    out += fmt::format("\n  While it was recorded: {} spans, {} marks, {}\n",
                       base::count_text(overhead.spans), base::count_text(overhead.marks),
                       overhead.lost == 0 ? "none lost"
                                          : base::count_text(overhead.lost) +
                                                " lost: what is lost costs another time");
  }
  for (const std::string& note : overhead.notes) {
    out += "  " + wrap_text(style, terminal_text(note), 2) + "\n";
  }
  return out;
}

std::string overhead_json(const Overhead& overhead) {
  using nlohmann::ordered_json;
  const auto number = [](double ns) { return ns < 0 ? ordered_json() : ordered_json(ns); };
  ordered_json out{{"schema", "hone.overhead/1"},
                   {"tool", "hone"},
                   {"version", overhead.tool_version},
                   {"cpu_model", overhead.cpu_model},
                   {"kernel", overhead.kernel},
                   {"clock", overhead.clock},
                   {"clock_step_ns", number(overhead.clock_step_ns)},
                   {"spans", overhead.spans},
                   {"marks", overhead.marks},
                   {"lost", overhead.lost},
                   {"notes", overhead.notes}};
  out["probes"] = ordered_json::array();
  for (const ProbeCost& probe : overhead.probes) {
    out["probes"].push_back({{"name", probe.name},
                             {"what", probe.what},
                             {"not_recorded_ns", number(probe.off_ns)},
                             {"recorded_ns", number(probe.on_ns)},
                             {"how", probe.how}});
  }
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hone::report
