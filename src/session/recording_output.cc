#include "session/recording_output.h"

#include <errno.h>  // program_invocation_short_name
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/host/clock.h"
#include "base/host/file.h"
#include "drain/span_cost.h"
#include "recording/facts.h"

namespace hone::session {
namespace {

using recording::MetaRow;

std::string own_command() {
  const auto text = base::read_file("/proc/self/cmdline", 1 << 16);
  std::vector<std::string> words;
  for (size_t at = 0; text && at < text->size();) {
    const size_t end = std::min(text->find('\0', at), text->size());
    words.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return words.empty() ? std::string(program_invocation_name) : recording::command_text(words);
}

// When a thread began, by the kernel's clock ticks (proc(5), field 22 of stat); empty when it is
// gone.
std::string beginning_of(uint32_t tid) {
  const auto text = base::read_file(fmt::format("/proc/self/task/{}/stat", tid), 4096);
  if (!text) return {};
  size_t at = text->rfind(')');
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = text->find(' ', at + 1);
  return at == std::string::npos ? std::string{}
                                 : text->substr(at + 1, text->find(' ', at + 1) - at - 1);
}

}  // namespace

Result<std::unique_ptr<RecordingOutput>> RecordingOutput::create(const std::string& path,
                                                                 TimeNs start) {
  HONE_TRY_ASSIGN(recording::Writer writer, recording::Writer::create(path, {}));
  std::unique_ptr<RecordingOutput> out(new RecordingOutput(std::move(writer), start));
  out->write_start();
  HONE_TRY(out->builder_.writer().flush());
  return out;
}

RecordingOutput::RecordingOutput(recording::Writer writer, TimeNs start)
    : builder_(std::move(writer)), start_(start), cpu_before_(base::process_cpu_time()) {}

void RecordingOutput::write_start() {
  std::error_code gone;  // the folder may have been removed
  const std::string command = own_command();
  recording::Facts facts = {{"run.command", command},
                            {"run.folder", std::filesystem::current_path(gone).string()},
                            {"run.started_utc", recording::utc_now()},
                            {"run.recorded_by", "program"},
                            {"hone.version", HONE_VERSION},
                            {"sampler.name", "none"},
                            {"sampler.reason", "recorded by the program itself"}};
  const recording::Facts host = recording::host_facts();
  facts.insert(facts.end(), host.begin(), host.end());
  for (const auto& [key, value] : facts) builder_.append(MetaRow{.key = key, .value = value});
  builder_.append(
      recording::ClockRow{.clock = 1,
                          .monotonic = base::monotonic_now(),
                          .value = static_cast<uint64_t>(base::now_ns(CLOCK_REALTIME))});
  process_ = builder_.append_id<ProcessId>(
      recording::ProcessRow{.pid = static_cast<uint32_t>(::getpid()),
                            .start = start_,
                            .name = builder_.string(program_invocation_short_name),
                            .command = builder_.string(command)});
}

ThreadId RecordingOutput::thread_id(const drain::SpanThread& thread, TimeNs start) {
  Thread& known = threads_[thread.tid];
  std::string began = beginning_of(thread.tid);
  // Libraries with a libhone of their own have a ring each of the same thread.
  if (known.id != ThreadId::kNone && !began.empty() && began == known.began) return known.id;
  if (known.id != ThreadId::kNone) {
    builder_.append(
        recording::ThreadEndRow{.thread = known.id, .time = start, .cpu = DurationNs{-1}});
  }
  known.began = std::move(began);
  known.id = builder_.append_id<ThreadId>(
      recording::ThreadRow{.process = process_,
                           .tid = thread.tid,
                           .start = std::max(start, start_),
                           .name = builder_.string(kernel_name(thread.tid))});
  return known.id;
}

Result<void> RecordingOutput::flush(const Sources& sources) {
  for (const auto& source : sources) source->rows.flush();
  return builder_.writer().flush();
}

Result<void> RecordingOutput::finish(TimeNs end, const drain::SpanCounts& losses,
                                     const Sources& sources) {
  uint64_t spans = 0, marks = 0;
  for (const auto& source : sources) {
    spans += source->rows.spans();
    marks += source->rows.marks();
  }
  std::vector<ThreadId> ids;
  for (const auto& [tid, thread] : threads_) ids.push_back(thread.id);
  std::sort(ids.begin(), ids.end());
  for (const ThreadId id : ids) {
    builder_.append(recording::ThreadEndRow{.thread = id, .time = end, .cpu = DurationNs{-1}});
  }
  const DurationNs cpu{raw(base::process_cpu_time()) - raw(cpu_before_)};
  builder_.append(recording::ProcessEndRow{
      .process = process_, .time = end, .exited = 0, .status = -1, .cpu = cpu});
  builder_.append(recording::UnsampledCpuRow{.process = process_, .cpu = cpu});
  const auto number = [](uint64_t value) { return fmt::format("{}", value); };
  const recording::Facts facts = {
      {"run.wall_ns", fmt::format("{}", raw(end - start_))},
      {"cpu.total_ns", fmt::format("{}", raw(cpu))},
      {"cost.recorder_cpu_ns", fmt::format("{}", raw(base::thread_cpu_time()))},
      {"spans.programs", number(sources.size())},
      {"spans.programs_refused", "0"},
      {"spans.count", number(spans)},
      {"spans.marks", number(marks)},
      {"spans.lost", number(losses.spans_lost + losses.overwritten)},
      {"spans.marks_lost", number(losses.marks_lost)},
      {"spans.short", number(losses.spans_short)},
      {"spans.damaged", number(losses.damaged)},
      {"spans.threads_refused", number(losses.threads_refused)}};
  for (const auto& [key, value] : facts) builder_.append(MetaRow{.key = key, .value = value});
  const uint32_t clock = sources.empty() ? 0 : sources[0]->rings.clock();
  for (const auto& [key, value] : drain::span_cost_facts(clock)) {
    builder_.append(MetaRow{.key = key, .value = value});
  }
  return builder_.writer().finish();
}

}  // namespace hone::session
