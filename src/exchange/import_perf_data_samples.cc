#include "exchange/import_perf_data_samples.h"

#include <fmt/format.h>

#include <algorithm>

namespace hone::exchange::perf_data {
namespace {

constexpr int64_t kNsOfSecond = 1'000'000'000;
// More time than a sample can stand for.
constexpr uint64_t kWeightNsMost = uint64_t{1} << 53;
// What the kernel walks unless told otherwise (kernel.perf_event_max_stack).
constexpr uint32_t kUsualChain = 127;
constexpr auto kFirstMarker = static_cast<uint64_t>(PERF_CONTEXT_MAX);
// A kind of event is told by few causes and modules; more of them are summed.
constexpr size_t kBrokenMost = 64;
// There are two or three kinds of CPUs in one machine.
constexpr size_t kTimeEventsMost = 16;

enum class Rank : uint8_t { kCpuClock, kTaskClock, kCycles, kNoTime };

// "cycles:P" -> "cycles"; names of tracepoints have a colon of their own.
std::string_view plain_name(const Event& event) {
  const std::string_view name = event.name;
  return event.attr.type == PERF_TYPE_TRACEPOINT ? name : name.substr(0, name.find(':'));
}

Rank rank_of(const Event& event) {
  if (event.attr.type == PERF_TYPE_SOFTWARE) {
    if (event.attr.config == PERF_COUNT_SW_CPU_CLOCK) return Rank::kCpuClock;
    if (event.attr.config == PERF_COUNT_SW_TASK_CLOCK) return Rank::kTaskClock;
    return Rank::kNoTime;
  }
  // With a fixed period nobody says how long that many cycles took.
  if (event.attr.freq == 0 || event.attr.sample_freq == 0) return Rank::kNoTime;
  const bool is_cycles = event.attr.type == PERF_TYPE_HARDWARE &&
                         (event.attr.config & UINT32_MAX) == PERF_COUNT_HW_CPU_CYCLES;
  return is_cycles || plain_name(event) == "cycles" || plain_name(event) == "cpu-cycles" ||
                 event.name.find("/cycles/") != std::string::npos
             ? Rank::kCycles
             : Rank::kNoTime;
}

// Whether a moment may be a sample of both: not those of two kinds of CPUs (their number stands in
// the upper half of `config`), nor of user and of kernel code.
bool overlap(const perf_event_attr& a, const perf_event_attr& b) {
  const bool one_pmu = a.type == b.type && a.config >> 32 == b.config >> 32;
  const bool user = a.exclude_user == 0 && b.exclude_user == 0;
  const bool kernel = a.exclude_kernel == 0 && b.exclude_kernel == 0;
  return one_pmu && (user || kernel);
}

bool is_guest(uint16_t misc) {
  const uint16_t mode = misc & PERF_RECORD_MISC_CPUMODE_MASK;
  return mode == PERF_RECORD_MISC_GUEST_KERNEL || mode == PERF_RECORD_MISC_GUEST_USER;
}

bool is_in_kernel(const Sample& sample) {
  return (sample.misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_KERNEL;
}

}  // namespace

size_t Samples::HashOfSum::operator()(const Sum& of) const {
  const uint64_t both = uint64_t{raw(of.stack)} << 32 | raw(of.thread);
  return (both * 0x9e3779b97f4a7c15ULL) ^ (uint64_t{of.event} << 7);
}

Samples::Samples(Intake& to, const File& file, Tasks& tasks, Modules& modules)
    : to_(to), file_(file), tasks_(tasks), modules_(modules) {}

// What the file says, which may stand behind its records where it goes by once. Until then the
// registers tell that perf asks for in 64-bit code: all, or the two that no walk can do without.
std::optional<unwind::Arch> Samples::arch_of(const perf_event_attr& attr) const {
  constexpr uint64_t kAllOfX86 = 0xff0fff, kFewestOfX86 = 0x180;
  constexpr uint64_t kAllOfArm = 0x1ffffffff, kFewestOfArm = 0x180000000;
  const std::string& told = file_.features().arch;
  const uint64_t asked = told.empty() ? attr.sample_regs_user : 0;
  if (told == "x86_64" || asked == kAllOfX86 || asked == kFewestOfX86) {
    return unwind::Arch::kX86_64;
  }
  if (told == "aarch64" || asked == kAllOfArm || asked == kFewestOfArm) {
    return unwind::Arch::kAarch64;
  }
  return std::nullopt;
}

// The best clock of the file is its CPU time; the others count what they are called.
void Samples::choose_time() {
  const std::vector<Event>& events = file_.events();
  if (events_seen_ == events.size()) return;
  const size_t first_new = events_seen_;
  events_seen_ = events.size();
  columns_.resize(events.size());
  // Events that come once samples were taken change nothing of these.
  const bool was_chosen = !time_events_.empty();
  Rank best = Rank::kNoTime;
  for (size_t i = first_new; i < events.size(); ++i) best = std::min(best, rank_of(events[i]));
  for (size_t i = first_new; i < events.size(); ++i) {
    const Event& event = events[i];
    Column& column = columns_[i];
    const Rank rank = rank_of(event);
    // Two that may count the same time (cycles, cycles:u) would count it twice.
    column.is_time = rank != Rank::kNoTime && rank == best && !was_chosen &&
                     time_events_.size() < kTimeEventsMost &&
                     std::none_of(time_events_.begin(), time_events_.end(), [&](uint32_t other) {
                       return overlap(events[other].attr, event.attr);
                     });
    if (column.is_time) time_events_.push_back(static_cast<uint32_t>(i));
    column.counts = !column.is_time || rank == Rank::kCycles;
    if (rank == Rank::kCycles) {
      column.fixed_weight_ns = std::max<int64_t>(
          kNsOfSecond /
              static_cast<int64_t>(std::min<uint64_t>(event.attr.sample_freq, kNsOfSecond)),
          1);
    }
    const uint64_t type = event.attr.sample_type;
    column.stacks = (type & PERF_SAMPLE_STACK_USER) != 0  ? Stacks::kUnwound
                    : (type & PERF_SAMPLE_CALLCHAIN) != 0 ? Stacks::kKernelWalks
                                                          : Stacks::kNone;
    if (!column.counts) continue;
    const std::string_view name = plain_name(event);
    const bool is_clock = rank == Rank::kCpuClock || rank == Rank::kTaskClock;
    column.metric =
        to_.metric(name, event.name,
                   is_clock ? recording::TrackUnit::kNanoseconds : recording::TrackUnit::kCount);
  }
}

void Samples::split_chain(const Sample& sample) {
  kernel_.clear();
  user_.clear();
  if (sample.chain.count == 0) {
    (is_in_kernel(sample) ? kernel_ : user_).push_back(sample.ip);
    return;
  }
  std::vector<uint64_t>* into = is_in_kernel(sample) ? &kernel_ : &user_;
  for (size_t i = 0; i < sample.chain.count; ++i) {
    const uint64_t address = sample.chain[i];
    if (address < kFirstMarker) {
      if (into != nullptr) into->push_back(address);
    } else if (address == static_cast<uint64_t>(PERF_CONTEXT_KERNEL)) {
      into = &kernel_;
    } else if (address == static_cast<uint64_t>(PERF_CONTEXT_USER)) {
      into = &user_;
    } else {
      into = nullptr;  // of a hypervisor, of a guest, or told later
    }
  }
  // With --user-callchains the kernel's part is left out, and where it was is not.
  if (is_in_kernel(sample) && kernel_.empty()) kernel_.push_back(sample.ip);
}

FrameId Samples::kernel_frame(uint64_t address) {
  CachedFrame& cached = cached_[(address >> 1 ^ address >> 13) % kCachedFrames];
  if (cached.frame == FrameId::kNone || cached.address != address || cached.generation != 0) {
    cached = {address, 0, to_.builder().frame(modules_.id(*modules_.kernel()), address)};
  }
  return cached.frame;
}

FrameId Samples::user_frame(const stacks::AddressSpace& space, uint64_t address) {
  CachedFrame& cached = cached_[(address >> 1 ^ address >> 13) % kCachedFrames];
  if (cached.frame != FrameId::kNone && cached.address == address &&
      cached.generation == space.generation()) {
    return cached.frame;
  }
  const stacks::MappedRange* range = space.find(address);
  const FrameId frame =
      range == nullptr ? to_.builder().frame(ModuleId::kNone, address)
                       : to_.builder().frame(modules_.id(*range->module), address - range->bias);
  cached = {address, space.generation(), frame};
  return frame;
}

void Samples::note_broken(unwind::WalkEnd end, stacks::Module* module) {
  for (Broken& each : broken_) {
    if (each.end == end && (each.module == module || broken_.size() >= kBrokenMost)) {
      ++each.count;
      return;
    }
  }
  broken_.push_back({end, module, 1});
}

// As the collector of our own recordings does: what the unwinder shares with the thread's stack
// before is taken from the path of that.
bool Samples::unwind(const Sample& sample, const perf_event_attr& attr, Process& process,
                     const recording::Builder::Path& path, recording::SampleRow& row) {
  stacks::UnwindInput input{.stack = sample.stack,
                            .stack_full = sample.stack_full,
                            .thread = static_cast<uint32_t>(sample.tid)};
  const std::optional<unwind::Arch> arch = unwinder_arch_ ? unwinder_arch_ : arch_of(attr);
  if (!arch) {
    ++arch_unknown_;
    return false;
  }
  if (!read_registers(attr, sample, *arch, input.registers)) {
    (sample.registers_abi == PERF_SAMPLE_REGS_ABI_32 ? other_abi_ : no_registers_) += 1;
    return false;
  }
  if (!unwinder_) {
    unwinder_ = std::make_unique<stacks::Unwinder>(modules_.store(), *arch);
    unwinder_arch_ = arch;
  }
  const stacks::UnwoundStack stack = unwinder_->unwind(process.space, input, stacks::Method::kAuto);
  // Within execve(2) the registers are still those of the program before, whose code is gone.
  if (is_in_kernel(sample) && stack.end == unwind::WalkEnd::kNoModule && stack.frames.size() == 1) {
    unwinder_->forget(input.thread);
    ++no_registers_;
    return false;
  }
  const size_t own = stack.frames.size() - stack.shared;
  for (const stacks::StackFrame& frame : stack.frames.first(own)) {
    const ModuleId module = frame.module ? modules_.id(*frame.module) : ModuleId::kNone;
    frames_.push_back(to_.builder().frame(module, frame.address));
  }
  frames_.insert(frames_.end(), path.frames.rend() - stack.shared, path.frames.rend());
  row.end = static_cast<uint8_t>(stack.end);
  if (stack.leaf_assumed) {
    row.flags |= recording::kSampleLeafAssumed;
    ++leaf_assumed_;
  }
  if (stack.by_frame_pointers) row.flags |= recording::kSampleFramePointers;
  if (stack.end != unwind::WalkEnd::kComplete) {
    note_broken(stack.end, stack.frames.empty() ? nullptr : stack.frames.back().module);
  }
  return true;
}

StackId Samples::stack_of(const Sample& sample, const Column& column, Process& process,
                          recording::SampleRow& row) {
  split_chain(sample);
  frames_.clear();
  // A return address may be the first byte of the next function: look-up is one before it.
  for (size_t i = 0; i < kernel_.size(); ++i) {
    frames_.push_back(kernel_frame(kernel_[i] - (i == 0 ? 0 : 1)));
  }
  if (is_in_kernel(sample)) row.flags |= recording::kSampleInKernel;
  const size_t thread = static_cast<uint32_t>(sample.tid) % kPaths;
  if (column.stacks == Stacks::kUnwound) {
    recording::Builder::Path& path = unwound_paths_[thread];
    if (unwind(sample, attr(sample.event), process, path, row)) {
      return to_.builder().stack(frames_, path);
    }
    row.flags |= recording::kSampleNoUserRegisters;
    row.end = static_cast<uint8_t>(unwind::WalkEnd::kNoRegisters);
    chains_[thread].generation = 0;  // its path is about to be another stack's
  } else {
    take_chain(sample, column, process, row);
  }
  return to_.builder().stack(frames_, other_paths_[thread]);
}

// The user side as the kernel walked it.
void Samples::take_chain(const Sample& sample, const Column& column, const Process& process,
                         recording::SampleRow& row) {
  const size_t slot = static_cast<uint32_t>(sample.tid) % kPaths;
  Chain& before = chains_[slot];
  const std::vector<FrameId>& path = other_paths_[slot].frames;
  // Outer frames that are those of the stack before; the innermost is looked up otherwise.
  size_t shared = 0;
  if (before.generation == process.space.generation()) {
    const size_t most = std::min({user_.size(), before.user.size(), path.size() + 1});
    while (shared + 1 < most &&
           user_[user_.size() - 1 - shared] == before.user[before.user.size() - 1 - shared]) {
      ++shared;
    }
  }
  for (size_t i = 0; i + shared < user_.size(); ++i) {
    frames_.push_back(user_frame(process.space, user_[i] - (i == 0 ? 0 : 1)));
  }
  frames_.insert(frames_.end(), path.rend() - static_cast<ptrdiff_t>(shared), path.rend());
  before.generation = process.space.generation();
  before.user.swap(user_);
  const std::vector<uint64_t>& user = before.user;
  unwind::WalkEnd end = unwind::WalkEnd::kComplete;
  if (column.stacks == Stacks::kNone) {
    ++without_stack_;
    end = unwind::WalkEnd::kNoRegisters;
    row.flags |= recording::kSampleNoUserRegisters;
  } else if (user.empty()) {
    // Threads of the kernel have nothing mapped, and no user side.
    if (!process.space.ranges().empty()) {
      end = unwind::WalkEnd::kNoRegisters;
      row.flags |= recording::kSampleNoUserRegisters;
      ++no_registers_;
    }
  } else {
    ++walked_by_kernel_;
    row.flags |= recording::kSampleFramePointers;
    const perf_event_attr& of = attr(sample.event);
    const uint64_t outermost = user.back() - (user.size() > 1 ? 1 : 0);
    const uint32_t most = of.sample_max_stack != 0 ? of.sample_max_stack : kUsualChain;
    end = kernel_.size() + user.size() >= most ? unwind::WalkEnd::kFrameLimit
                                               : end_of_chain(process, outermost, frames_.back());
    if (end != unwind::WalkEnd::kComplete) {
      const stacks::MappedRange* range = process.space.find(outermost);
      note_broken(end, range == nullptr ? nullptr : range->module);
    }
  }
  row.end = static_cast<uint8_t>(end);
}

// A walk by frame pointers ends where there are none. Whether that is at the start of the thread is
// what the outermost function's own unwind information says.
unwind::WalkEnd Samples::end_of_chain(const Process& process, uint64_t address, FrameId outermost) {
  if (end_by_frame_.size() <= raw(outermost)) end_by_frame_.resize(raw(outermost) * 2 + 64);
  uint8_t& known = end_by_frame_[raw(outermost)];
  if (known != 0) return static_cast<unwind::WalkEnd>(known - 1);
  const stacks::MappedRange* range = process.space.find(address);
  unwind::WalkEnd end = unwind::WalkEnd::kNoModule;
  if (range != nullptr) {
    constexpr uint64_t kEntryBytesMost = 128;  // of ld.so's, which has no rule
    const uint64_t svma = address - range->bias;
    const uint64_t entry = raw(range->module->entry);
    const unwind::TableView& table = modules_.store().table(*range->module);
    if (!table) {
      end = unwind::WalkEnd::kNoTable;
    } else if (const unwind::Rule& rule = unwind::find_rule(table, Svma{svma});
               rule.cfa == unwind::CfaKind::kNone) {
      const bool is_entry = entry != 0 && svma >= entry && svma - entry < kEntryBytesMost;
      end = is_entry ? unwind::WalkEnd::kComplete : unwind::WalkEnd::kNoRule;
    } else {
      end = rule.ra == unwind::RaKind::kUndefined ? unwind::WalkEnd::kComplete
                                                  : unwind::WalkEnd::kBadCfa;
    }
  }
  known = static_cast<uint8_t>(static_cast<uint8_t>(end) + 1);
  return end;
}

void Samples::take(const Sample& sample) {
  choose_time();
  Column& column = columns_[sample.event];
  if (is_guest(sample.misc)) {
    to_.left("perf_data.guests", "samples of virtual machines are left out", 1,
             recording::kDataLoss);
    return;
  }
  if ((attr(sample.event).sample_type & PERF_SAMPLE_READ) != 0 &&
      (attr(sample.event).read_format & PERF_FORMAT_GROUP) != 0) {
    to_.left("perf_data.groups",
             "samples hold readings of the other events of their group, which are left out");
  }
  if (sample.tid == 0 && sample.pid == 0 && column.is_time) {
    ++idle_;
    return;
  }
  ++column.samples;
  Process& process = tasks_.process(sample.pid);
  const ThreadId thread = tasks_.thread(process, sample.tid, sample.time);
  recording::SampleRow row{
      .time = TimeNs{static_cast<int64_t>(std::min<uint64_t>(sample.time, INT64_MAX))},
      .thread = thread,
      .cpu = sample.cpu < UINT16_MAX ? static_cast<uint16_t>(sample.cpu) : recording::kNoCpu};
  row.stack = stack_of(sample, column, process, row);
  const perf_event_attr& of = attr(sample.event);
  const uint64_t fixed = of.freq != 0 ? 1 : of.sample_period;
  const uint64_t period = sample.has_period ? sample.period : fixed;
  if (column.counts) add_cost(sample.event, thread, row.stack, period);
  if (!column.is_time) return;
  if (!sample.has_time) ++without_time_;
  // A clock that is told a frequency and not the time between two samples.
  const bool is_told = sample.has_period || of.freq == 0;
  const uint64_t clock_ns = is_told ? period : kNsOfSecond / std::max<uint64_t>(of.sample_freq, 1);
  row.weight = DurationNs{column.fixed_weight_ns != 0
                              ? column.fixed_weight_ns
                              : static_cast<int64_t>(std::min(clock_ns, kWeightNsMost))};
  if (!frames_.empty()) {
    const size_t leaf = raw(frames_.front());
    if (self_by_frame_.size() <= leaf) self_by_frame_.resize(leaf * 2 + 64);
    // A sum of the largest weights is beyond the times that a recording can hold.
    (void)__builtin_add_overflow(self_by_frame_[leaf], raw(row.weight), &self_by_frame_[leaf]);
  }
  to_.sample(row);
}

void Samples::add_cost(uint32_t event, ThreadId thread, StackId stack, uint64_t value) {
  Value& sum = sums_[{event, thread, stack}];
  const auto added = static_cast<int64_t>(std::min<uint64_t>(value, INT64_MAX));
  if (__builtin_add_overflow(sum.value, added, &sum.value)) sum.value = INT64_MAX;
  ++sum.count;
  if (sums_.size() >= kSumsMost) write_costs();
}

void Samples::write_costs() {
  // In an order that is the file's alone.
  std::vector<std::pair<Sum, Value>> all(sums_.begin(), sums_.end());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    if (a.first.event != b.first.event) return a.first.event < b.first.event;
    if (a.first.thread != b.first.thread) return a.first.thread < b.first.thread;
    return a.first.stack < b.first.stack;
  });
  for (const auto& [of, sum] : all) {
    to_.cost(of.thread, of.stack, columns_[of.event].metric, sum.value, sum.count);
  }
  sums_.clear();
}

