#include "report/wait_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/names.h"
#include "report/text_parts.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

using analysis::WaitKind;
using analysis::WaitReport;
using analysis::WaitTimes;
using base::count_text;
using base::percent_text;

// Less than that changes no digit that people read.
constexpr double kEstimateShare = 0.02;

double share(int64_t part, int64_t all) {
  return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
}

// "~" says that a part of it is estimated.
std::string share_text(int64_t part, int64_t all, int64_t estimated) {
  return (is_estimate(part, estimated) ? "~" : "") + percent_text(share(part, all));
}

std::vector<WaitKind> blocked_kinds(const WaitTimes& times) {
  std::vector<WaitKind> kinds;
  for (size_t i = 0; i < analysis::kWaitKinds; ++i) {
    const auto kind = static_cast<WaitKind>(i);
    if (kind != WaitKind::kRunQueue && times.of(kind) > 0) kinds.push_back(kind);
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [&](WaitKind a, WaitKind b) { return times.of(a) > times.of(b); });
  return kinds;
}

int64_t estimated_of(const WaitTimes& times, WaitKind kind) {
  return times.estimated_ns[static_cast<size_t>(kind)];
}

std::string kinds_table(const WaitReport& waits, const TextStyle& style) {
  const WaitTimes& all = waits.all;
  TextTable table({{"share", true, Fit::kKeep, Ink::kBold},
                   {" ", false, Fit::kDrop, Ink::kBar},
                   {"time", true, Fit::kDrop, Ink::kDim},
                   {"waits", true, Fit::kDrop},
                   {"", false, Fit::kName}});
  const auto row = [&](int64_t ns, int64_t estimated, uint64_t count, std::string_view what) {
    const double part = share(ns, all.life_ns);
    table.add({share_text(ns, all.life_ns, estimated),
               style.width == 0 ? "" : bar_text(style, part, 8), time_text(ns),
               count == 0 ? "" : count_text(count), std::string(what)});
  };
  row(all.running_ns, 0, 0, "running");
  if (const int64_t ns = all.of(WaitKind::kRunQueue); ns > 0) {
    row(ns, 0, 0, "waiting for a CPU (preempted, or woken and not yet running)");
  }
  for (const WaitKind kind : blocked_kinds(all)) {
    row(all.of(kind), estimated_of(all, kind), all.count[static_cast<size_t>(kind)],
        kind == WaitKind::kUnknown ? "blocked, for a reason that is not known"
                                   : "blocked: " + std::string(wait_kind_text(kind)));
  }
  if (all.lost_ns > 0) row(all.lost_ns, 0, 0, "not known: records were lost");
  return table.text(style, 2);
}

std::string sites_table(const ReportData& data, const TextStyle& style) {
  const WaitReport& waits = data.waits;
  std::string out = heading(style, "Where they wait", "of the same time, blocked");
  TextTable table({{"share", true, Fit::kKeep, Ink::kBold},
                   {"time", true, Fit::kDropFirst, Ink::kDim},
                   {"seen", true, Fit::kDrop},
                   {"longest", true, Fit::kDrop, Ink::kDim},
                   {"for", false, Fit::kShrink},
                   {"function", false, Fit::kName},
                   {"through", false, Fit::kShrink, Ink::kDim},
                   {"where", false, Fit::kDrop, Ink::kDim}});
  const size_t shown =
      data.wait_top == 0 ? waits.sites.size() : std::min<size_t>(data.wait_top, waits.sites.size());
  for (size_t i = 0; i < shown; ++i) {
    const analysis::WaitSite& site = waits.sites[i];
    table.add({share_text(site.ns, waits.all.life_ns, site.estimated_ns), time_text(site.ns),
               count_text(site.count), site.longest_ns > 0 ? time_text(site.longest_ns) : "",
               std::string(wait_kind_text(site.kind)),
               site.function.empty() ? "[no stack]" : terminal_text(site.function),
               terminal_text(site.through),
               terminal_text(place_text(site.file, site.line, style.full_names))});
  }
  out += table.text(style, 2);
  out += more_text(style, waits.sites.size() - shown, "places");
  return out;
}

std::string threads_table(const ReportData& data, const TextStyle& style) {
  const WaitReport& waits = data.waits;
  std::string out = heading(style, "Threads", "of the life of each, longest waiting first");
  TextTable table({{"running", true, Fit::kKeep, Ink::kBold},
                   {"no CPU", true, Fit::kKeep},
                   {"blocked", true, Fit::kKeep},
                   {"life", true, Fit::kDrop, Ink::kDim},
                   {"thread", false, Fit::kName},
                   {"tid", true, Fit::kDrop, Ink::kDim},
                   {"mostly for", false, Fit::kShrink}});
  const size_t shown = data.wait_top == 0 ? waits.threads.size()
                                          : std::min<size_t>(data.wait_top, waits.threads.size());
  for (size_t i = 0; i < shown; ++i) {
    const analysis::ThreadWaitTimes& thread = waits.threads[i];
    const WaitTimes& times = thread.times;
    const std::vector<WaitKind> kinds = blocked_kinds(times);
    std::string mostly;
    if (!kinds.empty()) {
      mostly =
          fmt::format("{} {}", wait_kind_text(kinds[0]),
                      share_text(times.of(kinds[0]), times.life_ns, estimated_of(times, kinds[0])));
    }
    table.add({percent_text(share(times.running_ns, times.life_ns)),
               percent_text(share(times.of(WaitKind::kRunQueue), times.life_ns)),
               percent_text(share(times.blocked_ns(), times.life_ns)), time_text(times.life_ns),
               terminal_text(thread.name), std::to_string(thread.tid), mostly});
  }
  out += table.text(style, 2);
  out += more_text(style, waits.threads.size() - shown, "threads");
  return out;
}

