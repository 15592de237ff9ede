#include "capture/live.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <unordered_map>

#include "base/host/clock.h"
#include "capture/attached.h"
#include "capture/child.h"
#include "capture/choose_sampler.h"
#include "capture/collector.h"
#include "capture/limits.h"
#include "capture/perf_source.h"
#include "capture/python.h"
#include "capture/running.h"

namespace hone::capture {
namespace {

constexpr int kDrainMs = 50;
constexpr int kSettleMs = 10;
// What a slice may hold; with more, only the count goes on.
constexpr size_t kSliceFramesMax = 4u << 20;
// With more of any of these, as of frames, all that was learned is begun anew: memory is bounded.
constexpr uint64_t kStacksMax = 600'000;
constexpr uint64_t kTasksMax = 50'000;
// Three small files each, once a table: some 15 ms.
constexpr size_t kThreadTimesMax = 1000;
// Threads may be renamed, and their ids given to others.
constexpr int64_t kThreadNamesNs = 5'000'000'000;

std::string first_line(const std::string& path) {
  auto text = base::read_file(path, 256);
  if (!text) return {};
  return text->substr(0, text->find('\n'));
}

// Turns the streams that are a terminal to /dev/null, and back again when this is gone.
class Turned {
 public:
  explicit Turned(bool wanted) {
    if (!wanted) return;
    const base::UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    for (int fd = 0; null && fd < 3; ++fd) {
      if (::isatty(fd) != 1) continue;
      kept_[fd] = base::UniqueFd{::fcntl(fd, F_DUPFD_CLOEXEC, 3)};
      if (kept_[fd]) ::dup2(null.get(), fd);
    }
  }
  Turned(const Turned&) = delete;
  Turned& operator=(const Turned&) = delete;
  ~Turned() {
    for (int fd = 0; fd < 3; ++fd) {
      if (kept_[fd]) ::dup2(kept_[fd].get(), fd);
    }
  }

 private:
  base::UniqueFd kept_[3];
};

}  // namespace

// All that is learned about code and processes; made anew when it has grown too large.
struct Learned {
  recording::Builder builder;
  stacks::ModuleStore modules;
  Collector collector;

  Learned(recording::Writer writer, size_t files_max, const CollectorOptions& options)
      : builder(std::move(writer)),
        modules({.cache_folder = base::cache_folder(), .fds_max = files_max}),
        collector(builder, modules, options) {}
};

struct Live::State final : StackWatcher {
  LiveOptions options;
  size_t files_max = 256;
  std::optional<Child> child;
  bool child_ended = false;
  int wait_status = 0;
  Attached attached;
  std::string target;
  std::unique_ptr<Learned> learned;
  std::unique_ptr<Learned> retired;  // until no look-up of names reads it any more
  // One of the two; `sampler` is either.
  std::unique_ptr<PerfSource> perf;
  std::unique_ptr<TimerSource> timer;
  Sampler* sampler = nullptr;
  LiveNames names;

  LiveSlice slice;
  std::unordered_map<uint64_t, uint32_t> stack_of;  // by thread and stack: index into the slice's
  std::unordered_map<pid_t, uint32_t> thread_of;    // index into the slice's threads
  std::unordered_map<pid_t, LiveThread> thread_names;
  TimeNs thread_names_from{};
  uint64_t samples_before = 0, lost_before = 0, broken_before = 0;
  int64_t cpu_before_ns = 0;