void Samples::finish() {
  choose_time();
  write_costs();
  say_what_is_time();
  say_stacks();
}

void Samples::say_what_is_time() {
  const Event* time = nullptr;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Event& event = file_.events()[i];
    if (columns_[i].is_time && (time == nullptr || columns_[i].samples > 0)) time = &event;
    if (columns_[i].is_time && columns_[i].fixed_weight_ns != 0) {
      to_.left("perf_data.time_by_frequency",
               fmt::format("samples of {} were taken {} times a second: each stands for that part "
                           "of a second of CPU time",
                           event.name, uint64_t{event.attr.sample_freq}),
               columns_[i].samples, recording::kInfo);
    }
  }
  if (time == nullptr) {
    to_.left(
        "perf_data.no_cpu_time",
        "file without an event that counts time: its samples are sums by stack, without a time");
    return;
  }
  const perf_event_attr& attr = time->attr;
  to_.fact("sampler.name", "perf");
  to_.fact("sampler.event", time->name);
  to_.fact("sampler.kernel", attr.exclude_kernel != 0 ? "no" : "yes");
  const bool unwound = (attr.sample_type & PERF_SAMPLE_STACK_USER) != 0;
  to_.fact("sampler.unwind", unwound ? "dwarf" : "fp");
  if (unwound) to_.fact("sampler.stack_bytes", fmt::format("{}", uint32_t{attr.sample_stack_user}));
  if (attr.freq != 0) {
    to_.fact("sampler.frequency_hz", fmt::format("{}", uint64_t{attr.sample_freq}));
  } else if (attr.sample_period > 0) {
    to_.fact("sampler.frequency_hz",
             fmt::format("{:.6g}", static_cast<double>(kNsOfSecond) /
                                       static_cast<double>(attr.sample_period)));
  }
}

