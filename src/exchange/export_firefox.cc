// Firefox Profiler's own format, in version 48 of what it calls processed profiles: old, so that
// every viewer of today brings it up to its own, and simple, since each thread holds its own
// tables.
//
// Samples have stacks of functions, with their files and modules; what a sample weighs is its CPU
// time. Whatever programs mark is a marker, plots and counters are counters, queues of GPUs are
// threads. Flows have no place in it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

#include "exchange/earliest.h"
#include "exchange/export.h"
#include "exchange/firefox_markers.h"
#include "exchange/firefox_parts.h"
#include "exchange/identities.h"
#include "exchange/sample_order.h"
#include "exchange/text.h"

namespace hone::exchange {
namespace {

using firefox::Libraries;
using firefox::MarkerSource;
using firefox::ThreadTables;
using profile::Profile;

// In the order of firefox::Category.
constexpr std::string_view kCategories =
    R"([{"name":"Other","color":"grey","subcategories":["Other"]},
{"name":"User code","color":"yellow","subcategories":["Other"]},
{"name":"Kernel","color":"orange","subcategories":["Other"]},
{"name":"Off CPU","color":"blue","subcategories":["Other"]},
{"name":"Lock","color":"red","subcategories":["Other"]},
{"name":"GPU","color":"green","subcategories":["Other"]}])";

constexpr std::string_view kSchemas =
    R"([{"name":"Span","display":["marker-chart","marker-table"],
"tableLabel":"{marker.data.arguments}"
,"data":[
{"key":"category","label":"Category","format":"string","searchable":true},
{"key":"arguments","label":"Arguments","format":"string","searchable":true},
{"key":"standsFor","label":"Stands for spans","format":"integer"},
{"key":"note","label":"Note","format":"string"}]},
{"name":"Asynchronous","display":["marker-chart","marker-table"],
"tableLabel":"{marker.data.note}"
,"data":[
{"key":"note","label":"Note","format":"string"}]},
{"name":"Message","display":["marker-chart","marker-table","timeline-overview"],
"tableLabel":"{marker.data.arguments}"
,"data":[
{"key":"arguments","label":"Arguments","format":"string","searchable":true}]},
{"name":"Frame","display":["marker-chart","marker-table"],
"tableLabel":"{marker.data.number}"
,"data":[
{"key":"number","label":"Number","format":"integer"}]},
{"name":"Wait","display":["marker-chart","marker-table"],
"tableLabel":"{marker.data.note}"
,"data":[
{"key":"note","label":"Note","format":"string"},
{"key":"stackText","label":"Stack","format":"string","searchable":true}]},
{"name":"Lock","display":["marker-chart","marker-table"],
"tableLabel":"{marker.data.note}"
,"data":[
{"key":"lock","label":"Address","format":"string"},
{"key":"note","label":"Note","format":"string"}]},
{"name":"GPU","display":["marker-chart","marker-table"],
"tableLabel":"{marker.data.note}"
,"data":[
{"key":"note","label":"Note","format":"string"}]}])";

double number_of(std::string_view fact) {
  double out = 0;
  std::from_chars(fact.data(), fact.data() + fact.size(), out);
  return out;
}

// Milliseconds of the calendar; 0 where it is not known. The recording says it in seconds.
int64_t started_ms(const Profile& p) {
  std::tm parts{};
  const std::string text(p.meta("run.started_utc"));
  if (::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) == nullptr) return 0;
  return int64_t{::timegm(&parts)} * 1000;
}

void write_meta(const Profile& p, const ExportOptions& options, Output& out) {
  const double hz = number_of(p.meta("sampler.frequency_hz"));
  const std::string_view command = p.meta("run.command");
  out.put("{\"meta\":{\"version\":24,\"preprocessedProfileVersion\":48,\"processType\":0,");
  out.put("\"interval\":");
  out.put_real(hz > 0 ? 1000 / hz : 1);
  out.put(",\"startTime\":");
  out.put_signed(started_ms(p));
  out.put(",\"product\":");
  out.put(json_text(command.empty() ? "a recording of Hone" : command));
  out.put(",\"importedFrom\":");
  out.put(json_text("Hone " + options.version));
  out.put(",\"oscpu\":");
  out.put(json_text(p.meta("host.cpu_model")));
  out.put(",\"platform\":");
  out.put(json_text(p.meta("host.os")));
  out.put(
      ",\"stackwalk\":1,\"debug\":false,\"toolkit\":\"\",\"misc\":\"\",\"symbolicated\":true,"
      "\"usesOnlyOneStackType\":true,\"doesNotUseFrameImplementation\":true,"
      "\"sourceCodeIsNotOnSearchfox\":true,"
      "\"extensions\":{\"id\":[],\"name\":[],\"baseURL\":[],\"length\":0},\n\"categories\":");
  out.put(kCategories);
  out.put(",\n\"markerSchema\":");
  out.put(kSchemas);
  out.put("},\n\"pages\":[],\n\"threads\":[");
}

