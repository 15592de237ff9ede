// perf.data, as perf record writes it: into a file or a pipe, packed or not.
// Format: tools/perf/Documentation/perf.data-file-format.txt of the kernel, linux/perf_event.h.
#include <fmt/format.h>

#include <ctime>
#include <string>

#include "base/bytes.h"
#include "exchange/import.h"
#include "exchange/import_perf_data_file.h"
#include "exchange/import_perf_data_modules.h"
#include "exchange/import_perf_data_order.h"
#include "exchange/import_perf_data_samples.h"
#include "exchange/import_perf_data_tasks.h"

namespace hone::exchange {
namespace {

using perf_data::Event;
using perf_data::Features;
using perf_data::File;
using perf_data::Kind;
using perf_data::MappedFile;
using perf_data::Modules;
using perf_data::Order;
using perf_data::OrderedRecord;
using perf_data::Record;
using perf_data::Sample;
using perf_data::Samples;
using perf_data::Tasks;

// Newer kinds than the header that this is built with.
constexpr uint32_t kAuxOutputHwId = 21;
constexpr uint16_t kBuildIdInMapping = 1 << 14;  // PERF_RECORD_MISC_MMAP_BUILD_ID
constexpr uint16_t kDataMapping = 1 << 13;       // PERF_RECORD_MISC_MMAP_DATA
constexpr uint16_t kForkOfRunning = 1 << 13;     // PERF_RECORD_MISC_FORK_EXEC
constexpr uint16_t kLostSamplesBpf = 1 << 15;    // PERF_RECORD_MISC_LOST_SAMPLES_BPF
constexpr uint32_t kExecutable = 4;              // PROT_EXEC
constexpr size_t kBuildIdBytes = 20;
constexpr int64_t kNsOfSecond = 1'000'000'000;

class PerfData {
 public:
  PerfData(Input& in, Intake& to)
      : to_(to), file_(in, to), tasks_(to), modules_(to, file_.features()) {}

  Result<void> read() {
    HONE_TRY(file_.open());
    const auto give = [this](const Order::Ready& ready) { take(ready); };
    HONE_TRY(file_.read([&](const Record& record) -> Result<void> {
      add(record, give);
      return {};
    }));
    order_.finish(give);
    finish();
    return {};
  }

 private:
  void damaged() {
    to_.left("records_damaged", "event records that make no sense were skipped", 1,
             recording::kDataLoss);
  }

  void add(const Record& record, Order::Take give) {
    if (Kind{record.kind} == Kind::kFinishedRound) return order_.round(give);
    if (record.kind >= static_cast<uint32_t>(Kind::kFirstOfPerf)) return note_perf_record(record);
    if (file_.events().empty()) return damaged();
    if (!prepared_) prepare();
    if (record.kind == PERF_RECORD_SAMPLE) return add_sample(record, give);
    OrderedRecord other{.record = record};
    const uint32_t event = file_.event_of_other(record.body);
    other.event = event == File::kNoEvent ? 0 : event;
    const perf_event_attr& attr = file_.events()[other.event].attr;
    if (!perf_data::read_trailer(attr, record.body, other.trailer)) return damaged();
    // What is behind is no part of names.
    other.record.body = record.body.first(record.body.size() - perf_data::trailer_bytes(attr));
    order_.add(other, give);
  }

  // Once the first record of the kernel comes: in a pipe what says of events stands before it.
  void prepare() {
    prepared_ = true;
    for (const Event& event : file_.events()) {
      if (event.attr.context_switch != 0) tasks_.tells_switches();
    }
    samples_ = std::make_unique<Samples>(to_, file_, tasks_, modules_);
  }

  void add_sample(const Record& record, Order::Take give) {
    Sample sample{.misc = record.misc};
    const uint32_t event = file_.event_of_sample(record.body);
    if (event == File::kNoEvent) {
      to_.left("perf_data.samples_of_no_event", "samples are of no event that the file has", 1,
               recording::kDataLoss);
      return;
    }
    sample.event = event;
    if (!perf_data::read_sample(file_.events()[event].attr, record.body, sample)) return damaged();
    order_.add(sample, give);
  }

