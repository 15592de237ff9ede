#include "capture/span_reader.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace hone::capture {
namespace {

// Between two looks: while rings fill, so long that the fullest is a fifth full. Each look wakes
// two threads, and what is read is to be in the cache still when it is encoded. A program that
// becomes faster wakes us at a half. When rings hardly fill; when there is none.
constexpr int kBusyMs = 1, kBusyMostMs = 16, kIdleMs = 100, kNobodyMs = 1000;
constexpr double kBusyShare = 0.03, kFullShare = 0.2;
// Batches of 256 KiB that wait at most: 16 MiB.
constexpr size_t kBatchesMax = 64;

void add_to(base::UniqueFd& event) {
  const uint64_t one = 1;
  (void)!::write(event.get(), &one, sizeof one);
}

void clear(base::UniqueFd& event) {
  uint64_t count = 0;
  (void)!::read(event.get(), &count, sizeof count);
}

}  // namespace

struct SpanReader::Thread {
  std::thread runs;
};

SpanReader::SpanReader()
    : ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (auto opened = AgentSocket::open()) socket_.emplace(std::move(*opened));
}

SpanReader::~SpanReader() {
  stop();
}

void SpanReader::stop() {
  stopping_ = true;
  add_to(stop_);
  if (!thread_) return;
  thread_->runs.join();
  thread_.reset();
  listen();
}

void SpanReader::start() {
  // Signals are for the recorder's own thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::make_unique<Thread>();
  thread_->runs = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void SpanReader::run() {
  pthread_setname_np(pthread_self(), "hone-spans");
  // It sleeps mostly, and when it does not it should not have to wait behind those that it reads.
  // Where that is not permitted it runs as others do.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), -10);
  int busy_ms = 0;
  while (!stopping_) {
    bool nobody = false;
    {
      const std::lock_guard lock(mutex_);
      nobody = rings_.empty();
    }
    wait(busy_ms > 0 ? busy_ms : nobody ? kNobodyMs : kIdleMs);
    listen();
    const double fullest = read();
    // From no look at a rate: as fast as may be.
    const double ms = std::max(busy_ms, kBusyMs) * kFullShare / std::max(fullest, kBusyShare);
    busy_ms = fullest <= kBusyShare ? 0 : std::clamp(static_cast<int>(ms), kBusyMs, kBusyMostMs);
  }
}

void SpanReader::wait(int timeout_ms) {
  std::vector<pollfd> waiting{{stop_.get(), POLLIN, 0}};
  if (socket_) {
    waiting.push_back({socket_->fd(), POLLIN, 0});
    if (socket_->abstract_fd() >= 0) waiting.push_back({socket_->abstract_fd(), POLLIN, 0});
    for (const AgentSocket::Caller& caller : callers_) {
      waiting.push_back({caller.fd.get(), POLLIN, 0});
    }
  }
  ::poll(waiting.data(), waiting.size(), timeout_ms);
  if (waiting[0].revents != 0) clear(stop_);
}

void SpanReader::notify() {
  add_to(ready_);
}

void SpanReader::listen() {
  if (!socket_) return;
  while (auto caller = socket_->accept()) callers_.push_back(std::move(*caller));
  std::vector<AgentSocket::Caller> still;
  for (AgentSocket::Caller& caller : callers_) {
    AgentMessage message = receive(caller.fd.get());
    if (message.kind == AgentMessage::Kind::kNone) {
      still.push_back(std::move(caller));
    } else if (message.kind == AgentMessage::Kind::kSpans) {
      {
        const std::lock_guard lock(mutex_);
        greetings_.push_back({caller.pid, std::move(message.memory)});
      }
      notify();
    }
  }
  callers_ = std::move(still);
}

double SpanReader::read() {
  const std::lock_guard lock(mutex_);
  const size_t before = waiting_.size();
  double fullest = 0;
  for (drain::SpanRings* rings : rings_) {
    rings->read([&](drain::SpanBatch& batch) {
      if (waiting_.size() + taken_ >= kBatchesMax) return false;
      Waiting& to = waiting_.emplace_back(Waiting{rings, {}});
      if (!spare_.empty()) {
        to.batch = std::move(spare_.back());
        spare_.pop_back();
      }
      std::swap(to.batch, batch);
      return true;
    });
    fullest = std::max(fullest, rings->fullest());
  }
  const bool more_come = fullest > kBusyShare;
  for (drain::SpanRings* rings : rings_) rings->want_to_be_woken(more_come);
  if (waiting_.size() > before) notify();
  return fullest;
}

std::vector<SpanReader::Greeting> SpanReader::greetings() {
  const std::lock_guard lock(mutex_);
  return std::exchange(greetings_, {});
}

void SpanReader::add(drain::SpanRings& rings) {
  const std::lock_guard lock(mutex_);
  rings_.push_back(&rings);
  // It may sleep as one does that has nothing to read.
  add_to(stop_);
}

void SpanReader::remove(drain::SpanRings& rings) {
  const std::lock_guard lock(mutex_);
  std::erase(rings_, &rings);
}

drain::SpanCounts SpanReader::counts(const drain::SpanRings& rings) {
  const std::lock_guard lock(mutex_);
  return rings.counts();
}

void SpanReader::take(Put put) {
  clear(ready_);
  std::vector<Waiting> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(waiting_);
    taken_ = all.size();
  }
  for (Waiting& each : all) {
    put(*each.rings, each.batch);
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(each.batch));
    --taken_;
  }
}

}  // namespace hone::capture
