#include "capture/live_names.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_map>

#include "base/host/clock.h"
#include "capture/jit.h"
#include "capture/scripts.h"
#include "capture/symbolise.h"

namespace hone::capture {
namespace {

// A look-up that took long is not followed by the next at once: naming takes at most a twentieth of
// a CPU once the first frames have their names.
constexpr int64_t kRestFactor = 20;
constexpr int64_t kRestNsMin = 500'000'000;
constexpr int64_t kRestNsMax = 10'000'000'000;

std::string file_name(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

struct Job {
  std::vector<recording::Builder::FrameKey> frames;
  std::vector<SymbolInput> inputs;
  std::vector<base::UniqueFd> perf_maps;
  std::deque<std::vector<ScriptFunction>> scripts;  // copies: the names grow meanwhile
};

struct Done {
  NamedFrames names;
  int64_t cpu_ns = 0;
};

}  // namespace

struct LiveNames::State {
  struct Range {
    uint32_t begin = 0, count = 0;
  };

  std::thread thread;
  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex.
  std::optional<Job> job;
  std::optional<Done> done;
  bool stop = false;

  // The asking thread's.
  bool busy = false;
  bool is_stale = false;       // what the look-up under way finds is of frames that are forgotten
  std::vector<FrameId> asked;  // of the job
  size_t asked_until = 0;      // frames that were given to some job
  TimeNs rest_until{};
  std::vector<Range> of_frame;  // index = FrameId; count 0: not named yet
  std::vector<uint32_t> pool;
  std::vector<LiveFunction> functions;
  std::unordered_map<std::string, uint32_t> by_key;
  std::vector<std::string> module_names = {"[unknown]"};  // index = ModuleId
  std::vector<uint32_t> waiting;  // index = FrameId: what stands for it until it has a name

  void work();
  void take_over(const Done& found, std::span<const recording::Builder::FrameKey> frames);
  void collect(std::span<const recording::Builder::FrameKey> frames);
  void add_stand_ins(std::span<const recording::Builder::FrameKey> frames,
                     const stacks::ModuleStore& modules);
  void give(std::span<const recording::Builder::FrameKey> frames, stacks::ModuleStore& modules,
            const Scripts* scripts);
  uint32_t intern(ModuleId module, const std::string& name);
  const std::string& name_of(ModuleId id) const {
    return module_names[raw(id) < module_names.size() ? raw(id) : 0];
  }
  void name_modules(const stacks::ModuleStore& modules);
};

namespace {

// What stands for code of a module that has no name of its own: "[libc.so.6]".
std::string in_brackets(const std::string& name) {
  return name.starts_with('[') ? name : "[" + name + "]";
}

// The modules of the job's frames; perf maps are opened anew, since their makers write on.
void add_inputs(stacks::ModuleStore& modules, const Scripts* scripts, Job& job) {
  std::vector<bool> used;
  for (const auto& frame : job.frames) {
    if (used.size() <= raw(frame.module)) used.resize(raw(frame.module) + 1);
    used[raw(frame.module)] = true;
  }
  for (stacks::Module& module : modules.modules()) {
    if (raw(module.id) >= used.size() || !used[raw(module.id)]) continue;
    if (module.id == ModuleId::kNone) continue;
    SymbolInput& input = job.inputs.emplace_back();
    input.module = module.id;
    input.kind = static_cast<uint8_t>(module.kind);
    input.source.path = module.path;
    input.source.fd = module.fd.get();
    input.source.image = module.image;
    input.source.build_id = module.build_id;
    if (module.kind == stacks::ModuleKind::kScript && scripts) {
      const auto functions = scripts->functions_of(module);
      input.script = job.scripts.emplace_back(functions.begin(), functions.end());
    }
    if (module.kind != stacks::ModuleKind::kAnonymous || module.pid == 0) continue;
    job.perf_maps.push_back(open_perf_map(module.pid, base::now_ns(CLOCK_REALTIME)));
    if (job.perf_maps.back()) input.source.fd = job.perf_maps.back().get();
  }
}

}  // namespace

void LiveNames::State::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return stop || job; });
    if (stop) return;
    const Job taken = std::move(*job);
    job.reset();
    lock.unlock();
    const int64_t before = raw(base::thread_cpu_time());
    Done found{.names = name_frames(taken.frames, taken.inputs, {.threads = 1})};
    found.cpu_ns = raw(base::thread_cpu_time()) - before;
    lock.lock();
    done = std::move(found);
    changed.notify_all();
  }
}

void LiveNames::State::name_modules(const stacks::ModuleStore& modules) {
  for (const stacks::Module& module : modules.modules()) {
    if (module.id == ModuleId::kNone) continue;
    if (raw(module.id) >= module_names.size()) module_names.resize(raw(module.id) + 1);
    module_names[raw(module.id)] = file_name(module.path);
  }
}

uint32_t LiveNames::State::intern(ModuleId module, const std::string& name) {
  const auto [found, added] = by_key.try_emplace(fmt::format("{} {}", raw(module), name),
                                                 static_cast<uint32_t>(functions.size()));
  if (added) functions.push_back({name, name_of(module), raw(module)});
  return found->second;
}

