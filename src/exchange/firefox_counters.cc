// Counters of Firefox Profiler's format. It adds up what it is given: the first value, then by how
// much each differs from the one before.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "exchange/firefox_parts.h"
#include "exchange/identities.h"
#include "exchange/pool_marks.h"
#include "exchange/text.h"
#include "exchange/tracks.h"

namespace hone::exchange::firefox {
namespace {

struct Value {
  TimeNs time{};
  double value = 0;
};

class Counters {
 public:
  Counters(const profile::Profile& profile, const ExportOptions& options,
           const MainThreads& main_threads, TimeNs zero, Left& left, Output& out)
      : options_(options),
        main_threads_(main_threads),
        zero_(zero),
        left_(left),
        out_(out),
        ids_(profile) {}

  // Drops what is out of the selection, and what is no number.
  void take(std::vector<Value>& values, TimeNs time, double value) {
    if (!options_.takes(time)) return;
    if (std::isfinite(value)) {
      values.push_back({time, value});
    } else {
      ++left_.not_numbers;
    }
  }

  void write(ProcessId process, std::string_view name, std::string_view unit,
             std::vector<Value> values) {
    if (values.empty()) return;
    auto thread = main_threads_.find(raw(process));
    if (thread == main_threads_.end()) thread = main_threads_.find(raw(ProcessId::kNone));
    if (thread == main_threads_.end()) {
      left_.left_out += values.size();  // a counter has to name a thread of the file
      return;
    }
    std::stable_sort(values.begin(), values.end(),
                     [](const Value& a, const Value& b) { return a.time < b.time; });
    out_.put(is_first_ ? "\n" : ",\n");
    is_first_ = false;
    // The category that is drawn as an amount, not as a rate.
    const std::string_view category =
        unit.find("bytes") == 0 && unit != "bytes/s" ? "Memory" : "Other";
    out_.put(
        fmt::format("{{\"name\":{},\"category\":\"{}\",\"description\":{},\"pid\":\"{}\","
                    "\"mainThreadIndex\":{},\"samples\":{{\"time\":[",
                    json_text(name), category, json_text(unit), ids_.pid(thread->second.process),
                    thread->second.number));
    std::string text;
    for (size_t i = 0; i < values.size(); ++i) {
      text.clear();
      if (i > 0) text += ',';
      append_milliseconds(text, raw(values[i].time) - raw(zero_));
      out_.put(text);
    }
    out_.put("],\"count\":[");
    double before = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_.put(',');
      // Two of the greatest numbers differ by more than there is.
      const double more = values[i].value - before;
      out_.put_real(std::isfinite(more) ? more : 0);
      before = values[i].value;
    }
    out_.put("],\"length\":");
    out_.put_unsigned(values.size());
    out_.put("}}");
  }

 private:
  const ExportOptions& options_;
  const MainThreads& main_threads_;
  TimeNs zero_;
  Left& left_;
  Output& out_;
  Identities ids_;
  bool is_first_ = true;
};

void write_plots(const profile::Profile& p, const ExportOptions& options, Counters& counters) {
  const profile::Instrumentation& all = p.instrumentation();
  std::map<std::pair<ProcessId, SiteId>, std::vector<Value>> plots;
  for (const profile::PlotValue& value : all.plots) {
    if (!options.takes(value.thread)) continue;
    const ProcessId process = p.threads()[raw(value.thread)].process;
    counters.take(plots[{process, value.site}], value.time, value.value);
  }
  for (auto& [key, values] : plots) {
    const profile::Site& site = all.sites[raw(key.second)];
    counters.write(key.first, p.string(site.name), p.string(site.unit), std::move(values));
  }
  const ProcessId owner =
      all.plots.empty() ? ProcessId::kNone : p.threads()[raw(all.plots.front().thread)].process;
  for (const DerivedPlot& plot : options.derived) {
    std::vector<Value> values;
    for (size_t i = 0; i < plot.time.size(); ++i) {
      counters.take(values, plot.time[i], plot.value[i]);
    }
    counters.write(owner, plot.name, plot.unit, std::move(values));
  }
}

}  // namespace

void write_counters(const profile::Profile& p, const ExportOptions& options,
                    const MainThreads& main_threads, TimeNs zero, Left& left, Output& out) {
  Counters counters(p, options, main_threads, zero, left, out);
  write_plots(p, options, counters);
  for (uint32_t i = 1; i < p.tracks().size(); ++i) {
    const profile::Track& track = p.tracks()[i];
    if (track.count == 0 || track.qualifies != TrackId::kNone) continue;
    if (track.thread != ThreadId::kNone && !options.takes(track.thread)) continue;
    ProcessId process = track.process;
    if (track.thread != ThreadId::kNone) process = p.threads()[raw(track.thread)].process;
    std::vector<Value> values;
    for_each_value(p, track,
                   [&](TimeNs time, double value) { counters.take(values, time, value); });
    counters.write(process, track_name(p, track), track_unit(track), std::move(values));
  }
  for_each_pool(p, [&](const Pool& pool) {
    std::vector<Value> values;
    LiveBytes live;
    for (const uint32_t row : pool.marks) {
      const profile::Allocation& mark = p.instrumentation().allocations[row];
      live.take(mark);
      if (options.takes(mark.thread)) {
        counters.take(values, mark.time, static_cast<double>(live.bytes()));
      }
    }
    counters.write(pool.process, "pool " + std::string(pool.name), "bytes", std::move(values));
  });
}

}  // namespace hone::exchange::firefox
