// hone-ui-recordings FOLDER: recordings that pages must bear, each for one thing.
//
//   empty.hone       a run of which nothing is known
//   one-span.hone    one span, no sample
//   threads-200.hone 200 threads with spans and samples
//   long-names.hone  names of 10,000 signs, names that are markup
//   before.hone, after.hone  the same run twice, but that in the second demo::slow() and the span
//                    Stage::slow take three times as long
//   cut.hone         threads-200.hone without its second half
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hone/layout.h"
#include "recording/builder.h"

namespace {

using namespace hone;
using namespace hone::recording;

constexpr int64_t kStartNs = 1'000'000'000;

TimeNs at_us(int64_t us) {
  return TimeNs{kStartNs + us * 1000};
}

class Maker {
 public:
  explicit Maker(const std::string& path) {
    auto writer = Writer::create(path, {});
    if (!writer) {
      std::fprintf(stderr, "%s\n", writer.error().message.c_str());
      std::exit(1);
    }
    out_.emplace(std::move(*writer));
    fact("run.command", "./demo");
    fact("run.wall_ns", "1000000000");
    fact("run.start_ns", std::to_string(kStartNs));
    fact("host.cpu_count", "4");
  }
  Builder& out() { return *out_; }
  void fact(const std::string& key, const std::string& value) {
    out_->append(MetaRow{.key = key, .value = value});
  }
  void is_sampled() {
    fact("sampler.name", "perf");
    fact("sampler.frequency_hz", "1000");
    fact("samples.lost", "0");
  }
  void program() {
    module_ = out_->append_id<ModuleId>(ModuleRow{
        .path = out_->string("/usr/bin/demo"), .build_id = "0123456789", .kind = 1, .arch = 1});
    out_->append(ModuleSymbolsRow{.module = module_, .state = 1, .optimised = 1});
    out_->append_id<ProcessId>(
        ProcessRow{.pid = 100, .start = TimeNs{kStartNs}, .name = out_->string("demo")});
  }
  ThreadId thread(const std::string& name) {
    return out_->append_id<ThreadId>(ThreadRow{.process = ProcessId{1},
                                               .tid = 100 + threads_++,
                                               .start = TimeNs{kStartNs},
                                               .name = out_->string(name)});
  }
  // Functions get places one after the other; their names are written at the end.
  FrameId function(const std::string& name) {
    const uint64_t start = 0x1000 + 0x100 * names_.size();
    names_.push_back(name);
    return out_->frame(module_, start + 0x10);
  }
  SiteId span_site(const std::string& name) {
    return out_->append_id<SiteId>(SiteRow{.name = out_->string(name),
                                           .kind = HONE_SITE_SPAN,
                                           .level = 3,
                                           .file = out_->string("/src/demo.cc"),
                                           .line = 7});
  }
  void span(ThreadId thread, SiteId site, int64_t from_us, int64_t us, uint8_t depth) {
    out_->append(SpanRow{.thread = thread,
                         .end = at_us(from_us + us),
                         .duration = DurationNs{us * 1000},
                         .site = site,
                         .depth = depth});
  }
  void sample(ThreadId thread, StackId stack, int64_t us) {
    out_->append(SampleRow{
        .time = at_us(us), .thread = thread, .stack = stack, .weight = DurationNs{1'000'000}});
  }
  void finish() {
    for (size_t i = 0; i < names_.size(); ++i) {
      const StringId file = out_->string("/src/demo.cc");
      const auto function =
          out_->append_id<FunctionId>(FunctionRow{.module = module_,
                                                  .name = out_->string(names_[i]),
                                                  .start = 0x1000 + 0x100 * i,
                                                  .bytes = 0x100,
                                                  .file = file,
                                                  .line = static_cast<uint32_t>(10 * i + 1),
                                                  .source = 1});
      out_->append(LineRow{.frame = FrameId{static_cast<uint32_t>(i + 1)},
                           .function = function,
                           .file = file,
                           .line = static_cast<uint32_t>(10 * i + 4)});
    }
    if (!out_->writer().finish()) std::exit(1);
  }