void LiveNames::State::take_over(const Done& found,
                                 std::span<const recording::Builder::FrameKey> frames) {
  const NamedFrames& names = found.names;
  std::vector<uint32_t> index(names.functions.size());
  for (size_t i = 0; i < index.size(); ++i) {
    const NamedFunction& named = names.functions[i];
    const symbols::Function& f = named.function;
    std::string name = f.name;
    if (name.empty() && f.bytes > 0) {
      name = fmt::format("{}+{:#x}", name_of(named.module), raw(f.start));
    } else if (name.empty()) {
      name = in_brackets(name_of(named.module));
    }
    index[i] = intern(named.module, name);
  }
  for (const NamedLine& line : names.lines) {
    const FrameId frame = asked[raw(line.frame) - 1];
    Range& range = of_frame[raw(frame)];
    if (range.count == 0) range.begin = static_cast<uint32_t>(pool.size());
    pool.push_back(index[line.function]);
    ++range.count;
  }
  for (const FrameId frame : asked) {
    Range& range = of_frame[raw(frame)];
    if (range.count != 0) continue;
    const ModuleId module = frames[raw(frame) - 1].module;
    range = {static_cast<uint32_t>(pool.size()), 1};
    pool.push_back(intern(module, in_brackets(name_of(module))));
  }
}

void LiveNames::State::collect(std::span<const recording::Builder::FrameKey> frames) {
  std::optional<Done> found;
  {
    const std::lock_guard lock(mutex);
    found = std::move(done);
    done.reset();
  }
  if (!found) return;
  busy = false;
  if (!std::exchange(is_stale, false)) take_over(*found, frames);
  asked.clear();
  const int64_t rest = std::clamp(found->cpu_ns * kRestFactor, kRestNsMin, kRestNsMax);
  rest_until = base::monotonic_now() + DurationNs{rest};
}

void LiveNames::State::add_stand_ins(std::span<const recording::Builder::FrameKey> frames,
                                     const stacks::ModuleStore& modules) {
  name_modules(modules);
  of_frame.resize(frames.size() + 1);
  while (waiting.size() <= frames.size()) {
    const size_t i = waiting.size();
    const ModuleId module = frames[i - 1].module;
    std::string name = in_brackets(name_of(module));
    if (module != ModuleId::kNone) name.insert(name.size() - 1, ": being named");
    waiting.push_back(intern(module, name));
  }
}

void LiveNames::State::give(std::span<const recording::Builder::FrameKey> frames,
                            stacks::ModuleStore& modules, const Scripts* scripts) {
  if (busy || asked_until == frames.size()) return;
  Job fresh;
  for (size_t i = asked_until; i < frames.size(); ++i) {
    fresh.frames.push_back(frames[i]);
    asked.push_back(FrameId{static_cast<uint32_t>(i + 1)});
  }
  asked_until = frames.size();
  add_inputs(modules, scripts, fresh);
  busy = true;
  {
    const std::lock_guard lock(mutex);
    job = std::move(fresh);
  }
  changed.notify_all();
}

LiveNames::LiveNames() : state_(std::make_unique<State>()) {
  forget();
  // Signals are for the thread that asks, which may wait for them by a descriptor: were one open
  // here, the kernel would hand it to this thread.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    state_->thread = std::thread([state = state_.get()] { state->work(); });
  } catch (const std::system_error&) {
    // No thread may be made here (ulimit -u): then modules' names are all that is shown.
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LiveNames::~LiveNames() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->changed.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

void LiveNames::ask(std::span<const recording::Builder::FrameKey> frames,
                    stacks::ModuleStore& modules, bool hurry, const Scripts* scripts) {
  state_->collect(frames);
  state_->add_stand_ins(frames, modules);
  if (hurry || base::monotonic_now() >= state_->rest_until) state_->give(frames, modules, scripts);
}

bool LiveNames::works() const {
  return state_->thread.joinable();
}

void LiveNames::forget() {
  state_->is_stale = state_->busy;
  state_->asked.clear();
  state_->asked_until = 0;
  state_->of_frame.clear();
  state_->pool.clear();
  state_->functions.clear();
  state_->by_key.clear();
  state_->module_names.resize(1);
  // Index 0: what is mapped nowhere, and stands for all that was not asked for.
  state_->waiting = {state_->intern(ModuleId::kNone, state_->module_names.front())};
}

bool LiveNames::reads_forgotten() {
  // A stale answer needs nothing to be taken over from.
  if (state_->is_stale) state_->collect({});
  return state_->is_stale;
}

std::span<const uint32_t> LiveNames::functions_of(FrameId frame) const {
  if (raw(frame) >= state_->of_frame.size()) return {state_->waiting.data(), 1};
  const State::Range range = state_->of_frame[raw(frame)];
  if (range.count == 0) return {&state_->waiting[raw(frame)], 1};
  return {state_->pool.data() + range.begin, range.count};
}

const LiveFunction& LiveNames::function(uint32_t index) const {
  return state_->functions[index];
}

size_t LiveNames::pending() const {
  return state_->waiting.size() - 1 - state_->asked_until + state_->asked.size();
}

}  // namespace hone::capture
