// hone-golden-recording FILE [--without-names | --hostile | --waits | --spans]: a small recording
// with everything in it, the same at every call. Without names it is one whose recorder was stopped
// early; hostile, every name in it holds escape sequences, markup, line ends and broken UTF-8.
#include <cstdio>
#include <cstring>
#include <string>

#include "hone/layout.h"
#include "recording/builder.h"

namespace {

using namespace hone;
using namespace hone::recording;

constexpr int64_t kStartNs = 5'000'000'000;
constexpr int64_t kPeriodNs = 1'003'009;
constexpr int kSampleCount = 1000;

struct Place {
  const char* function;
  const char* file;
  uint32_t line;
  uint64_t address;
};
constexpr Place kMain = {"main", "/build/demo/main.cc", 12, 0x1010};
constexpr Place kParse = {"demo::Parser::parse(char const*)", "/build/demo/parser.cc", 40, 0x1110};
constexpr Place kNext = {"demo::Parser::next()", "/build/demo/parser.cc", 71, 0x1210};
constexpr Place kScore = {"demo::similarity::score(float const*, float const*, unsigned long)",
                          "/build/demo/similarity.cc", 23, 0x1310};
constexpr Place kThread = {"demo::worker()", "/build/demo/worker.cc", 9, 0x1410};
constexpr const Place* kPlaces[] = {&kMain, &kParse, &kNext, &kScore, &kThread};
// push rbp; mov rbp, rsp; mulss xmm0, xmm1; addss xmm2, xmm0; pop rbp; ret
constexpr char kScoreCode[] =
    "\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90"
    "\x55\x48\x89\xe5\xf3\x0f\x59\xc1\xf3\x0f\x58\xd0\x5d\xc3";

enum class Kind { kWhole, kWithoutNames, kHostile, kWaits, kSpans, kMarks };
Kind kind = Kind::kWhole;

std::string name(const char* text) {
  constexpr const char* kHostile =
      "\x1b[31m\r\n</script></title>]]><evil "
      "onx=\"1\">&'\x9b\x32J\xff\xc2\x9bK\xe2\x80\xae\x07\x7f";
  return kind == Kind::kHostile ? text + std::string(kHostile) : text;
}

// Numbers stay numbers.
std::string text_of(const char* key, const char* value) {
  return std::strcmp(key, "run.command") == 0 || std::strcmp(key, "host.name") == 0 ? name(value)
                                                                                    : value;
}

void write_facts(Builder& out) {
  const std::pair<const char*, const char*> facts[] = {{"run.command", "./demo --fast"},
                                                       {"run.folder", "/build/demo"},
                                                       {"run.started_utc", "2026-01-02T03:04:05Z"},
                                                       {"run.wall_ns", "1100000000"},
                                                       {"run.exit_status", "0"},
                                                       {"hone.version", "0.1.0"},
                                                       {"host.cpu_model", "Example CPU"},
                                                       {"host.cpu_count", "8"},
                                                       {"host.kernel", "6.1.0"},
                                                       {"host.os", "Debian 12"},
                                                       {"host.name", "example"},
                                                       {"sampler.name", "perf"},
                                                       {"sampler.event", "cpu-clock"},
                                                       {"sampler.frequency_hz", "997"},
                                                       {"sampler.scope", "per process"},
                                                       {"sampler.kernel", "no"},
                                                       {"cost.recorder_cpu_ns", "9000000"},
                                                       {"samples.lost", "0"}};
  for (const auto& [key, value] : facts)
    out.append(MetaRow{.key = key, .value = text_of(key, value)});
}

void write_names(Builder& out, ModuleId module) {
  out.append(ModuleSymbolsRow{.module = module, .state = 1, .optimised = 1});
  uint32_t frame = 0;
  for (const Place* place : kPlaces) {
    const StringId file = out.string(name(place->file));
    const auto function =
        out.append_id<FunctionId>(FunctionRow{.module = module,
                                              .name = out.string(name(place->function)),
                                              .start = place->address - 0x10,
                                              .bytes = 0x40,
                                              .file = file,
                                              .line = place->line - 2,
                                              .source = 1});
    out.append(LineRow{
        .frame = FrameId{++frame}, .function = function, .file = file, .line = place->line});
    if (place == &kScore) {
      out.append(CodeRow{.function = function,
                         .start = place->address - 0x10,
                         .bytes = {kScoreCode, sizeof kScoreCode - 1}});
      // Of the instructions from the first, of the multiplication, and of those behind it.
      const std::pair<uint64_t, uint32_t> ranges[] = {{0, 21}, {16, 23}, {20, 24}, {24, 26}};
      for (const auto& [offset, line] : ranges) {
        out.append(CodeLineRow{.function = function,
                               .address = place->address - 0x10 + offset,
                               .file = file,
                               .line = line});
      }
    }
  }
}

// The program's own thread waited at times; the other one most of the time, and what for is known
// of every tenth wait.
void write_waits(Builder& out, StackId parsing, StackId threaded) {
  out.append(MetaRow{.key = "waits.tier", .value = "looks at /proc"});
  out.append(MetaRow{.key = "waits.wakers", .value = text_of("waits.wakers", "yes")});
  const auto end = TimeNs{kStartNs + 1'100'000'000};
  for (uint32_t thread = 1; thread <= 2; ++thread) {
    out.append(ThreadEndRow{.thread = ThreadId{thread}, .time = end, .cpu = DurationNs{-1}});
  }
  const StringId pipe = out.string(name("anon_pipe_read")), lock = out.string("futex_do_wait");
  const auto wait = [&](uint32_t thread, int64_t from_ms, int64_t ms, uint32_t count) {
    return WaitRow{.time = TimeNs{kStartNs + from_ms * 1'000'000},
                   .until = TimeNs{kStartNs + (from_ms + ms) * 1'000'000},
                   .thread = ThreadId{thread},
                   .duration = DurationNs{ms * 1'000'000 / (count > 1 ? 2 : 1)},
                   .count = count,
                   .runnable = DurationNs{-1}};
  };
  WaitRow row = wait(1, 100, 40, 1);
  row.cause = kCauseLook;
  row.stack = parsing;
  row.place = pipe;
  out.append(row);
  row = wait(1, 200, 60, 1);
  row.runnable = row.duration;
  row.flags = kWaitRunnable;
  out.append(row);
  for (int64_t i = 0; i < 10; ++i) {
    row = wait(2, 20 + i * 90, 30, 1);
    row.cause = kCauseLook;
    row.stack = threaded;
    row.place = lock;
    row.waker = ThreadId{1};
    row.stands_for = DurationNs{20'000'000};
    out.append(row);
    out.append(wait(2, 55 + i * 90, 40, 9));
  }
}

// 100 frames of 10 ms, each 20th of 30 ms: then the plan is not in the cache. One span inside
// another, on the thread that marks frames; what another thread hands on; a plot that grows without
// end.
void write_spans(Builder& out) {
  const std::pair<const char*, const char*> facts[] = {
      {"cost.span_ns", "20.0"}, {"cost.span_in_parent_ns", "10.0"}, {"cost.mark_ns", "11.0"}};
  for (const auto& [key, value] : facts) out.append(MetaRow{.key = key, .value = value});
  const auto site = [&](const char* words, uint8_t site_kind, uint32_t line) {
    return out.append_id<SiteId>(SiteRow{.name = out.string(name(words)),
                                         .kind = site_kind,
                                         .level = 3,
                                         .category = out.string(name("demo")),
                                         .function = out.string(name("frame()")),
                                         .file = out.string(name("/build/demo/main.cc")),
                                         .line = line,
                                         .unit = out.string(name(site_kind == 2 ? "things" : ""))});
  };
  const SiteId step = site("World::step", HONE_SITE_SPAN, 30),
               plan = site("AI::plan", HONE_SITE_SPAN, 41),
               job = site("Job::run", HONE_SITE_SPAN, 55),
               open = site("Worker::loop", HONE_SITE_SPAN, 60),
               frame = site("frame", HONE_SITE_FRAMES, 28),
               things = site("things", HONE_SITE_PLOT, 70),
               hits = site("cache/hits", HONE_SITE_PLOT, 71),
               misses = site("cache/misses", HONE_SITE_PLOT, 72),
               said = site("level loaded", HONE_SITE_MESSAGE, 80);
  const StringId key = out.string(name("cache")), hit = out.string(name("hit")),
                 miss = out.string(name("miss"));
  const auto span = [&](SiteId at, int64_t from, int64_t us, uint8_t depth, uint8_t flags = 0) {
    out.append(SpanRow{.thread = ThreadId{flags != 0 ? 2u : 1u},
                       .end = TimeNs{kStartNs + (from + us) * 1000},
                       .duration = DurationNs{us * 1000},
                       .site = at,
                       .depth = depth,
                       .flags = flags});
  };
  const auto plot = [&](SiteId at, int64_t us, double value) {
    out.append(PlotRow{
        .thread = ThreadId{1}, .time = TimeNs{kStartNs + us * 1000}, .site = at, .value = value});
  };
  int64_t at = 1000;
  for (int i = 0; i < 100; ++i) {
    const auto time = TimeNs{kStartNs + at * 1000};
    const bool slow = i % 20 == 10;
    out.append(FrameMarkRow{.thread = ThreadId{1}, .time = time, .site = frame, .kind = 1});
    out.append(SpanArgumentRow{.thread = ThreadId{1},
                               .time = time + DurationNs{1'000'000},
                               .site = plan,
                               .key = key,
                               .type = HONE_ARGUMENT_STRING,
                               .text = slow ? miss : hit});
    span(plan, at + 1000, slow ? 22'000 : 2000, 1);
    span(step, at, slow ? 28'000 : 8000, 0);
    plot(things, at, 10.0 * i);
    plot(hits, at, slow ? 2 : 4);
    plot(misses, at, slow ? 18 : 16);
    if (i % 50 == 0) span(job, at, 5000, 0, kSpanStray);
    at += slow ? 30'000 : 10'000;
  }
  out.append(MessageRow{.thread = ThreadId{1}, .time = TimeNs{kStartNs + 500'000}, .site = said});
  span(open, 2000, at - 2000, 0, kSpanOpen);
}

// Frames that wait for the GPU but for slow ones, which do not; a lock that two threads want; a
// pool of memory that keeps some of what it gave out.
void write_marks(Builder& out) {
  out.append(MetaRow{.key = "cost.span_ns", .value = "20.0"});
  out.append(MetaRow{.key = "cost.mark_ns", .value = "11.0"});
  out.append(MetaRow{.key = "cost.lock_ns", .value = "25.0"});
  out.append(MetaRow{.key = "spans.short", .value = "1000"});
  const auto site = [&](const char* words, uint8_t site_kind, uint32_t line) {
    return out.append_id<SiteId>(SiteRow{.name = out.string(name(words)),
                                         .kind = site_kind,
                                         .level = 3,
                                         .file = out.string(name("/build/demo/draw.cc")),
                                         .line = line});
  };
  const SiteId frame = site("frame", HONE_SITE_FRAMES, 10), wait = site("Wait", HONE_SITE_SPAN, 20),
               draw = site("Draw", HONE_SITE_SPAN, 30),
               shadows = site("Shadows", HONE_SITE_SPAN, 31),
               lock = site("Cache::mu", HONE_SITE_LOCK, 40),
               pool = site("textures", HONE_SITE_POOL, 50);
  const auto time = [](int64_t us) { return TimeNs{kStartNs + us * 1000}; };
  const auto queue = out.append_id<GpuQueueId>(GpuQueueRow{.thread = ThreadId{1},
                                                           .number = 1,
                                                           .name = out.string(name("graphics")),
                                                           .device = out.string(name("Golden GPU")),
                                                           .device_kind = 2,
                                                           .calibration = HONE_GPU_CALIBRATED});
  out.append(GpuClockRow{.time = time(0), .queue = queue, .error = DurationNs{800}});
  const auto gpu = [&](SiteId at, int64_t from, int64_t us, uint8_t depth, int64_t issued) {
    out.append(GpuSpanRow{.queue = queue,
                          .start = time(from),
                          .end = time(from + us),
                          .site = at,
                          .thread = ThreadId{1},
                          .issued = time(issued),
                          .depth = depth});
  };
  int64_t at = 1000;
  for (int i = 0; i < 100; ++i) {
    const bool slow = i % 20 == 10;
    out.append(FrameMarkRow{.thread = ThreadId{1}, .time = time(at), .site = frame, .kind = 1});
    gpu(draw, at + 100, 9700, 0, at);
    gpu(shadows, at + 100, 3000, 1, at);
    if (!slow) {
      out.append(SpanRow{.thread = ThreadId{1},
                         .end = time(at + 9810),
                         .duration = DurationNs{6'000'000},
                         .site = wait});
    }
    at += slow ? 30'000 : 10'000;
  }
  for (int i = 0; i < 10; ++i) {
    const int64_t from = 5000 + i * 100'000;
    out.append(LockRow{.thread = ThreadId{1},
                       .end = time(from + 4000),
                       .hold = DurationNs{4'000'000},
                       .site = lock,
                       .lock = 0x1000});
    out.append(LockRow{.thread = ThreadId{2},
                       .end = time(from + 4500),
                       .wait = DurationNs{3'000'000},
                       .hold = DurationNs{500'000},
                       .site = lock,
                       .lock = 0x1000,
                       .owner = ThreadId{1}});
  }
  for (uint64_t i = 0; i < 20; ++i) {
    const auto put = [&](uint8_t allocated, int64_t us) {
      out.append(AllocationRow{.thread = ThreadId{1},
                               .time = time(us),
                               .site = pool,
                               .kind = allocated,
                               .address = 4096 * (i + 1),
                               .bytes = 1000 * (i % 3 + 1),
                               .span = wait});
    };
    put(kAllocated, 1000 + static_cast<int64_t>(i) * 10'000);
    if (i % 4 != 0) put(kFreed, 3000 + static_cast<int64_t>(i) * 10'000);
  }
}

bool write(const char* path) {
  auto writer = Writer::create(path, {});
  if (!writer) {
    std::fprintf(stderr, "%s\n", writer.error().message.c_str());
    return false;
  }
  Builder out(std::move(*writer));
  write_facts(out);
  const auto module =
      out.append_id<ModuleId>(ModuleRow{.path = out.string(name("/build/demo/demo")),
                                        .build_id = "0123456789",
                                        .kind = kModuleFile,
                                        .arch = 1});
  out.append_id<ProcessId>(ProcessRow{.pid = 100,
                                      .start = TimeNs{kStartNs},
                                      .name = out.string(name("demo")),
                                      .command = out.string(name("./demo --fast"))});
  out.append_id<ThreadId>(ThreadRow{.process = ProcessId{1},
                                    .tid = 100,
                                    .start = TimeNs{kStartNs},
                                    .name = out.string(name("demo"))});
  out.append_id<ThreadId>(ThreadRow{.process = ProcessId{1},
                                    .tid = 101,
                                    .start = TimeNs{kStartNs},
                                    .name = out.string(name("worker"))});
  FrameId frames[std::size(kPlaces)];
  for (size_t i = 0; i < std::size(kPlaces); ++i) {
    frames[i] = out.frame(module, kPlaces[i]->address);
  }
  const auto [main, parse, next, score, worker] = frames;
  const FrameId parsing[] = {next, parse, main}, parser[] = {parse, main},
                scoring[] = {score, main}, threaded[] = {score, worker};
  for (int i = 0; i < kSampleCount; ++i) {
    const int turn = i % 20;
    const StackId stack = turn < 9    ? out.stack(scoring)
                          : turn < 12 ? out.stack(threaded)
                          : turn < 17 ? out.stack(parsing)
                                      : out.stack(parser);
    out.append(SampleRow{.time = TimeNs{kStartNs + (i + 1) * kPeriodNs},
                         .thread = ThreadId{turn >= 9 && turn < 12 ? 2u : 1u},
                         .stack = stack,
                         .weight = DurationNs{kPeriodNs},
                         .cpu = static_cast<uint16_t>(i % 2)});
  }
  if (kind == Kind::kWaits || kind == Kind::kHostile) {
    write_waits(out, out.stack(parsing), out.stack(threaded));
  }
  if (kind == Kind::kSpans || kind == Kind::kHostile) write_spans(out);
  if (kind == Kind::kMarks) write_marks(out);
  if (kind == Kind::kWithoutNames) return out.writer().flush().has_value();
  write_names(out, module);
  out.append(ProcessEndRow{.process = ProcessId{1},
                           .time = TimeNs{kStartNs + 1'100'000'000},
                           .exited = 1,
                           .status = 0,
                           .cpu = DurationNs{kSampleCount * kPeriodNs},
                           .peak_memory_bytes = 12'000'000});
  return out.writer().finish().has_value();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[2], "--without-names") == 0) kind = Kind::kWithoutNames;
  if (argc == 3 && std::strcmp(argv[2], "--hostile") == 0) kind = Kind::kHostile;
  if (argc == 3 && std::strcmp(argv[2], "--waits") == 0) kind = Kind::kWaits;
  if (argc == 3 && std::strcmp(argv[2], "--spans") == 0) kind = Kind::kSpans;
  if (argc == 3 && std::strcmp(argv[2], "--marks") == 0) kind = Kind::kMarks;
  if (argc != 2 && kind == Kind::kWhole) {
    std::fprintf(stderr,
                 "usage: hone-golden-recording FILE [--without-names | --hostile | --waits | "
                 "--spans | --marks]\n");
    return 2;
  }
  return write(argv[1]) ? 0 : 1;
}
