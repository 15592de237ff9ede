#include "analysis/live_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace hone::analysis {
namespace {

using capture::LiveSlice;
using capture::LiveStack;

bool holds(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

// Sums by a key; a key that stands several times in one stack counts once for it.
class Sums {
 public:
  struct Sum {
    int64_t self_ns = 0, total_ns = 0;
    uint64_t self_samples = 0;
    uint64_t last_stack = 0;  // the last that it was counted for
  };

  void begin_stack() { ++stack_; }
  void add_total(uint32_t key, int64_t ns) {
    Sum& sum = at(key);
    if (sum.last_stack == stack_) return;
    sum.last_stack = stack_;
    sum.total_ns += ns;
  }
  void add_self(uint32_t key, const LiveStack& stack) {
    Sum& sum = at(key);
    sum.self_ns += stack.ns;
    sum.self_samples += stack.samples;
  }
  const std::vector<Sum>& all() const { return sums_; }

 private:
  Sum& at(uint32_t key) {
    if (key >= sums_.size()) sums_.resize(key + 1);
    return sums_[key];
  }
  std::vector<Sum> sums_;
  uint64_t stack_ = 0;
};

void sum_code(const std::deque<LiveSlice>& slices, const LiveNaming& names, bool by_module,
              Sums& sums) {
  const auto key_of = [&](uint32_t function) {
    return by_module ? names.function(function)->module_index : function;
  };
  for (const LiveSlice& slice : slices) {
    for (const LiveStack& stack : slice.stacks) {
      sums.begin_stack();
      bool innermost = true;
      for (const FrameId frame : slice.frames_of(stack)) {
        for (const uint32_t function : names.functions_of(frame)) {
          const uint32_t key = key_of(function);
          if (innermost) sums.add_self(key, stack);
          innermost = false;
          sums.add_total(key, stack.ns);
        }
      }
    }
  }
}

std::vector<LiveRow> code_rows(const std::deque<LiveSlice>& slices, const LiveNaming& names,
                               bool by_module) {
  Sums sums;
  sum_code(slices, names, by_module, sums);
  std::vector<LiveRow> rows;
  std::vector<const std::string*> module_names;
  if (by_module) {
    for (const LiveSlice& slice : slices) {
      for (const FrameId frame : slice.frames) {
        const capture::LiveFunction& function = *names.function(names.functions_of(frame).front());
        if (function.module_index >= module_names.size()) {
          module_names.resize(function.module_index + 1);
        }
        module_names[function.module_index] = &function.module;
      }
    }
  }
  for (uint32_t key = 0; key < sums.all().size(); ++key) {
    const Sums::Sum& sum = sums.all()[key];
    if (sum.total_ns == 0) continue;
    LiveRow& row = rows.emplace_back();
    row.self_ns = sum.self_ns;
    row.total_ns = sum.total_ns;
    row.self_samples = sum.self_samples;
    if (by_module) {
      row.name = *module_names[key];
    } else {
      row.name = names.function(key)->name;
      row.module = names.function(key)->module;
    }
  }
  return rows;
}

std::vector<LiveRow> thread_rows(const std::deque<LiveSlice>& slices) {
  std::vector<LiveRow> rows;
  std::unordered_map<pid_t, size_t> row_of;
  for (const LiveSlice& slice : slices) {
    for (const LiveStack& stack : slice.stacks) {
      const capture::LiveThread& thread = slice.threads[stack.thread];
      const auto [found, added] = row_of.try_emplace(thread.tid, rows.size());
      if (added) rows.emplace_back();
      LiveRow& row = rows[found->second];
      // As it was called last; an ended one had its name while it ran.
      if (added || !thread.name.empty()) {
        row.name = fmt::format("{} ({})", thread.name.empty() ? "?" : thread.name, thread.tid);
        row.module = thread.process;
      }
      row.self_ns += stack.ns;
      row.total_ns += stack.ns;
      row.self_samples += stack.samples;
    }
  }
  return rows;
}

// By what is asked for; equal ones by name, so that rows do not dance.
bool comes_before(const LiveRow& a, const LiveRow& b, bool by_total, bool by_times) {
  int64_t first = by_total ? a.total_ns - b.total_ns : a.self_ns - b.self_ns;
  int64_t second = by_total ? a.self_ns - b.self_ns : a.total_ns - b.total_ns;
  if (by_times) {
    const int64_t running = a.running_ns - b.running_ns;
    const int64_t waiting = a.queued_ns + a.blocked_ns - b.queued_ns - b.blocked_ns;
    first = by_total ? waiting : running;
    second = by_total ? running : a.queued_ns - b.queued_ns;
  }
  if (first != 0) return first > 0;
  if (second != 0) return second > 0;
  return std::tie(a.name, a.module) < std::tie(b.name, b.module);
}

}  // namespace

void LiveTable::clear() {
  slices_.clear();
  accounts_.clear();
  times_.clear();
}

void LiveTable::add_times(TimeNs now, std::vector<capture::ThreadTimes> times) {
  Account account{.time = now};
  for (const capture::ThreadTimes& at : times) {
    account.of_thread[at.tid] = {at.running_ns, at.queued_ns};
  }
  // A table by thread that was not shown for a while begins anew.
  if (!accounts_.empty() && raw(now - accounts_.back().time) > raw(window_)) accounts_.clear();
  accounts_.push_back(std::move(account));
  times_ = std::move(times);
  // The first may be older than the window by less than one step.
  while (accounts_.size() > 2 && raw(now - accounts_[1].time) >= raw(window_)) {
    accounts_.pop_front();
  }
  if (accounts_.size() <= kAccountsMax) return;
  for (size_t i = 1; i + 1 < accounts_.size(); ++i) accounts_.erase(accounts_.begin() + i);
}

std::vector<LiveRow> LiveTable::rows_of_times() const {
  std::unordered_map<pid_t, LiveRow> sampled;
  for (const LiveSlice& slice : slices_) {
    for (const LiveStack& stack : slice.stacks) {
      LiveRow& row = sampled[slice.threads[stack.thread].tid];
      row.self_ns += stack.ns;
      row.self_samples += stack.samples;
    }
  }
  std::vector<LiveRow> rows;
  for (const capture::ThreadTimes& at : times_) {
    // From the first time that it was there on. An id that was given to another thread has fewer.
    const auto first =
        std::find_if(accounts_.begin(), accounts_.end(), [&](const Account& account) {
          const auto found = account.of_thread.find(at.tid);
          return found != account.of_thread.end() && found->second.running_ns <= at.running_ns &&
                 found->second.queued_ns <= at.queued_ns;
        });
    if (first == accounts_.end() || first + 1 == accounts_.end()) continue;
    const capture::SchedStat& before = first->of_thread.at(at.tid);
    LiveRow& row = rows.emplace_back(sampled[at.tid]);
    row.total_ns = row.self_ns;
    row.name = fmt::format("{} ({})", at.name, at.tid);
    row.module = at.process;
    row.running_ns = at.running_ns - before.running_ns;
    row.queued_ns = at.queued_ns - before.queued_ns;
    // The three accounts are not read at one moment.
    row.blocked_ns = std::max<int64_t>(
        0, raw(accounts_.back().time - first->time) - row.running_ns - row.queued_ns);
    row.waits_in = at.waits_in;
  }
  return rows;
}

void LiveTable::add(LiveSlice slice) {
  if (!slices_.empty() && slices_.back().generation != slice.generation) slices_.clear();
  const TimeNs oldest{raw(slice.end) - raw(window_)};
  slices_.push_back(std::move(slice));
  size_t frames = 0;
  for (const LiveSlice& held : slices_) frames += held.frames.size();
  // A slice goes when most of it is out of the window.
  while (slices_.size() > 1) {
    const LiveSlice& first = slices_.front();
    const TimeNs middle{raw(first.begin) + (raw(first.end) - raw(first.begin)) / 2};
    if (middle >= oldest && frames <= kFramesMax) break;
    frames -= first.frames.size();
    slices_.pop_front();
  }
}

LiveView LiveTable::view(const LiveNaming& names, const LiveQuery& query) const {
  LiveView out{.query = query, .frames_pending = names.frames_pending};
  for (const LiveSlice& slice : slices_) {
    out.window_ns += raw(slice.end) - raw(slice.begin);
    out.samples += slice.samples;
    out.lost += slice.lost;
    out.broken += slice.broken;
    out.uncounted += slice.uncounted;
    out.own_cpu_ns += slice.own_cpu_ns;
    for (const LiveStack& stack : slice.stacks) out.cpu_ns += stack.ns;
  }
  out.has_times = query.by == LiveBy::kThread && accounts_.size() > 1;
  if (out.has_times) {
    out.rows = rows_of_times();
  } else if (query.by == LiveBy::kThread) {
    out.rows = thread_rows(slices_);
  } else {
    out.rows = code_rows(slices_, names, query.by == LiveBy::kModule);
  }
  if (!query.filter.empty()) {
    std::erase_if(out.rows, [&](const LiveRow& row) {
      return !holds(row.name, query.filter) && !holds(row.module, query.filter);
    });
  }
  std::sort(out.rows.begin(), out.rows.end(), [&](const LiveRow& a, const LiveRow& b) {
    return comes_before(a, b, query.by_total, out.has_times);
  });
  if (out.rows.size() > query.rows_max) {
    out.rows_hidden = out.rows.size() - query.rows_max;
    out.rows.resize(query.rows_max);
  }
  return out;
}

}  // namespace hone::analysis
