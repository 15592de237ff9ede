#include "session/recorder.h"

#include <errno.h>  // program_invocation_short_name
#include <fmt/format.h>
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/host/clock.h"
#include "base/host/text.h"

namespace hone::session {
namespace {

// The thread's stack: compression and formatting work in the heap.
constexpr size_t kStackBytes = 256u << 10;
// Between two readings: when rings fill fast, or one of several can wake us, or none fills.
constexpr int64_t kBusyNs = 1'000'000, kSeveralNs = 4'000'000, kIdleNs = 50'000'000;
constexpr double kBusyShare = 0.05;
constexpr uint64_t kRingBytes = uint64_t{HONE_RING_SLOTS} * sizeof(hone_slot);
// The lease never ends: whoever would have to renew it ends with the program. So a thread that
// waits for room waits for as long as the disk takes.
constexpr uint64_t kForEver = UINT64_MAX / 2;
// What threads that are about to write have for it, when recording ends.
constexpr long kLastWritesNs = 1'000'000;

void nap(int64_t ns) {
  const timespec time{0, static_cast<long>(ns)};
  ::nanosleep(&time, nullptr);
}

Error not_written(const char* what, const Error& error) {
  Error out{
      .code = error.code, .message = fmt::format("{}: {}", what, error.message), .number = "E076"};
  return out;
}

}  // namespace

Recorder::Recorder(const Settings& settings, Say say)
    : settings_(settings), say_(say), start_(base::monotonic_now()) {
  for (auto& descriptor : descriptors_) descriptor = -1;
}

Recorder::~Recorder() = default;

Result<std::unique_ptr<Recorder>> Recorder::start(const Settings& settings, Say say) {
  std::unique_ptr<Recorder> out(new Recorder(settings, say));
  HONE_TRY(find_own_memory(out->sources_, &out->clock_, out->sites_));
  out->libraries_ = libraries_loaded();
  HONE_TRY(out->own_sources());
  auto opened = out->open_outputs();
  if (opened) opened = out->start_thread();
  if (!opened) {
    for (const auto& source : out->sources_) source->rings.stop();
    return tl::unexpected(std::move(opened.error()));
  }
  return out;
}

Result<void> Recorder::own_sources() {
  for (size_t i = 0; i < sources_.size(); ++i) {
    auto owned = own(*sources_[i]);
    if (owned) continue;
    // What was taken is given back: one recorder has all of a program.
    for (size_t k = 0; k < i; ++k) sources_[k]->rings.stop();
    return owned;
  }
  return {};
}

Result<void> Recorder::open_outputs() {
  std::optional<Error> problem;
  const auto note = [&](const char* what, const Error& error) {
    Error said = not_written(what, error);
    if (problem) say_(problem->message + " (E076)");
    problem = std::move(said);
  };
  if (!settings_.recording.empty()) {
    recording_path_ = path_of(settings_.recording);
    if (auto opened = RecordingOutput::create(recording_path_, start_)) {
      recording_ = std::move(*opened);
      for (const auto& source : sources_) source->rows.begin(recording_->builder());
    } else {
      note("no recording", opened.error());
    }
  }
  if (!settings_.chrome.empty()) {
    chrome_path_ = path_of(settings_.chrome);
    if (auto opened = ChromeStream::create(chrome_path_, program_invocation_short_name)) {
      chrome_ = std::move(*opened);
      teller_.add(*chrome_);
    } else {
      note("no Chrome JSON", opened.error());
    }
  }
  if (settings_.console) teller_.add(console_.emplace(start_, settings_.console_over));
  if (settings_.summary) teller_.add(tally_.emplace());
  if (!has_outputs()) {
    if (!problem) {
      problem = Error{.code = Code::InvalidArgument, .message = "no output is on"};
      problem->number = "E076";
    }
    return tl::unexpected(std::move(*problem));
  }
  // The others do without it.
  if (problem) say_(problem->message + " (E076)");
  return {};
}

void Recorder::remember_descriptors() {
  size_t next = 0;
  const auto remember = [&](int descriptor) {
    if (next < descriptors_.size()) descriptors_[next++] = descriptor;
  };
  if (recording_) remember(recording_->descriptor());
  if (chrome_) remember(chrome_->descriptor());
  for (const auto& source : sources_) remember(source->rings.descriptor());
  while (next < descriptors_.size()) remember(-1);
}

void Recorder::leave_to_parent() const {
  for (const auto& descriptor : descriptors_) {
    if (const int fd = descriptor.load(); fd >= 0) ::close(fd);
  }
}

Result<void> Recorder::start_thread() {
  remember_descriptors();
  for (const auto& source : sources_) ask(*source);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  const auto least = static_cast<size_t>(::sysconf(_SC_THREAD_STACK_MIN));
  ::pthread_attr_setstacksize(&attributes, std::max(kStackBytes, least + kStackBytes / 2));
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = ::pthread_create(
      &thread_, &attributes,
      [](void* self) -> void* {
        static_cast<Recorder*>(self)->run_or_say();
        return nullptr;
      },
      this);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&attributes);
  if (error != 0) return fail_errno("cannot make a thread", error);
  has_thread_ = true;
  return {};
}

