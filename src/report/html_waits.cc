// Waits of the HTML report.
#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/names.h"
#include "report/wait_text.h"

namespace hone::report {
namespace {

using analysis::WaitKind;
using analysis::WaitTimes;

constexpr size_t kSitesMax = 200;
constexpr size_t kThreadsMax = 100;

std::string duration(int64_t ns) {
  return base::duration_text(DurationNs{ns});
}

std::string open_table(std::string_view label, std::string_view cells) {
  return fmt::format(
      "<div class=\"tablebox\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table "
      "class=\"plain\"><thead><tr>{}</tr></thead><tbody>\n",
      label, cells);
}
constexpr std::string_view kCloseTable = "</tbody></table></div>\n";

std::string head_cell(std::string_view text, bool number) {
  return fmt::format("<th scope=\"col\"{}>{}</th>", number ? " class=\"n\"" : "", text);
}

std::string number_cell(const std::string& text) {
  return "<td class=\"n\">" + text + "</td>";
}

std::string share_cell(int64_t ns, int64_t all_ns, int64_t estimated_ns) {
  return number_cell((is_estimate(ns, estimated_ns) ? "~" : "") + html_share(ns, all_ns));
}

std::string kinds_table(const WaitTimes& all) {
  std::string out = open_table(
      "Waits by kind", head_cell("Share", true) + head_cell("", false) + head_cell("Time", true) +
                           head_cell("Waits", true) + head_cell("", false));
  const auto row = [&](int64_t ns, int64_t estimated, uint64_t count, std::string_view what) {
    if (ns <= 0) return;
    const double part =
        static_cast<double>(ns) / static_cast<double>(std::max<int64_t>(all.life_ns, 1));
    out += "<tr>" + share_cell(ns, all.life_ns, estimated) + "<td class=\"barcell\">" +
           html_bar(part) + "</td>" + number_cell(duration(ns)) +
           number_cell(count == 0 ? "" : base::count_text(count)) + "<td>" + markup_text(what) +
           "</td></tr>\n";
  };
  row(all.running_ns, 0, 0, "running");
  row(all.of(WaitKind::kRunQueue), 0, 0, "waiting for a CPU");
  for (size_t i = 0; i < analysis::kWaitKinds; ++i) {
    const auto kind = static_cast<WaitKind>(i);
    if (kind == WaitKind::kRunQueue) continue;
    row(all.ns[i], all.estimated_ns[i], all.count[i],
        "blocked: " + std::string(wait_kind_text(kind)));
  }
  row(all.lost_ns, 0, 0, "not known: records were lost");
  return out + std::string(kCloseTable);
}

std::string sites_table(const analysis::WaitReport& waits) {
  if (waits.sites.empty()) return {};
  std::string out =
      "<h3>Where they wait</h3>\n" +
      open_table("Places of waits", head_cell("Share", true) + head_cell("Time", true) +
                                        head_cell("Seen", true) + head_cell("Longest", true) +
                                        head_cell("For", false) + head_cell("Function", false) +
                                        head_cell("Through", false) + head_cell("Where", false));
  for (size_t i = 0; i < waits.sites.size() && i < kSitesMax; ++i) {
    const analysis::WaitSite& site = waits.sites[i];
    out += "<tr>" + share_cell(site.ns, waits.all.life_ns, site.estimated_ns) +
           number_cell(duration(site.ns)) + number_cell(base::count_text(site.count)) +
           number_cell(site.longest_ns > 0 ? duration(site.longest_ns) : "") + "<td>" +
           markup_text(wait_kind_text(site.kind)) + "</td><td class=\"name\">" +
           markup_text(site.function.empty() ? "[no stack]"
                                             : shorten_name(clean_text(site.function), 96)) +
           "</td><td>" + markup_text(site.through) + "</td><td class=\"where\">" +
           markup_text(place_text(site.file, site.line, false)) + "</td></tr>\n";
  }
  return out + std::string(kCloseTable);
}

std::string threads_table(const analysis::WaitReport& waits) {
  if (waits.threads.size() < 2) return {};
  std::string out =
      "<h3>Threads</h3>\n" + open_table("Threads and their waits",
                                        head_cell("Thread", false) + head_cell("TID", true) +
                                            head_cell("Running", true) + head_cell("No CPU", true) +
                                            head_cell("Blocked", true) + head_cell("Life", true));
  for (size_t i = 0; i < waits.threads.size() && i < kThreadsMax; ++i) {
    const analysis::ThreadWaitTimes& thread = waits.threads[i];
    const WaitTimes& times = thread.times;
    out += "<tr><td>" + markup_text(thread.name) + "</td>" +
           number_cell(std::to_string(thread.tid)) +
           number_cell(html_share(times.running_ns, times.life_ns)) +
           number_cell(html_share(times.of(WaitKind::kRunQueue), times.life_ns)) +
           number_cell(html_share(times.blocked_ns(), times.life_ns)) +
           number_cell(duration(times.life_ns)) + "</tr>\n";
  }
  return out + std::string(kCloseTable);
}

std::string wakers_table(const analysis::WaitReport& waits) {
  if (waits.wakers.empty()) return {};
  std::string out =
      "<h3>Who wakes whom</h3>\n" +
      open_table("Wakers", head_cell("Time", true) + head_cell("Waits", true) +
                               head_cell("For", false) + head_cell("Ended by", false) +
                               head_cell("Woken", false));
  for (size_t i = 0; i < waits.wakers.size() && i < kThreadsMax; ++i) {
    const analysis::Waker& waker = waits.wakers[i];
    out += "<tr>" + number_cell(duration(waker.ns)) + number_cell(base::count_text(waker.count)) +
           "<td>" + markup_text(wait_kind_text(waker.kind)) + "</td><td>" +
           markup_text(fmt::format("{} ({})", waker.name, waker.tid)) + "</td><td>" +
           markup_text(fmt::format("{} ({})", waker.woken_name, waker.woken_tid)) + "</td></tr>\n";
  }
  return out + std::string(kCloseTable);
}

}  // namespace

std::string html_waits(const ReportData& data) {
  const analysis::WaitReport& waits = data.waits;
  if (!waits.recorded || waits.all.life_ns <= 0) return {};
  return "<section id=\"waits\" aria-labelledby=\"h-waits\">\n<h2 id=\"h-waits\">Waits</h2>\n"
         "<p class=\"soft\">Of " +
         duration(waits.all.life_ns) + " that " + base::count_text(waits.threads.size()) +
         (waits.threads.size() == 1 ? " thread" : " threads") +
         " lived. Measured: " + markup_text(wait_method_text(waits)) + ".</p>\n" +
         kinds_table(waits.all) + sites_table(waits) + threads_table(waits) + wakers_table(waits) +
         "</section>\n";
}

}  // namespace hone::report
