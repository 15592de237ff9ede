// Tables as CSV (RFC 4180), one table a file. The first row names the columns; times are whole
// nanoseconds since the start of the recording.
#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "exchange/arguments.h"
#include "exchange/call_nodes.h"
#include "exchange/csv_parts.h"
#include "exchange/export.h"
#include "exchange/span_order.h"
#include "exchange/stands_for.h"
#include "exchange/tracks.h"

namespace hone::exchange {
namespace {

using csv::Csv;
using profile::Profile;

struct SpanFields {
  ThreadId thread{};
  TimeNs start{};
  int64_t duration_ns = 0;
  SiteId site{};
  int64_t depth = -1;
  std::string_view kind;
  uint32_t stands_for = 1;
};

void put_span(Csv& csv, Arguments& arguments, const SpanFields& span) {
  const profile::Site& site = csv.site(span.site);
  csv.put_thread(span.thread)
      .text(csv.p.string(site.name))
      .text(csv.p.string(site.category))
      .number(csv.since_start(span.start))
      .number(span.duration_ns);
  if (span.depth < 0) {
    csv.row.empty();
  } else {
    csv.row.number(span.depth);
  }
  csv.row.text(span.kind).text(csv.p.string(site.file)).number(site.line);
  csv.put_arguments(arguments.take(span.thread, span.site, span.start,
                                   2 * kJitterNs + span.duration_ns / 1024))
      .number(span.stands_for)
      .end();
}

void write_spans(Csv& csv) {
  csv.out.put(
      "pid,tid,thread,name,category,start_ns,duration_ns,depth,kind,file,line,arguments,stands_"
      "for\r\n");
  const profile::Instrumentation& all = csv.p.instrumentation();
  profile::SpanReader spans(all.spans);
  Arguments arguments(csv.p);
  const StandsFor stands_for(csv.p);
  for (const profile::Spans::OfThread& part : spans.threads()) {
    if (!csv.options.takes(part.thread)) continue;
    const auto put = [&](size_t i, int64_t depth, std::string_view kind) {
      if (!csv.options.takes(spans.end(i))) return;
      put_span(csv, arguments,
               {part.thread, spans.start(i), spans.duration_ns(i), spans.site(i), depth, kind,
                stands_for.of(part.thread, spans.site(i), spans.start(i))});
    };
    for_each_span(
        spans, part, [&](const NestedSpan& span) { put(span.index, span.depth, "nested"); },
        [&](size_t i) {
          ++csv.left.not_nested;
          put(i, -1, "stray");
        });
  }
  for (const profile::LooseSpan& span : all.loose) {
    if (!csv.options.takes(span.thread, span.end)) continue;
    put_span(csv, arguments,
             {span.thread, span.start, raw(span.end - span.start), span.site, -1,
              span.open ? "open" : "stray"});
  }
}

void write_frames(Csv& csv) {
  csv.out.put("pid,frames,number,start_ns,duration_ns\r\n");
  std::map<std::pair<ProcessId, StringId>, std::vector<profile::FrameMark>> sets;
  for (const profile::FrameMark& mark : csv.p.instrumentation().frames) {
    if (!csv.options.takes(mark.thread)) continue;
    sets[{csv.p.threads()[raw(mark.thread)].process, csv.site(mark.site).name}].push_back(mark);
  }
  for (auto& [key, marks] : sets) {
    std::stable_sort(marks.begin(), marks.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    TimeNs begin{};
    bool begun = false;
    int64_t number = 0;
    for (const profile::FrameMark& mark : marks) {
      if (mark.kind != 2 && begun && ++number > 0 && csv.options.takes(mark.time)) {
        csv.row.number(csv.ids.pid(key.first))
            .text(csv.p.string(key.second))
            .number(number)
            .number(csv.since_start(begin))
            .number(raw(mark.time - begin))
            .end();
      }
      begun = mark.kind != 3;
      begin = mark.time;
    }
  }
}

void write_plots(Csv& csv) {
  csv.out.put("pid,tid,thread,name,unit,time_ns,value,expression\r\n");
  for (const profile::PlotValue& plot : csv.p.instrumentation().plots) {
    if (!csv.options.takes(plot.thread, plot.time)) continue;
    csv.put_thread(plot.thread)
        .text(csv.p.string(csv.site(plot.site).name))
        .text(csv.p.string(csv.site(plot.site).unit))
        .number(csv.since_start(plot.time))
        .real(plot.value)
        .empty()
        .end();
  }
  for (const DerivedPlot& plot : csv.options.derived) {
    for (size_t i = 0; i < plot.time.size(); ++i) {
      if (!csv.options.takes(plot.time[i])) continue;
      csv.row.empty().empty().empty().text(plot.name).text(plot.unit);
      csv.row.number(csv.since_start(plot.time[i])).real(plot.value[i]).text(plot.expression).end();
    }
  }
}

void write_messages(Csv& csv) {
  csv.out.put("pid,tid,thread,time_ns,level,text,arguments\r\n");
  static constexpr std::array<std::string_view, 6> kLevels = {"",     "error", "warn",
                                                              "info", "debug", "trace"};
  Arguments arguments(csv.p);
  for (const profile::Message& message : csv.p.instrumentation().messages) {
    if (!csv.options.takes(message.thread, message.time)) continue;
    const profile::Site& site = csv.site(message.site);
    csv.put_thread(message.thread)
        .number(csv.since_start(message.time))
        .text(site.level < kLevels.size() ? kLevels[site.level] : "")
        .text(csv.p.string(site.name));
    csv.put_arguments(arguments.take(message.thread, message.site, message.time, 0)).end();
  }
}

void write_flows(Csv& csv) {
  csv.out.put("pid,tid,thread,time_ns,name,id,kind\r\n");
  static constexpr std::array<std::string_view, 5> kKinds = {"", "span begin", "span end",
                                                             "flow begin", "flow end"};
  for (const profile::Flow& flow : csv.p.instrumentation().flows) {
    if (!csv.options.takes(flow.thread, flow.time)) continue;
    csv.put_thread(flow.thread)
        .number(csv.since_start(flow.time))
        .text(csv.p.string(csv.site(flow.site).name))
        .hex(flow.id)
        .text(kKinds[flow.kind])
        .end();
  }
}

// Stacks as folded ones are: from the outermost function on.
std::string stack_text(const Profile& p, CallNodes& nodes, StackId stack) {
  std::vector<uint32_t> path;
  for (uint32_t node = nodes.node_of(stack); node != CallNodes::kRoot; node = nodes.parent(node)) {
    path.push_back(node);
  }
  std::string out;
  for (; !path.empty(); path.pop_back()) {
    if (!out.empty()) out += ';';
    append_folded(out, p.string(p.functions()[raw(nodes.function(path.back()))].name));
  }
  return out;
}

void write_samples(Csv& csv) {
  csv.out.put("pid,tid,thread,time_ns,cpu_ns,cpu,stack\r\n");
  const profile::Samples& samples = csv.p.samples();
  CallNodes nodes(csv.p);
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!csv.options.takes(samples.thread[i], samples.time[i])) continue;
    csv.put_thread(samples.thread[i])
        .number(csv.since_start(samples.time[i]))
        .number(samples.weight_ns[i]);
    if (samples.cpu[i] == recording::kNoCpu) {
      csv.row.empty();
    } else {
      csv.row.number(samples.cpu[i]);
    }
    csv.row.text(stack_text(csv.p, nodes, samples.stack[i])).end();
  }
}

void write_waits(Csv& csv) {
  csv.out.put("pid,tid,thread,start_ns,end_ns,duration_ns,count,runnable_ns,place,stack\r\n");
  CallNodes nodes(csv.p);
  for (const profile::Wait& wait : csv.p.waits()) {
    if (!csv.options.takes(wait.thread, wait.until)) continue;
    csv.put_thread(wait.thread)
        .number(csv.since_start(wait.time))
        .number(csv.since_start(wait.until))
        .number(wait.duration_ns)
        .number(wait.count);
    if (wait.runnable_ns < 0) {
      csv.row.empty();
    } else {
      csv.row.number(wait.runnable_ns);
    }
    csv.row.text(csv.p.string(wait.place)).text(stack_text(csv.p, nodes, wait.stack)).end();
  }
}

void write_counters(Csv& csv) {
  csv.out.put("pid,name,unit,time_ns,value\r\n");
  for (uint32_t i = 1; i < csv.p.tracks().size(); ++i) {
    const profile::Track& track = csv.p.tracks()[i];
    if (track.thread != ThreadId::kNone && !csv.options.takes(track.thread)) continue;
    const std::string name = track_name(csv.p, track);
    const std::string_view unit = track_unit(track);
    for_each_value(csv.p, track, [&](TimeNs time, double value) {
      if (!csv.options.takes(time)) return;
      if (track.process == ProcessId::kNone) {
        csv.row.empty();
      } else {
        csv.row.number(csv.ids.pid(track.process));
      }
      csv.row.text(name).text(unit).number(csv.since_start(time)).real(value).end();
    });
  }
}

void write_threads(Csv& csv) {
  csv.out.put("pid,tid,thread,process,start_ns,end_ns,cpu_ns\r\n");
  for (uint32_t i = 1; i < csv.p.threads().size(); ++i) {
    if (!csv.options.takes(ThreadId{i})) continue;
    const profile::Thread& thread = csv.p.threads()[i];
    csv.put_thread(ThreadId{i})
        .text(csv.p.string(csv.p.processes()[raw(thread.process)].name))
        .number(csv.since_start(thread.start))
        .number(csv.since_start(thread.end));
    if (thread.cpu_ns < 0) {
      csv.row.empty();
    } else {
      csv.row.number(thread.cpu_ns);
    }
    csv.row.end();
  }
}

struct TableWriter {
  CsvTable table;
  void (*write)(Csv&);
};
constexpr std::array kTables = {
    TableWriter{{"spans", "spans, with their arguments as JSON"}, &write_spans},
    TableWriter{{"frames", "frames, by set"}, &write_frames},
    TableWriter{{"plots", "values that programs plot, and derived ones"}, &write_plots},
    TableWriter{{"messages", "messages, with their arguments"}, &write_messages},
    TableWriter{{"flows", "both ends of asynchronous spans and flows"}, &write_flows},
    TableWriter{{"gpu", "spans of GPU queues"}, &csv::write_gpu},
    TableWriter{{"locks", "locks that were held, and waited for"}, &csv::write_locks},
    TableWriter{{"pools", "what is taken from pools of memory, and given back"}, &csv::write_pools},
    TableWriter{{"samples", "samples, with folded stacks"}, &write_samples},
    TableWriter{{"waits", "time in which threads did not run"}, &write_waits},
    TableWriter{{"counters", "what the system counted"}, &write_counters},
    TableWriter{{"threads", "threads and their processes"}, &write_threads},
};

}  // namespace

