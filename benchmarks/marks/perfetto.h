// How spans.cc and span_tree.cc mark with Perfetto's SDK: recorded in the process itself, written
// into the file that HONE_BENCH_OUTPUT names.
#pragma once

#include <fcntl.h>
#include <perfetto.h>

#include <cstdlib>
#include <memory>

PERFETTO_DEFINE_CATEGORIES(perfetto::Category("app"));
#ifdef HONE_BENCH_MAIN
PERFETTO_TRACK_EVENT_STATIC_STORAGE();
#endif

#define HONE_BENCH_SPAN(name) TRACE_EVENT("app", perfetto::StaticString{name})
#define HONE_BENCH_SPAN_ARGUMENTS(name, count, text) \
  TRACE_EVENT("app", perfetto::StaticString{name}, "count", count, "kind", text)
#define HONE_BENCH_PLOT(name, value) TRACE_COUNTER("app", name, value)
#define HONE_BENCH_MESSAGE(text) TRACE_EVENT_INSTANT("app", text)

namespace hone_bench {

inline std::unique_ptr<perfetto::TracingSession>& session() {
  static std::unique_ptr<perfetto::TracingSession> it;
  return it;
}

inline void start_marks() {
  constexpr uint32_t kSharedKb = 32 * 1024;  // its largest: what does not fit is dropped
  constexpr uint32_t kBufferKb = 256 * 1024;
  const char* const path = getenv("HONE_BENCH_OUTPUT");
  perfetto::TracingInitArgs arguments;
  arguments.backends = perfetto::kInProcessBackend;
  arguments.shmem_size_hint_kb = kSharedKb;
  perfetto::Tracing::Initialize(arguments);
  perfetto::TrackEvent::Register();
  if (getenv("HONE_BENCH_OFF") || !path) return;
  perfetto::TraceConfig config;
  config.add_buffers()->set_size_kb(kBufferKb);
  config.set_write_into_file(true);
  config.set_file_write_period_ms(100);
  config.add_data_sources()->mutable_config()->set_name("track_event");
  session() = perfetto::Tracing::NewTrace();
  session()->Setup(config, open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
  session()->StartBlocking();
}

inline bool marks_are_on() {
  return TRACE_EVENT_CATEGORY_ENABLED("app");
}

inline void settle_marks(bool) {
  if (session()) session()->FlushBlocking();
}

inline long marks_lost() {
  if (!session()) return -1;
  const auto stats = session()->GetTraceStatsBlocking();
  perfetto::protos::gen::TraceStats counts;
  if (!stats.success ||
      !counts.ParseFromArray(stats.trace_stats_data.data(), stats.trace_stats_data.size())) {
    return -1;
  }
  uint64_t lost = counts.chunks_discarded();
  for (const auto& buffer : counts.buffer_stats()) {
    lost += buffer.trace_writer_packet_loss() + buffer.chunks_overwritten();
  }
  return static_cast<long>(lost);
}

inline void stop_marks() {
  if (session()) session()->StopBlocking();
}

}  // namespace hone_bench