  // What perf writes beside the kernel's records, and is not of use here: which ids and CPUs there
  // were, counts of perf stat.
  void note_perf_record(const Record& record) {
    if (record.kind > static_cast<uint32_t>(Kind::kLastKnown)) unknown();
    if (Kind{record.kind} == Kind::kAuxtraceError) {
      to_.left("perf_data.trace_errors", "errors of a trace of instructions", 1,
               recording::kDataLoss);
    }
  }

  void unknown() {
    to_.left("perf_data.unknown_records", "records of kinds that are not known are skipped");
  }

  void take(const Order::Ready& ready) {
    if (ready.sample != nullptr) return samples_->take(*ready.sample);
    const OrderedRecord& other = *ready.other;
    base::ByteReader in(other.record.body.data(), other.record.body.size());
    switch (other.record.kind) {
      case PERF_RECORD_MMAP:
      case PERF_RECORD_MMAP2:
        return map(other.record, in);
      case PERF_RECORD_COMM:
      case PERF_RECORD_FORK:
      case PERF_RECORD_EXIT:
        return task(other, in);
      case PERF_RECORD_LOST:
      case PERF_RECORD_LOST_SAMPLES:
        return lost(other.record, in);
      case PERF_RECORD_SWITCH:
      case PERF_RECORD_SWITCH_CPU_WIDE:
        return tasks_.switched(other.trailer.pid, other.trailer.tid,
                               (other.record.misc & PERF_RECORD_MISC_SWITCH_OUT) != 0,
                               (other.record.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT) != 0,
                               other.trailer.time);
      default:
        return note(other.record.kind);
    }
  }

  void note(uint32_t kind) {
    switch (kind) {
      case PERF_RECORD_THROTTLE:
        to_.left(
            "sampling_paused",
            "times the kernel paused the sampler of a CPU until its next tick: the rate is over "
            "kernel.perf_event_max_sample_rate",
            1, recording::kDataLoss);
        break;
      case PERF_RECORD_UNTHROTTLE:
      case PERF_RECORD_READ:
      case PERF_RECORD_NAMESPACES:
      case PERF_RECORD_CGROUP:
      case PERF_RECORD_ITRACE_START:
      case kAuxOutputHwId:
      case PERF_RECORD_AUX:
        break;
      case PERF_RECORD_KSYMBOL:
      case PERF_RECORD_BPF_EVENT:
        to_.left("perf_data.bpf", "records of BPF programs are skipped: their code has no names", 1,
                 recording::kInfo);
        break;
      case PERF_RECORD_TEXT_POKE:
        to_.left("perf_data.text_pokes", "records of changes in the kernel's code are skipped", 1,
                 recording::kInfo);
        break;
      case static_cast<uint32_t>(Kind::kCallchainDeferred):
        to_.left("perf_data.deferred_stacks",
                 "user sides of stacks that came later than their samples are skipped", 1,
                 recording::kDataLoss);
        break;
      default:
        unknown();
        break;
    }
  }

  void lost(const Record& record, base::ByteReader& in) {
    if (record.kind == PERF_RECORD_LOST) in.u64();
    const uint64_t count = in.u64();
    if (!in.ok()) return damaged();
    if (record.kind == PERF_RECORD_LOST) {
      lost_records_ += count;
    } else if ((record.misc & kLostSamplesBpf) != 0) {
      to_.left("perf_data.filtered", "samples that a filter of perf record left out", count,
               recording::kInfo);
    } else {
      lost_samples_ += count;
    }
  }

  void task(const OrderedRecord& other, base::ByteReader& in) {
    const int32_t pid = in.i32();
    if (other.record.kind == PERF_RECORD_COMM) {
      const int32_t tid = in.i32();
      const char* name = in.c_string();
      if (name == nullptr) return damaged();
      const bool exec = (other.record.misc & PERF_RECORD_MISC_COMM_EXEC) != 0;
      return tasks_.name(pid, tid, name, exec, other.trailer.time);
    }
    const int32_t parent = in.i32(), tid = in.i32();
    in.u32();
    const uint64_t own_time = in.u64();
    if (!in.ok()) return damaged();
    const uint64_t time = other.trailer.time != 0 ? other.trailer.time : own_time;
    if (other.record.kind == PERF_RECORD_FORK) {
      const bool is_told_later = (other.record.misc & kForkOfRunning) != 0;
      return tasks_.fork(pid, tid, parent, time, !is_told_later);
    }
    tasks_.exit(pid, tid, time);
  }