std::span<const CsvTable> csv_tables() {
  static const std::array tables = [] {
    std::array<CsvTable, kTables.size()> out;
    for (size_t i = 0; i < kTables.size(); ++i) out[i] = kTables[i].table;
    return out;
  }();
  return tables;
}

uint64_t csv_row_count(const Profile& profile, const ExportOptions& options,
                       std::string_view table) {
  const profile::Instrumentation& all = profile.instrumentation();
  if (table == "spans") return all.spans.size() + all.loose.size();
  if (table == "frames") return all.frames.size();
  if (table == "plots") return all.plots.size() + options.derived.size();
  if (table == "messages") return all.messages.size();
  if (table == "flows") return all.flows.size();
  if (table == "gpu") return all.gpu_spans.size();
  if (table == "locks") return all.locks.size();
  if (table == "pools") return all.allocations.size();
  if (table == "samples") return profile.samples().size();
  if (table == "waits") return profile.waits().size();
  if (table == "counters") return profile.track_values().time.size();
  if (table == "threads") return profile.threads().size() - 1;
  return 0;
}

Result<Left> export_csv(const Profile& profile, const ExportOptions& options, Output& out) {
  for (const TableWriter& each : kTables) {
    if (each.table.name != options.table) continue;
    Csv csv(profile, options, out);
    each.write(csv);
    HONE_TRY(out.finish());
    return csv.left;
  }
  return tl::unexpected(Error{.code = Code::InvalidArgument,
                              .message = "there is no table '" + options.table + "'",
                              .effect = "nothing was written",
                              .fixes = {"hone help export   lists the tables"},
                              .number = "E002"});
}

}  // namespace hone::exchange
