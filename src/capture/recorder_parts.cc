// The parts of a recording: files that follow each other, snapshots, and how things stand.
#include <fmt/format.h>
#include <unistd.h>

#include "capture/jit.h"
#include "capture/jit_dumps.h"
#include "capture/python.h"
#include "capture/recorder_run.h"

namespace hone::capture {
namespace {

void write_facts(recording::Builder& builder, const Facts& facts) {
  for (const auto& [key, value] : facts)
    builder.append(recording::MetaRow{.key = key, .value = value});
}

void write_clock_pair(recording::Builder& builder) {
  builder.append(recording::ClockRow{.clock = 1,
                                     .monotonic = base::monotonic_now(),
                                     .value = static_cast<uint64_t>(base::now_ns(CLOCK_REALTIME))});
}

std::vector<SymbolInput> symbol_inputs(stacks::ModuleStore& store, Collector& collector,
                                       int64_t started_at) {
  std::vector<SymbolInput> inputs;
  for (stacks::Module& module : store.modules()) {
    if (module.id == ModuleId::kNone) continue;
    if (module.kind == stacks::ModuleKind::kAnonymous && module.pid != 0 && !module.fd) {
      module.fd = open_perf_map(module.pid, started_at);
    }
    SymbolInput& input = inputs.emplace_back();
    input.module = module.id;
    input.kind = static_cast<uint8_t>(module.kind);
    input.source.path = module.path;
    input.source.fd = module.fd.get();
    input.source.image = module.image;
    input.source.build_id = module.build_id;
    input.script = collector.python().scripts().functions_of(module);
    input.jit = collector.jit_dumps().of(module);
  }
  return inputs;
}

// Of a file that is not the last one.
Facts facts_of_file(const Run& run, TimeNs start, TimeNs end, int64_t recorder_cpu_ns) {
  Facts facts = run.gathered->wait();
  facts.emplace_back("run.wall_ns", fmt::format("{}", raw(end - start)));
  facts.emplace_back("cost.recorder_cpu_ns", fmt::format("{}", recorder_cpu_ns));
  facts.emplace_back("samples.lost", fmt::format("{}", run.collector.counts().lost));
  return facts;
}

// What has happened until shortly ago ends a part; all that runs goes on in the next one.
TimeNs next_part(Run& run) {
  const TimeNs boundary = run.source.drain_whole();
  run.spans.drain(boundary);
  run.probes.drain(boundary, run.is_marked());
  run.spans.flush();
  run.clocks.account(run.collector);
  run.counters.end_part(run.collector);
  run.collector.end_part(boundary);
  run.region.write(run.builder(), run.part_start, boundary);
  PartEnd end = part_end(run, run.part_start, boundary, {});
  if (run.options.files.rotates()) {
    end.facts = facts_of_file(run, run.part_start, boundary, end.recorder_cpu_ns);
  }
  run.file_state = run.files.next_part(std::move(end), boundary);
  if (!run.file_state) return boundary;
  run.collector.begin_part();
  run.spans.begin_part(run.builder());
  run.probes.begin_part(run.builder());
  run.counters.begin_part(boundary, run.collector);
  run.clocks.restart(run.collector);
  run.part_start = boundary;
  run.parted = true;
  write_start(run);
  return boundary;
}

// The last of a flight recorder's time into a file of its own, or rotation right now.
void step_snapshot(Run& run) {
  if (run.snapshotting) {
    if (auto done = run.files.take_snapshot()) {
      run.snapshotting = false;
      run.steering.snapshot_done(*done);
    }
  }
  // Where all is kept in one file there is nothing to save.
  if (run.spans.save_wanted() && !run.options.files.one_file()) run.steering.want_snapshot();
  if (!run.steering.snapshot_wanted() || run.snapshotting || run.files.busy()) return;
  if (run.options.files.one_file()) {
    return run.steering.snapshot_done(fail(
        Code::Unsupported, "this recording keeps everything in one file: see --last, --rotate"));
  }
  const std::string path = run.files.path();
  const TimeNs end = next_part(run);
  if (!run.file_state) return run.steering.snapshot_done(tl::unexpected(run.file_state.error()));
  if (run.options.files.last_ns == 0) return run.steering.snapshot_done(path);
  const TimeNs start = run.files.held_since(run.start, end);
  const Facts facts = facts_of_file(run, start, end, run.files.held_recorder_cpu_ns());
  auto begun = run.files.begin_snapshot(part_end(run, start, end, facts));
  if (!begun) return run.steering.snapshot_done(tl::unexpected(std::move(begun.error())));
  run.snapshotting = true;
}

const char* state_text(const Run& run) {
  if (run.steering.finish_wanted()) return "finishing";
  return run.region.paused() ? "paused" : "recording";
}

}  // namespace

void write_start(Run& run) {
  write_facts(run.builder(), run.start_facts);
  if (run.parted) {
    write_facts(run.builder(), {{"run.part", fmt::format("{}", run.files.file_count())}});
  }
  write_clock_pair(run.builder());
}

std::string status_text(const Run& run) {
  const TimeNs now = base::monotonic_now();
  const RecordProgress state = run.state(RecordProgress::Stage::kRecording);
  const OutputOptions& files = run.files.options();
  const char* mode = files.last_ns > 0 ? "last" : files.rotates() ? "rotate" : "whole";
  return fmt::format(
      R"("state":"{}","pid":{},"program_pid":{},"program":{},"output":{},"mode":"{}",)"
      R"("elapsed_ns":{},"recorded_ns":{},"pauses":{},"samples":{},"lost":{},"bytes":{})",
      state_text(run), ::getpid(), run.child ? run.child->pid() : 0, json_text(run.name),
      json_text(run.files.path()), mode, raw(now - run.start),
      raw(run.region.recorded(run.start, now)), run.region.pause_count(), state.samples, state.lost,
      state.bytes);
}

PartEnd part_end(Run& run, TimeNs start, TimeNs end, const Facts& facts) {
  const int64_t cpu_ns = raw(base::process_cpu_time());
  PartEnd out{.start = start,
              .end = end,
              .facts = facts,
              .inputs = symbol_inputs(run.modules, run.collector, run.started_at),
              .self_ns_by_frame = {run.collector.self_ns_by_frame().begin(),
                                   run.collector.self_ns_by_frame().end()},
              .recorder_cpu_ns = cpu_ns - run.part_cpu_before_ns};
  run.part_cpu_before_ns = cpu_ns;
  return out;
}

bool step_files(Run& run, TimeNs now) {
  if (run.steering.finish_wanted()) {
    run.ended_by = "ctl";
    return false;
  }
  step_snapshot(run);
  switch (run.files.due(now)) {
    case OutputFiles::Due::kNothing:
      return true;
    case OutputFiles::Due::kNextPart:
      next_part(run);
      return bool{run.file_state};
    case OutputFiles::Due::kEnd:
      run.ended_by = "max-size";
      return false;
  }
  return true;
}

}  // namespace hone::capture