 private:
  std::optional<Builder> out_;
  ModuleId module_{};
  uint32_t threads_ = 0;
  std::vector<std::string> names_;
};

void make_empty(const std::string& path) {
  Maker(path).finish();
}

void make_one_span(const std::string& path) {
  Maker run(path);
  run.program();
  const ThreadId thread = run.thread("main");
  run.span(thread, run.span_site("Only::one"), 10, 500'000, 0);
  run.finish();
}

void make_threads(const std::string& path) {
  Maker run(path);
  run.program();
  run.is_sampled();
  const SiteId outer = run.span_site("Worker::turn"), inner = run.span_site("Worker::job");
  const FrameId main = run.function("main"), work = run.function("demo::work()");
  const FrameId stack[] = {work, main};
  const StackId id = run.out().stack(stack);
  std::vector<ThreadId> threads;
  for (int i = 0; i < 200; ++i) threads.push_back(run.thread("worker " + std::to_string(i)));
  for (size_t i = 0; i < threads.size(); ++i) {
    for (int64_t turn = 0; turn < 50; ++turn) {
      const int64_t from = turn * 20'000 + static_cast<int64_t>(i) * 50;
      run.span(threads[i], inner, from + 1000, 9000, 1);
      run.span(threads[i], outer, from, 15'000, 0);
    }
  }
  for (int64_t ms = 0; ms < 1000; ++ms) {
    run.sample(threads[static_cast<size_t>(ms) % threads.size()], id, ms * 1000);
  }
  run.finish();
}

void make_long_names(const std::string& path) {
  Maker run(path);
  run.program();
  run.is_sampled();
  const std::string markup = "<img src=x onerror=\"document.title='broken'\"><script>1</script>";
  const std::string endless(10'000, 'n');
  const ThreadId thread = run.thread(markup);
  const FrameId main = run.function(markup), work = run.function(endless + "()");
  const FrameId stack[] = {work, main}, shallow[] = {main};
  const StackId deep = run.out().stack(stack), own = run.out().stack(shallow);
  const SiteId marked = run.span_site(markup), named = run.span_site(endless);
  for (int64_t ms = 0; ms < 500; ++ms) {
    run.sample(thread, ms % 3 == 0 ? own : deep, ms * 2000);
    run.span(thread, named, ms * 2000 + 100, 1000, 1);
    run.span(thread, marked, ms * 2000, 1500, 0);
  }
  run.finish();
}

// `times`: how much longer the slow stage takes.
void make_stages(const std::string& path, int times) {
  Maker run(path);
  run.program();
  run.is_sampled();
  const ThreadId thread = run.thread("main");
  const FrameId main = run.function("main"), fast = run.function("demo::fast()"),
                slow = run.function("demo::slow()");
  const FrameId fast_stack[] = {fast, main}, slow_stack[] = {slow, main};
  const StackId in_fast = run.out().stack(fast_stack), in_slow = run.out().stack(slow_stack);
  const SiteId turn = run.span_site("Stage::turn"), quick = run.span_site("Stage::fast"),
               late = run.span_site("Stage::slow");
  const auto frame = run.out().append_id<SiteId>(
      SiteRow{.name = run.out().string("frame"), .kind = HONE_SITE_FRAMES, .level = 3});
  int64_t at = 0;
  for (int i = 0; i < 100; ++i) {
    const int64_t slow_ms = 2 * times;
    run.out().append(FrameMarkRow{.thread = thread, .time = at_us(at), .site = frame, .kind = 1});
    for (int ms = 0; ms < 3; ++ms) run.sample(thread, in_fast, at + ms * 1000 + 500);
    for (int ms = 0; ms < slow_ms; ++ms) run.sample(thread, in_slow, at + 3000 + ms * 1000 + 500);
    // Not all as long as the others: a median has an interval.
    run.span(thread, quick, at, 2900 + i % 7 * 10, 1);
    run.span(thread, late, at + 3000, slow_ms * 1000 - 100 + i % 5 * 10, 1);
    run.span(thread, turn, at, 3000 + slow_ms * 1000, 0);
    at += 3000 + slow_ms * 1000 + 500;
  }
  run.finish();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: hone-ui-recordings FOLDER\n");
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/";
  make_empty(folder + "empty.hone");
  make_one_span(folder + "one-span.hone");
  make_threads(folder + "threads-200.hone");
  make_long_names(folder + "long-names.hone");
  make_stages(folder + "before.hone", 1);
  make_stages(folder + "after.hone", 3);
  std::filesystem::copy_file(folder + "threads-200.hone", folder + "cut.hone",
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(folder + "cut.hone",
                               std::filesystem::file_size(folder + "cut.hone") / 2);
  return 0;
}