class Threads {
 public:
  Threads(const Profile& p, const ExportOptions& options, Left& left, Output& out)
      : p_(p),
        options_(options),
        out_(out),
        zero_(earliest_of(p, options)),
        nodes_(p),
        libraries_(p),
        markers_(p, options, left),
        samples_(p, options),
        ids_(p) {}

  void write() {
    for (uint32_t i = 0; i < p_.threads().size() && !out_.failed(); ++i) write(ThreadId{i});
    for (uint32_t i = 0; i < p_.instrumentation().gpu_queues.size(); ++i) write(GpuQueueId{i});
  }
  const Libraries& libraries() const { return libraries_; }
  const firefox::MainThreads& main_threads() const { return main_threads_; }
  TimeNs zero() const { return zero_; }

 private:
  void write(ThreadId id) {
    if (!options_.takes(id)) return;
    if (samples_.of(id).empty() && !markers_.has_some(id)) return;
    const profile::Thread& thread = p_.threads()[raw(id)];
    const profile::Samples& samples = p_.samples();
    ThreadTables tables(p_, nodes_, libraries_, zero_);
    for (const uint32_t i : samples_.of(id)) {
      tables.add_sample(samples.time[i], samples.stack[i],
                        std::max<int64_t>(samples.weight_ns[i], 0));
    }
    markers_.add_to(tables, id);
    begin(thread.process);
    tables.write({.name = p_.string(thread.name),
                  .process_name = p_.string(p_.processes()[raw(thread.process)].name),
                  .pid = ids_.pid(thread.process),
                  .tid = ids_.tid(id),
                  .start = thread.start,
                  .end = thread.end},
                 out_);
  }

  void write(GpuQueueId id) {
    if (!markers_.has_some(id)) return;
    const profile::GpuQueue& queue = p_.instrumentation().gpu_queues[raw(id)];
    ThreadTables tables(p_, nodes_, libraries_, zero_);
    markers_.add_to(tables, id);
    const std::string name =
        "GPU: " + (raw(id) == 0 ? "a queue not told of" : std::string(p_.string(queue.name)));
    begin(queue.process);
    tables.write({.name = name,
                  .process_name = p_.string(p_.processes()[raw(queue.process)].name),
                  .pid = ids_.pid(queue.process),
                  .tid = ids_.next()},
                 out_);
  }

  void begin(ProcessId process) {
    out_.put(count_ > 0 ? ",\n" : "\n");
    main_threads_.try_emplace(raw(process), firefox::MainThread{count_, process});
    main_threads_.try_emplace(raw(ProcessId::kNone), firefox::MainThread{count_, process});
    ++count_;
  }

  const Profile& p_;
  const ExportOptions& options_;
  Output& out_;
  TimeNs zero_;
  CallNodes nodes_;
  Libraries libraries_;
  MarkerSource markers_;
  SamplesByThread samples_;
  Identities ids_;
  firefox::MainThreads main_threads_;
  uint32_t count_ = 0;
};

}  // namespace

Result<Left> export_firefox(const Profile& profile, const ExportOptions& options, Output& out) {
  Left left;
  write_meta(profile, options, out);
  Threads threads(profile, options, left, out);
  threads.write();
  out.put("\n],\n\"libs\":[");
  threads.libraries().write(out);
  out.put("\n],\n\"counters\":[");
  firefox::write_counters(profile, options, threads.main_threads(), threads.zero(), left, out);
  out.put("\n]}\n");
  HONE_TRY(out.finish());
  return left;
}

}  // namespace hone::exchange