void Recorder::ask(Source& source) {
  drain::SpanRings& rings = source.rings;
  source.before = rings.counts();
  uint64_t hot = settings_.hot_rate == 0 ? 0 : 1'000'000'000 / settings_.hot_rate;
  if (rings.clock() == HONE_CLOCK_COUNTER) {
    hot = clock_.ticks_of(DurationNs{static_cast<int64_t>(hot)});
  }
  rings.set({.when_full = settings_.when_full, .hot_ticks = hot});
  const uint64_t limit = settings_.buffer_bytes == 0 ? 0 : settings_.buffer_bytes / kRingBytes;
  rings.limit_rings(settings_.buffer_bytes == 0
                        ? 0
                        : static_cast<uint32_t>(std::clamp<uint64_t>(limit, 1, UINT32_MAX)));
  rings.ask(kForEver, settings_.filter, HONE_WITHIN);
  if (!wakes_) wakes_ = &rings;
}

void Recorder::look_for_libraries() {
  const uint64_t now = libraries_loaded();
  if (now == libraries_) return;
  libraries_ = now;
  const size_t before = sources_.size();
  if (!find_own_memory(sources_, &clock_, sites_)) return;
  // One that another recorder was quicker to take is left to it.
  for (size_t i = before; i < sources_.size();) {
    if (sources_[i]->rings.own(::getpid())) {
      if (recording_) sources_[i]->rows.begin(recording_->builder());
      ask(*sources_[i++]);
    } else {
      sources_.erase(sources_.begin() + static_cast<ptrdiff_t>(i));
    }
  }
  if (sources_.size() > before) remember_descriptors();
}

void Recorder::wait() {
  double fullest = 0;
  for (const auto& source : sources_) fullest = std::max(fullest, source->rings.fullest());
  int64_t ns = std::min(kIdleNs, raw(settings_.flush));
  if (fullest > kBusyShare) ns = kBusyNs;
  if (sources_.empty()) return nap(std::min<int64_t>(ns, 10'000'000));
  if (sources_.size() > 1) ns = std::min(ns, kSeveralNs);
  for (const auto& source : sources_) source->rings.want_to_be_woken();
  if (!stopping_) sources_.front()->rings.sleep(DurationNs{ns});
}

void Recorder::run() {
  ::pthread_setname_np(::pthread_self(), "hone-session");
  TimeNs next_flush = start_ + settings_.flush;
  while (!stopping_) {
    wait();
    look_for_libraries();
    read(false);
    const TimeNs now = base::monotonic_now();
    if (now < next_flush) continue;
    flush();
    next_flush = now + settings_.flush;
    if (!has_outputs()) break;
  }
  finish();
}

// No memory is to be had: that ends the session, and not the program.
void Recorder::run_or_say() {
  try {
    run();
  } catch (const std::exception& problem) {
    for (const auto& source : sources_) source->rings.stop();
    say_(fmt::format("the session ends here: {}", problem.what()));
  }
}