void Samples::say_stacks() {
  to_.left("perf_data.idle", "samples of CPUs that had nothing to run are left out: no CPU time",
           idle_, recording::kInfo);
  to_.left("perf_data.no_times",
           "samples have no time: they stand at the beginning of the recording", without_time_);
  to_.left(
      "perf_data.stacks_by_kernel",
      "stacks are as the kernel walked them, by frame pointers: code that keeps none hides its "
      "callers (perf record --call-graph dwarf)",
      walked_by_kernel_, recording::kInfo);
  to_.left("perf_data.no_stacks",
           "samples have their innermost function alone: perf record was not asked for more (-g)",
           without_stack_, recording::kInfo);
  to_.left(
      "samples_without_user_registers",
      "samples were taken while a program was starting or ending: only the kernel side is known",
      no_registers_, recording::kInfo);
  to_.left("perf_data.architecture",
           "samples whose stacks are not walked: the file does not say, before them, what kind of "
           "processor they are of, or it is none that Hone unwinds",
           arch_unknown_);
  to_.left("samples_of_32_bit_code", "samples of 32-bit programs: their stacks are not walked",
           other_abi_);
  to_.left(
      "stacks_leaf_assumed",
      "stacks have innermost code without unwind information; its caller was taken from where a "
      "call puts it, and a call does end there",
      leaf_assumed_, recording::kInfo);
  // The commonest place of each kind is the one that is named.
  std::stable_sort(broken_.begin(), broken_.end(),
                   [](const Broken& a, const Broken& b) { return a.count > b.count; });
  for (const Broken& kind : broken_) {
    const bool chain_lost = kind.end == unwind::WalkEnd::kBadCfa && walked_by_kernel_ > 0;
    to_.left(fmt::format("stack_broken.{}", unwind::text(kind.end)),
             fmt::format("stacks {}, most of them {}",
                         chain_lost ? "ended before the start of their thread"
                                    : fmt::format("could not be followed further ({})",
                                                  unwind::text(kind.end)),
                         kind.module ? "in " + kind.module->path : "where nothing is mapped"),
             kind.count);
  }
}

}  // namespace hone::exchange::perf_data
