// Locks of instrumented programs: the tables of waits, of holds, and of who waits for whom.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/names.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

using analysis::LockStats;
using base::count_text;
using base::percent_text;

void add_note(std::string& to, uint64_t count, std::string_view what) {
  if (count == 0) return;
  to += fmt::format("{}{} {}", to.empty() ? "" : ", ", count_text(count), what);
}

std::string place_of(const LockStats& lock, const TextStyle& style) {
  return terminal_text(place_text(lock.file, lock.line, style.full_names));
}

std::string wait_table(const ReportData& data, const TextStyle& style) {
  std::string out = heading(style, "Locks", "by the time that threads waited for them");
  TextTable table({{"waited", true, Fit::kKeep, Ink::kBold},
                   {"waits", true},
                   {"of takes", true},
                   {"mean", true},
                   {"p99", true, Fit::kDrop},
                   {"max", true},
                   {"lock", false, Fit::kName},
                   {"", false, Fit::kDrop, Ink::kDim},
                   {"where", false, Fit::kDrop, Ink::kDim}});
  const auto& locks = data.locks.locks;
  const size_t shown = shown_of(locks.size(), data.wait_top);
  for (size_t i = 0; i < shown; ++i) {
    const LockStats& lock = locks[i];
    std::string note;
    if (lock.objects > 1) add_note(note, lock.objects, "objects");
    add_note(note, lock.gave_up, "given up");
    add_note(note, lock.still_waiting, "still waiting at the end");
    const bool waited = lock.wait.count > 0;
    const double share = lock.acquisitions > 0 ? static_cast<double>(lock.contended) /
                                                     static_cast<double>(lock.acquisitions)
                                               : 0;
    table.add({time_text(lock.wait.total_ns), count_text(lock.wait.count), percent_text(share),
               waited ? time_text(std::llround(lock.wait.mean_ns)) : "",
               waited ? time_text(lock.wait.p99_ns) : "",
               waited ? time_text(lock.wait.most_ns) : "", terminal_text(lock.name), note,
               place_of(lock, style)});
  }
  return out + table.text(style, 2) + more_text(style, locks.size() - shown, "locks");
}

std::string hold_table(const ReportData& data, const TextStyle& style) {
  std::string out = heading(style, "Held", "the same locks, by those that took them");
  TextTable table({{"held", true, Fit::kKeep, Ink::kBold},
                   {"takes", true},
                   {"mean", true},
                   {"p99", true, Fit::kDrop},
                   {"max", true},
                   {"threads", true, Fit::kDrop, Ink::kDim},
                   {"lock", false, Fit::kName},
                   {"", false, Fit::kDrop, Ink::kDim}});
  const auto& locks = data.locks.locks;
  const size_t shown = shown_of(locks.size(), data.wait_top);
  for (size_t i = 0; i < shown; ++i) {
    const LockStats& lock = locks[i];
    if (lock.acquisitions == 0) continue;
    std::string note;
    add_note(note, lock.shared, "shared");
    add_note(note, lock.hold_unknown, "not known how long");
    add_note(note, lock.still_held, "still held at the end");
    table.add({time_text(lock.hold.total_ns), count_text(lock.acquisitions),
               time_text(std::llround(lock.hold.mean_ns)), time_text(lock.hold.p99_ns),
               time_text(lock.hold.most_ns), count_text(lock.threads), terminal_text(lock.name),
               note});
  }
  return out + table.text(style, 2);
}

std::string pair_table(const ReportData& data, const TextStyle& style) {
  struct Row {
    const LockStats* lock;
    const analysis::LockPair* pair;
  };
  std::vector<Row> rows;
  for (const LockStats& lock : data.locks.locks) {
    for (const analysis::LockPair& pair : lock.pairs) rows.push_back({&lock, &pair});
  }
  if (rows.empty()) return {};
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.pair->ns > b.pair->ns; });
  std::string out = heading(style, "Who waits for whom", "by who held the lock meanwhile");
  TextTable table({{"waited", true, Fit::kKeep, Ink::kBold},
                   {"waits", true, Fit::kDrop},
                   {"thread", false, Fit::kShrink},
                   {"for", false, Fit::kShrink},
                   {"lock", false, Fit::kName}});
  const size_t shown = shown_of(rows.size(), data.wait_top);
  for (size_t i = 0; i < shown; ++i) {
    const analysis::LockPair& pair = *rows[i].pair;
    const std::string owner =
        pair.owner == ThreadId::kNone
            ? "(nobody held it: handed over, or not recorded)"
            : fmt::format("{} ({})", terminal_text(pair.owner_name), pair.owner_tid);
    table.add({time_text(pair.ns), count_text(pair.count),
               fmt::format("{} ({})", terminal_text(pair.waiter_name), pair.waiter_tid), owner,
               terminal_text(rows[i].lock->name)});
  }
  return out + table.text(style, 2) + more_text(style, rows.size() - shown, "pairs");
}

}  // namespace

std::string locks_text(const ReportData& data, const TextStyle& style) {
  if (data.locks.locks.empty()) {
    return paint(style, Ink::kBold, "Locks") +
           "\n  The recording holds none: the program marks none (hone/lock.h), or they were "
           "off.\n";
  }
  std::string out = wait_table(data, style) + "\n" + hold_table(data, style);
  const std::string pairs = pair_table(data, style);
  if (!pairs.empty()) out += "\n" + pairs;
  if (data.locks.lost > 0) {
    out += fmt::format("  {} marks of any kind were lost: sums are too small\n",
                       count_text(data.locks.lost));
  }
  return out;
}

}  // namespace hone::report
