#include "serve/finding_links.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/call_tree.h"
#include "serve/weights_asked.h"

namespace hone::serve {
namespace {

using analysis::Finding;

std::string_view evidence_of(const Finding& finding, std::string_view name) {
  for (const auto& [key, value] : finding.evidence) {
    if (key == name) return value;
  }
  return {};
}

// In SQL, as one text.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

class Links {
 public:
  Links(const profile::Profile& profile, const Finding& finding)
      : profile_(profile), finding_(finding) {}

  void add(std::string_view page, std::string text, Json state) {
    out_.push_back({{"page", page}, {"text", std::move(text)}, {"state", std::move(state)}});
  }
  void add_query(const std::string& sql, std::string text = "The query that shows it") {
    add("sql", std::move(text), {{"more", {{"sql.text", sql}}}});
  }

  void add_function(std::string_view name) {
    const Result<FunctionId> found = analysis::find_function(profile_, name);
    if (!found) return;
    const std::string key = key_text(profile_.functions()[raw(*found)].key);
    add("source", "Its lines and instructions", {{"key", key}});
    add("flame", "Who calls it", {{"key", key}, {"mode", "sandwich"}});
    add("functions", "In the table of functions", {{"key", key}});
    add_query(fmt::format("select * from functions where name = {}", quoted(name)));
  }

  // Where it waits, by the time that it is blocked: of CPU time a wait takes next to none.
  void add_blocked(std::string_view span) {
    add("flame", "Where it waits", {{"weight", "off-cpu"}, {"inside", span}});
    add("functions", "All waits", {{"more", {{"functions.tab", "waits"}}}});
  }

  void add_span(std::string_view name) {
    add("functions", fmt::format("Times of {}", name),
        {{"span", name}, {"more", {{"functions.tab", "spans"}}}});
    add("timeline", "On the timeline", {{"search", name}});
    add_query(fmt::format("select * from span_stats where name = {}", quoted(name)));
  }

  void add_thread(std::string_view name) {
    for (uint32_t id = 1; id < profile_.threads().size(); ++id) {
      const std::string_view its = profile_.string(profile_.threads()[id].name);
      if (name.substr(0, its.size()) != its || its.empty()) continue;
      add("timeline", fmt::format("Only thread {}", its), {{"threads", Json::array({id})}});
      return;
    }
  }

  void add_kind() {
    using analysis::FindingKind;
    switch (finding_.kind) {
      case FindingKind::kWaiting:
      case FindingKind::kOneThreadHolds:
        add("flame", "Where it waits", {{"weight", "off-cpu"}});
        add_query("select * from waits order by dur desc limit 100", "The longest waits, in SQL");
        break;
      case FindingKind::kRunQueueWait:
        add("flame", "Where it wants a CPU", {{"weight", "runnable"}});
        break;
      case FindingKind::kBrokenStacks:
      case FindingKind::kMissingSymbols:
      case FindingKind::kDebugBuild:
      case FindingKind::kDataLost:
      case FindingKind::kTooFewSamples:
      case FindingKind::kUnsampledCpu:
        add("system", "Quality of the measurement", Json::object());
        break;
      case FindingKind::kGpuBound:
      case FindingKind::kCpuBound:
      case FindingKind::kGpuCpuTurns:
        add("functions", "Frames and passes of the GPU", {{"more", {{"functions.tab", "gpu"}}}});
        add("timeline", "On the timeline", Json::object());
        break;
      case FindingKind::kLockWaits:
      case FindingKind::kDeadlock:
        add("functions", "Who holds it, and who waits", {{"more", {{"functions.tab", "locks"}}}});
        add("timeline", "On the timeline", Json::object());
        break;
      case FindingKind::kSingleBusyThread:
      case FindingKind::kGrowingPlot:
      case FindingKind::kLowHitRate:
        add("timeline", "On the timeline", Json::object());
        break;
      case FindingKind::kFramesOverBudget:
        add("timeline", "On the timeline", Json::object());
        add_query("select * from frame_times order by dur desc limit 20",
                  "The longest frames, in SQL");
        break;
      default:
        break;
    }
  }

  Json take() { return std::move(out_); }

 private:
  const profile::Profile& profile_;
  const Finding& finding_;
  Json out_ = Json::array();
};

}  // namespace

Json finding_links(const profile::Profile& profile, const Finding& finding) {
  Links links(profile, finding);
  if (finding.kind == analysis::FindingKind::kWaitingSpan) {
    links.add_blocked(evidence_of(finding, "span"));
  } else {
    for (const char* name : {"function", "top_function"}) {
      if (!evidence_of(finding, name).empty()) links.add_function(evidence_of(finding, name));
    }
  }
  for (const char* name : {"span", "span_1", "grew_most"}) {
    if (!evidence_of(finding, name).empty()) links.add_span(evidence_of(finding, name));
  }
  if (!evidence_of(finding, "thread").empty()) links.add_thread(evidence_of(finding, "thread"));
  links.add_kind();
  return links.take();
}

}  // namespace hone::serve