void Recorder::read(bool last) {
  clock_.update();
  const auto thread_of = [&](const drain::SpanThread& thread, TimeNs start) {
    return recording_->thread_id(thread, start);
  };
  for (const auto& source : sources_) {
    source->rings.read(
        [&](drain::SpanBatch& batch) {
          if (recording_) source->rows.put(batch, thread_of);
          if (teller_.has_listeners()) teller_.put(*source, batch);
          return true;
        },
        last);
    if (recording_) source->rows.put_app_info();
  }
}

// A disk that is full ends that output, and not the program.
void Recorder::give_up_recording(const Error& error) {
  say_(fmt::format("the recording ends here: {} (E076)", error.message));
  recording_.reset();
  remember_descriptors();
}

void Recorder::note_chrome() {
  if (chrome_ && !chrome_->state() && !std::exchange(chrome_failed_, true)) {
    say_(fmt::format("{} ends here: {} (E076)", chrome_path_, chrome_->state().error().message));
  }
}

void Recorder::flush() {
  if (recording_) {
    if (auto state = recording_->flush(sources_); !state) give_up_recording(state.error());
  }
  if (chrome_) chrome_->flush();
  if (console_) console_->flush();
  note_chrome();
}

void Recorder::finish() {
  // What is on its way is still written; it is ours until all is read.
  read(false);
  for (const auto& source : sources_) source->rings.pause();
  const TimeNs end = base::monotonic_now();
  nap(kLastWritesNs);
  read(true);
  if (teller_.has_listeners()) {
    for (const auto& source : sources_) teller_.put_open(*source, end);
  }
  if (chrome_) chrome_->finish(end);
  note_chrome();
  if (recording_) {
    for (const auto& source : sources_) {
      source->rows.flush();
      source->rows.put_open(end, [&](const drain::SpanThread& thread, TimeNs start) {
        return recording_->thread_id(thread, start);
      });
    }
    auto state = recording_->finish(end, losses(), sources_);
    if (!state) give_up_recording(state.error());
  }
  if (console_) console_->flush();
  for (const auto& source : sources_) {
    source->rings.set({});
    source->rings.limit_rings(0);
    source->rings.stop();
  }
  say_end(end);
}

drain::SpanCounts Recorder::losses() const {
  drain::SpanCounts out;
  for (const auto& source : sources_) {
    const drain::SpanCounts now = source->rings.counts();
    const drain::SpanCounts& before = source->before;
    out.spans_lost += now.spans_lost - before.spans_lost;
    out.marks_lost += now.marks_lost - before.marks_lost;
    out.spans_short += now.spans_short - before.spans_short;
    out.overwritten += now.overwritten - before.overwritten;
    out.damaged += now.damaged - before.damaged;
    out.waits += now.waits - before.waits;
    out.threads_refused += now.threads_refused - before.threads_refused;
    out.sites_refused += now.sites_refused - before.sites_refused;
  }
  return out;
}

void Recorder::say_end(TimeNs end) {
  const drain::SpanCounts lost = losses();
  std::string what;
  const auto add = [&](uint64_t count, const char* of) {
    if (count > 0)
      what += fmt::format("{}{} {}", what.empty() ? "" : ", ", base::count_text(count), of);
  };
  add(lost.spans_lost, "spans that found no room");
  add(lost.marks_lost, "marks that found no room");
  add(lost.overwritten, "records written over");
  add(lost.threads_refused, "events of threads without a ring");
  if (tally_) {
    say_(fmt::format("{} recorded: {} spans, {} marks; {}\n{}", base::duration_text(end - start_),
                     base::count_text(tally_->spans()), base::count_text(tally_->marks()),
                     what.empty() ? "nothing lost" : "lost: " + what, tally_->text()));
    if (recording_) say_(fmt::format("wrote {}", recording_path_));
    if (chrome_ && chrome_->state()) say_(fmt::format("wrote {}", chrome_path_));
  } else if (!what.empty()) {
    say_(fmt::format("lost: {} (HONE_FULL=block loses nothing)", what));
  }
  if (sources_.empty()) {
    say_("nothing in this program was built with HONE_ENABLE: there was nothing to record");
  }
}

void Recorder::stop() {
  if (!has_thread_) return;
  stopping_ = true;
  if (const drain::SpanRings* rings = wakes_) rings->wake();
  ::pthread_join(thread_, nullptr);
  has_thread_ = false;
}

}  // namespace hone::session
