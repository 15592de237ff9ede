// Locks that programs mark, in the HTML report: waits, holds, and who waits for whom.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/html_table.h"
#include "report/names.h"

namespace hone::report {
namespace {

using analysis::LockPair;
using analysis::LockStats;
using base::count_text;
using base::percent_text;

constexpr size_t kRowsMax = 200;
constexpr std::string_view kAll = "hone report --locks --top 0";

void add_note(std::string& to, uint64_t count, std::string_view what) {
  if (count == 0) return;
  to += fmt::format("{}{} {}", to.empty() ? "" : ", ", count_text(count), what);
}

// Times of a distribution, or empty cells where nothing is in it.
std::string time_cells(const analysis::Distribution& t) {
  std::string out;
  for (const int64_t ns :
       {static_cast<int64_t>(t.mean_ns), t.p50_ns, t.p95_ns, t.p99_ns, t.most_ns}) {
    out += html_number_cell(t.count > 0 ? html_duration(ns) : "");
  }
  return out;
}

std::string waits_part(const std::vector<LockStats>& locks) {
  std::string out = "<h3>Waiting for locks</h3>\n" +
                    html_open_table("Waiting for locks",
                                    {"Waited", "", "Waits", "Of takes", "Mean", "p50", "p95", "p99",
                                     "Longest", "Lock", "Where"},
                                    {"", "Lock", "Where"});
  const double most = std::max<double>(1, static_cast<double>(locks[0].wait.total_ns));
  for (size_t i = 0; i < std::min(kRowsMax, locks.size()); ++i) {
    const LockStats& lock = locks[i];
    std::string note;
    if (lock.objects > 1) add_note(note, lock.objects, "objects");
    add_note(note, lock.gave_up, "given up");
    add_note(note, lock.still_waiting, "still waiting at the end");
    const double share = lock.acquisitions > 0 ? static_cast<double>(lock.contended) /
                                                     static_cast<double>(lock.acquisitions)
                                               : 0;
    out += "<tr>" + html_number_cell(html_duration(lock.wait.total_ns)) + "<td class=\"barcell\">" +
           html_bar(static_cast<double>(lock.wait.total_ns) / most) + "</td>" +
           html_number_cell(count_text(lock.wait.count)) + html_number_cell(percent_text(share)) +
           time_cells(lock.wait) + html_name_cell(lock.name, note) +
           html_where_cell(place_text(lock.file, lock.line, false)) + "</tr>\n";
  }
  return out + html_close_table(locks.size(), kRowsMax, kAll);
}

std::string holds_part(const std::vector<LockStats>& locks) {
  std::string out =
      "<h3>Holding them</h3>\n" +
      html_open_table("Holding locks",
                      {"Held", "Takes", "Mean", "p50", "p95", "p99", "Longest", "Threads", "Lock"},
                      {"Lock"});
  for (size_t i = 0; i < std::min(kRowsMax, locks.size()); ++i) {
    const LockStats& lock = locks[i];
    if (lock.acquisitions == 0) continue;
    std::string note;
    add_note(note, lock.shared, "shared");
    add_note(note, lock.hold_unknown, "not known how long");
    add_note(note, lock.still_held, "still held at the end");
    out += "<tr>" + html_number_cell(html_duration(lock.hold.total_ns)) +
           html_number_cell(count_text(lock.acquisitions)) + time_cells(lock.hold) +
           html_number_cell(count_text(lock.threads)) + html_name_cell(lock.name, note) + "</tr>\n";
  }
  return out + html_close_table();
}

std::string pairs_part(const std::vector<LockStats>& locks) {
  std::vector<std::pair<const LockStats*, const LockPair*>> rows;
  for (const LockStats& lock : locks) {
    for (const LockPair& pair : lock.pairs) rows.emplace_back(&lock, &pair);
  }
  if (rows.empty()) return {};
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second->ns > b.second->ns; });
  std::string out =
      "<h3>Who waits for whom</h3>\n" +
      html_open_table("Who waits for whom", {"Waited", "Waits", "Thread", "For", "Lock"},
                      {"Thread", "For", "Lock"});
  for (size_t i = 0; i < std::min(kRowsMax, rows.size()); ++i) {
    const LockPair& pair = *rows[i].second;
    const std::string owner = pair.owner == ThreadId::kNone
                                  ? "(nobody held it: handed over, or not recorded)"
                                  : fmt::format("{} ({})", pair.owner_name, pair.owner_tid);
    out += "<tr>" + html_number_cell(html_duration(pair.ns)) +
           html_number_cell(count_text(pair.count)) +
           html_where_cell(fmt::format("{} ({})", pair.waiter_name, pair.waiter_tid)) +
           html_where_cell(owner) + html_name_cell(rows[i].first->name) + "</tr>\n";
  }
  return out + html_close_table(rows.size(), kRowsMax, kAll);
}

std::string threads_part(const analysis::LockReport& report) {
  if (report.threads.empty()) return {};
  std::string out = "<h3>Threads that wait for locks</h3>\n" +
                    html_open_table("Threads that wait for locks",
                                    {"Waited", "Of its life", "TID", "Thread", "Most for"},
                                    {"Thread", "Most for"});
  for (size_t i = 0; i < std::min(kRowsMax, report.threads.size()); ++i) {
    const analysis::LockThread& thread = report.threads[i];
    out += "<tr>" + html_number_cell(html_duration(thread.wait_ns)) +
           html_number_cell(html_share(thread.wait_ns, thread.life_ns)) +
           html_number_cell(std::to_string(thread.tid)) + html_where_cell(thread.name) +
           html_name_cell(thread.lock, html_duration(thread.lock_ns)) + "</tr>\n";
  }
  return out + html_close_table(report.threads.size(), kRowsMax, kAll);
}

}  // namespace

std::string html_locks(const ReportData& data) {
  const analysis::LockReport& report = data.locks;
  if (report.locks.empty()) return {};
  std::string out =
      "<section id=\"locks\" aria-labelledby=\"h-locks\">\n<h2 id=\"h-locks\">Locks</h2>\n";
  if (report.lost > 0) {
    out +=
        fmt::format("<p class=\"warn\">{} marks of any kind were lost: sums are too small.</p>\n",
                    count_text(report.lost));
  }
  return out + waits_part(report.locks) + holds_part(report.locks) + pairs_part(report.locks) +
         threads_part(report) + "</section>\n";
}

}  // namespace hone::report