std::string wakers_table(const ReportData& data, const TextStyle& style) {
  const WaitReport& waits = data.waits;
  if (waits.wakers.empty()) return {};
  std::string out = heading(style, "Who wakes whom", "by the time that the woken one had waited");
  TextTable table({{"time", true, Fit::kKeep, Ink::kBold},
                   {"waits", true, Fit::kDrop},
                   {"for", false, Fit::kShrink},
                   {"ended by", false, Fit::kName},
                   {"woken", false, Fit::kShrink}});
  const size_t shown = data.wait_top == 0 ? waits.wakers.size()
                                          : std::min<size_t>(data.wait_top, waits.wakers.size());
  for (size_t i = 0; i < shown; ++i) {
    const analysis::Waker& waker = waits.wakers[i];
    table.add({time_text(waker.ns), count_text(waker.count),
               std::string(wait_kind_text(waker.kind)),
               fmt::format("{} ({})", terminal_text(waker.name), waker.tid),
               fmt::format("{} ({})", terminal_text(waker.woken_name), waker.woken_tid)});
  }
  out += table.text(style, 2);
  out += more_text(style, waits.wakers.size() - shown, "pairs");
  return out;
}

}  // namespace

bool is_estimate(int64_t ns, int64_t estimated_ns) {
  return estimated_ns > 0 && share(estimated_ns, ns) >= kEstimateShare;
}

std::string wait_line(const WaitReport& waits) {
  const WaitTimes& all = waits.all;
  if (!waits.recorded || all.life_ns <= 0) return {};
  const auto part = [&](int64_t ns) { return share(ns, all.life_ns); };
  std::string out = "running " + percent_text(part(all.running_ns));
  if (const int64_t blocked = all.blocked_ns(); blocked > 0) {
    out += ", blocked " + percent_text(part(blocked));
    std::string kinds;
    for (const WaitKind kind : blocked_kinds(all)) {
      if (part(all.of(kind)) < 0.01) break;
      kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", wait_kind_name(kind),
                           share_text(all.of(kind), all.life_ns, estimated_of(all, kind)));
    }
    if (!kinds.empty()) out += " (" + kinds + ")";
  }
  if (const int64_t ns = all.of(WaitKind::kRunQueue); ns > 0) {
    out += ", waiting for a CPU " + percent_text(part(ns));
  }
  if (all.lost_ns > 0) out += ", not known " + percent_text(part(all.lost_ns));
  return out;
}

std::string wait_method_text(const WaitReport& waits) {
  std::string out = "every switch of a thread was timed; causes by ";
  if (waits.tier == "accounts and looks at /proc") {
    out =
        "how long threads waited by the kernel's account of each, in stretches of 50 ms and more, "
        "which are what is counted; causes by looks at /proc (approximate)";
  } else if (waits.tier == "looks at /proc") {
    out += "looks at /proc while threads waited (approximate)";
  } else if (waits.tier == "switches without causes") {
    out = "every switch of a thread was timed; what they waited for is not known";
  } else {
    out += "the stack at the switch";
  }
  if (const int64_t ns = waits.all.all_estimated_ns(); ns > 0) {
    out += fmt::format(", {} of the waiting by other waits of the same thread (~)",
                       percent_text(share(ns, waits.all.waiting_ns())));
  }
  if (waits.cpu_account) {
    out +=
        "; time between a wake-up and running by the kernel's account of each thread, taken "
        "off its waits by their number";
  }
  if (!waits.no_wakers.empty()) out += "; who woke whom is not known: " + waits.no_wakers;
  return out;
}

std::string waits_text(const ReportData& data, const TextStyle& style) {
  const WaitReport& waits = data.waits;
  if (!waits.recorded) {
    return heading(style, "Waits", "not recorded") + "  " + waits.why_not + "\n";
  }
  std::string out = heading(
      style, "Waits",
      fmt::format("of {} that {} lived", time_text(waits.all.life_ns),
                  waits.threads.size() == 1 ? "one thread"
                                            : count_text(waits.threads.size()) + " threads"));
  out += kinds_table(waits, style);
  if (!waits.sites.empty()) out += "\n" + sites_table(data, style);
  if (!waits.threads.empty()) out += "\n" + threads_table(data, style);
  if (const std::string wakers = wakers_table(data, style); !wakers.empty()) out += "\n" + wakers;
  out += "\n" +
         paint(style, Ink::kDim,
               wrap_text(style, "Waits: " + terminal_text(wait_method_text(waits)), 7)) +
         "\n";
  return out;
}

}  // namespace hone::report