  void on_stack(const RawSample& sample, StackId stack, std::span<const FrameId> frames) override;
  uint32_t thread_index(pid_t pid, pid_t tid);
  Result<std::unique_ptr<Learned>> begin_learning();
  void introduce(Collector& collector, std::span<const pid_t> pids);
  void learn_anew_if_large();
  void reap();
};

uint32_t Live::State::thread_index(pid_t pid, pid_t tid) {
  const auto [found, added] =
      thread_of.try_emplace(tid, static_cast<uint32_t>(slice.threads.size()));
  if (!added) return found->second;
  const auto [known, is_new] = thread_names.try_emplace(tid);
  if (is_new) {
    known->second = {.pid = pid, .tid = tid};
    const std::string folder = "/proc/" + std::to_string(pid);
    known->second.name = first_line(folder + "/task/" + std::to_string(tid) + "/comm");
    known->second.process = first_line(folder + "/comm");
  }
  slice.threads.push_back(known->second);
  return found->second;
}

void Live::State::on_stack(const RawSample& sample, StackId stack,
                           std::span<const FrameId> frames) {
  const uint32_t thread = thread_index(sample.pid, sample.tid > 0 ? sample.tid : sample.pid);
  const uint64_t key = uint64_t{thread} << 32 | raw(stack);
  const auto [found, added] = stack_of.try_emplace(key, static_cast<uint32_t>(slice.stacks.size()));
  if (added) {
    if (slice.frames.size() + frames.size() > kSliceFramesMax) {
      stack_of.erase(found);
      ++slice.uncounted;
      return;
    }
    slice.stacks.push_back({.thread = thread,
                            .frames_begin = static_cast<uint32_t>(slice.frames.size()),
                            .frame_count = static_cast<uint32_t>(frames.size())});
    slice.frames.insert(slice.frames.end(), frames.begin(), frames.end());
  }
  LiveStack& at = slice.stacks[found->second];
  ++at.samples;
  at.ns += raw(sample.weight);
}

// The collector writes what it learns; nobody reads it, so it goes nowhere.
Result<std::unique_ptr<Learned>> Live::State::begin_learning() {
  HONE_TRY_ASSIGN(recording::Writer writer, recording::Writer::create("/dev/null", {}));
  return std::make_unique<Learned>(
      std::move(writer), files_max,
      CollectorOptions{.everyone = options.pids.empty() && !attached.empty(), .watcher = this});
}

void Live::State::introduce(Collector& collector, std::span<const pid_t> pids) {
  const TimeNs now = base::monotonic_now();
  for (const pid_t pid : pids) {
    if (auto running = running_process(pid)) collector.add_running(*running, now);
  }
}

void Live::State::learn_anew_if_large() {
  // What a timer source knows of its programs is bound to what was learned; it sees one program and
  // its children, not a system's coming and going.
  if (!perf) return;
  if (retired && names.reads_forgotten()) return;
  retired.reset();
  recording::Builder& builder = learned->builder;
  const recording::Writer& writer = builder.writer();
  if (builder.frames().size() < options.frames_max &&
      writer.row_count(recording::Table::kStacks) < kStacksMax &&
      writer.row_count(recording::Table::kProcesses) < kTasksMax &&
      writer.row_count(recording::Table::kThreads) < kTasksMax) {
    return;
  }
  auto fresh = begin_learning();
  if (!fresh) return;
  names.forget();
  Collector& collector = (*fresh)->collector;
  if (attached.empty() || !options.pids.empty()) {
    introduce(collector, learned->collector.live_pids());
  } else {
    attached.introduce(collector, base::monotonic_now());
  }
  perf = std::make_unique<PerfSource>(std::move(perf->events()), collector);
  sampler = perf.get();
  retired = std::exchange(learned, std::move(*fresh));
  // What waits in the buffers is of before.
  sampler->drain(false);
  slice = {.begin = base::monotonic_now(), .generation = slice.generation + 1};
  stack_of.clear();
  thread_of.clear();
  samples_before = learned->collector.counts().samples;
  lost_before = learned->collector.counts().lost;
  broken_before = learned->collector.counts().broken;
  cpu_before_ns = raw(base::process_cpu_time());
}

void Live::State::reap() {
  if (!child) {
    child_ended = attached.all_ended();
    return;
  }
  ProcessEnd end;
  while (!child_ended && poll_ended(&end)) {
    if (end.pid != child->pid()) continue;
    child_ended = true;
    wait_status = end.wait_status;
    child->abandon();
  }
}

Live::Live(std::unique_ptr<State> state) : state_(std::move(state)) {}

Live::~Live() {
  // A program that runs on is not ours to end here.
  if (state_->child) state_->child->abandon();
}

Result<std::unique_ptr<Live>> Live::open(const LiveOptions& options) {
  auto state = std::make_unique<State>();
  State& s = *state;
  s.options = options;
  HONE_TRY_ASSIGN(s.attached, options.everyone         ? Attached::everyone()
                              : options.cgroup.empty() ? Attached::find(options.pids)
                                                       : Attached::cgroup(options.cgroup));
  Child::Gifts gifts;
  s.files_max = raise_file_limit(gifts.open_files);
  auto chosen = [&] {
    const Turned turned(options.keep_terminal);
    return choose_sampler({.command = options.command,
                           .pids = options.pids,
                           .cgroup = options.cgroup,
                           .everyone = options.everyone,
                           .frequency_hz = options.frequency_hz,
                           .sampler = options.sampler,
                           .user_only = options.user_only,
                           .per_process = options.per_process},
                          s.attached, gifts);
  }();
  if (!chosen) return tl::unexpected(std::move(chosen.error()));
  if (chosen->child) s.child.emplace(std::move(*chosen->child));
  HONE_TRY_ASSIGN(s.learned, s.begin_learning());
  const TimeNs now = base::monotonic_now();
  s.target = s.attached.description();
  if (s.child) {
    const std::string name = std::filesystem::path(options.command.front()).filename().string();
    s.target = name + " (pid " + std::to_string(s.child->pid()) + ")";
    s.learned->collector.add_root(s.child->pid(), name, name, now, true);
  } else {
    s.attached.introduce(s.learned->collector, now);
  }
  if (chosen->events) {
    s.perf = std::make_unique<PerfSource>(std::move(*chosen->events), s.learned->collector);
    s.sampler = s.perf.get();
  } else {
    s.timer = std::move(chosen->timer);
    s.timer->attach(s.learned->collector, s.learned->modules);
    s.sampler = s.timer.get();
  }
  s.slice.begin = now;
  s.cpu_before_ns = raw(base::process_cpu_time());
  if (s.child) HONE_TRY(s.child->release());
  std::unique_ptr<Live> live(new Live(std::move(state)));
  // To look at a whole system takes a while, in which the buffers may have run over.
  if (!s.child) (void)live->take_slice();
  return live;
}

bool Live::wait(std::span<const int> fds, int timeout_ms) {
  State& s = *state_;
  const TimeNs until = base::monotonic_now() + DurationNs{int64_t{timeout_ms} * 1'000'000};
  s.learn_anew_if_large();
  std::vector<pollfd> waiting;
  for (;;) {
    waiting.clear();
    for (const int fd : fds) waiting.push_back({fd, POLLIN, 0});
    s.sampler->wait_on(waiting);
    const int64_t left_ms = raw(until - base::monotonic_now()) / 1'000'000;
    ::poll(waiting.data(), waiting.size(),
           static_cast<int>(std::clamp<int64_t>(left_ms, 0, kDrainMs)));
    s.reap();
    s.sampler->drain(false);
    s.names.ask(s.learned->builder.frames(), s.learned->modules, false,
                &s.learned->collector.python().scripts());
    bool told = false;
    for (size_t i = 0; i < waiting.size(); ++i) {
      if (i < fds.size()) told = told || waiting[i].revents != 0;
      if (i >= fds.size() && (waiting[i].revents & (POLLHUP | POLLERR)) != 0) {
        s.sampler->on_end_of(waiting[i].fd);
      }
    }
    if (told) return true;
    if (s.child_ended || base::monotonic_now() >= until) return false;
  }
}

LiveSlice Live::take_slice() {
  State& s = *state_;
  const TimeNs now = base::monotonic_now();
  s.sampler->drain(s.child_ended);
  const CollectorCounts& counts = s.learned->collector.counts();
  s.slice.end = now;
  s.slice.samples = counts.samples - s.samples_before;
  s.slice.lost = counts.lost - s.lost_before;
  s.slice.broken = counts.broken - s.broken_before;
  s.samples_before = counts.samples;
  s.lost_before = counts.lost;
  s.broken_before = counts.broken;
  const int64_t cpu = raw(base::process_cpu_time());
  s.slice.own_cpu_ns = cpu - std::exchange(s.cpu_before_ns, cpu);
  s.names.ask(s.learned->builder.frames(), s.learned->modules, false,
              &s.learned->collector.python().scripts());

  LiveSlice out = std::move(s.slice);
  s.slice = {.begin = now, .generation = out.generation};
  s.stack_of.clear();
  s.thread_of.clear();
  if (raw(now - s.thread_names_from) > kThreadNamesNs) {
    s.thread_names.clear();
    s.thread_names_from = now;
  }
  return out;
}

void Live::settle_names(DurationNs patience) {
  State& s = *state_;
  const TimeNs until = base::monotonic_now() + patience;
  const size_t wanted = s.learned->builder.frames().size();
  // New frames come in meanwhile: samples are not left to be lost.
  while (s.names.works() && base::monotonic_now() < until) {
    const auto frames = s.learned->builder.frames();
    s.names.ask(frames, s.learned->modules, true, &s.learned->collector.python().scripts());
    if (frames.size() - s.names.pending() >= wanted) return;
    s.sampler->drain(false);
    ::poll(nullptr, 0, kSettleMs);
  }
}

std::vector<ThreadTimes> Live::thread_times(const LiveSlice& slice) const {
  std::vector<pid_t> pids;
  if (state_->child || !state_->options.pids.empty()) {
    pids = state_->learned->collector.live_pids();
  } else {
    for (const LiveThread& thread : slice.threads) pids.push_back(thread.pid);
  }
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return read_thread_times(pids, kThreadTimesMax);
}

const LiveNames& Live::names() const {
  return state_->names;
}
std::string Live::sampler() const {
  const Sampler& sampler = *state_->sampler;
  std::string out = state_->perf ? "perf" : "timers in the program";
  if (state_->perf) out += sampler.whole_machine() ? ", every CPU" : ", process by process";
  return out + (sampler.kernel_side() ? ", kernel frames" : ", user side only");
}
uint32_t Live::generation() const {
  return state_->slice.generation;
}
double Live::frequency_hz() const {
  return state_->options.frequency_hz;
}
std::string Live::target() const {
  return state_->target;
}
bool Live::ended() const {
  return state_->child_ended;
}
int Live::exit_status() const {
  const int status = state_->wait_status;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
pid_t Live::program_pid() const {
  return state_->child && !state_->child_ended ? state_->child->pid() : 0;
}

bool Live::end_program(DurationNs patience) {
  if (program_pid() == 0) return true;
  state_->child->send(SIGTERM);
  const TimeNs until = base::monotonic_now() + patience;
  while (!ended() && base::monotonic_now() < until) wait({}, kDrainMs);
  return ended();
}

}  // namespace hone::capture