  void map(const Record& record, base::ByteReader& in) {
    MappedFile file{.pid = in.i32()};
    in.i32();
    const uint64_t begin = in.u64(), bytes = in.u64(), offset = in.u64();
    bool is_code = (record.misc & kDataMapping) == 0;
    if (record.kind == PERF_RECORD_MMAP2) {
      if ((record.misc & kBuildIdInMapping) != 0) {
        const size_t size = std::min<size_t>(in.u8(), kBuildIdBytes);
        in.skip(3);
        if (const uint8_t* id = in.take(kBuildIdBytes)) file.build_id.assign(id, id + size);
      } else {
        const uint64_t major = in.u32(), minor = in.u32();
        file.identity = {.device = major << 32 | minor};
        file.identity.inode = in.u64();
        file.identity.generation = in.u64();
      }
      is_code = (in.u32() & kExecutable) != 0;
      in.u32();  // flags
    }
    const char* path = in.c_string();
    if (path == nullptr) return damaged();
    file.path = path;
    const bool is_kernel = (record.misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_KERNEL;
    if (is_kernel || file.pid == -1) {
      // The symbol behind the name is where the kernel was found to lie; `offset` its address.
      if (file.path.starts_with("[kernel.kallsyms]_")) {
        modules_.kernel_begins_at(offset, std::move(file.build_id));
      }
      return;
    }
    if (!is_code) return;
    tasks_.map(file.pid, begin, bytes, offset, modules_.of(file));
  }

  void finish() {
    // The kernel tells of one loss in both ways where perf asks for both (PERF_FORMAT_LOST).
    to_.left("samples_lost",
             "samples were lost: perf's event buffer was full; a lower -F or a larger -m avoids it",
             std::max(lost_records_, lost_samples_), recording::kDataLoss);
    tasks_.finish();
    if (samples_) samples_->finish();
    if (tasks_.switches() > 0) {
      to_.fact("waits.tier", "switches without causes");
      to_.fact("waits.switches", fmt::format("{}", tasks_.switches()));
    }
    to_.left("perf_data.late_records",
             "records came later than others of a later time had been taken: what they say of "
             "mappings and names counts from there on",
             order_.late());
    write_facts(file_.features(), to_);
    write_clock();
    modules_.finish(samples_ ? samples_->self_ns_by_frame() : std::span<const int64_t>());
  }

  void write_clock() {
    const Features& features = file_.features();
    bool is_monotonic = false;
    if (!file_.events().empty()) {
      const perf_event_attr& attr = file_.events().front().attr;
      is_monotonic = attr.use_clockid != 0 && attr.clockid == CLOCK_MONOTONIC;
      to_.fact("import.clock", is_monotonic            ? "CLOCK_MONOTONIC"
                               : attr.use_clockid != 0 ? fmt::format("clock {}", int{attr.clockid})
                                                       : "the kernel's own (perf record -k)");
    }
    if (!features.has_clock_data || features.clock_ns > INT64_MAX || features.wall_ns > INT64_MAX) {
      return;
    }
    if (is_monotonic && features.clock == CLOCK_MONOTONIC) {
      to_.builder().append(
          recording::ClockRow{.clock = 1,
                              .monotonic = TimeNs{static_cast<int64_t>(features.clock_ns)},
                              .value = features.wall_ns});
    }
    // The two readings are of the moment when recording began.
    const auto seconds = static_cast<std::time_t>(features.wall_ns / kNsOfSecond);
    std::tm parts{};
    char text[32];
    if (::gmtime_r(&seconds, &parts) != nullptr &&
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0) {
      to_.fact("run.started_utc", text);
    }
  }

  Intake& to_;
  File file_;
  Order order_;
  uint64_t lost_records_ = 0, lost_samples_ = 0;
  Tasks tasks_;
  Modules modules_;
  std::unique_ptr<Samples> samples_;
  bool prepared_ = false;
};

}  // namespace

bool fits_perf_data(std::string_view head) {
  return head.starts_with("PERFILE2") || head.starts_with("2ELIFREP");
}

Result<void> import_perf_data(Input& in, Intake& to) {
  return PerfData(in, to).read();
}

}  // namespace hone::exchange
