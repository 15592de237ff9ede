// Reads the rings of instrumented programs on a thread of its own, so that a recorder that is busy
// with something else does not let them run full. What it reads waits, up to a bound, for whoever
// puts it into the recording; beyond it, it stays in the rings.
//
//   reader.start();
//   for (auto& greeting : reader.greetings()) { ...; reader.add(rings); }
//   reader.take([&](const drain::SpanRings& rings, const drain::SpanBatch& batch) { ... });
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/function_ref.h"
#include "capture/agent_socket.h"
#include "drain/spans.h"

namespace hone::capture {

class SpanReader {
 public:
  // Where no socket can be made, programs that are started cannot greet; all else works.
  SpanReader();
  ~SpanReader();

  // Where programs find it; empty when there is no socket.
  std::string address() const { return socket_ ? socket_->address() : std::string(); }
  void start();
  // Reads no more by itself; takes in all greetings that there are. Once.
  void stop();
  // Readable when there is something to take, or a greeting.
  int fd() const { return ready_.get(); }

  // Programs that have handed their memory over since the last call.
  struct Greeting {
    pid_t pid = 0;  // as we see it
    base::UniqueFd memory;
  };
  std::vector<Greeting> greetings();

  // Reads these from now on; they stay where they are until remove().
  void add(drain::SpanRings& rings);
  // They are the caller's alone when it returns; what was read of them waits still.
  void remove(drain::SpanRings& rings);
  // Of one program while it is read.
  drain::SpanCounts counts(const drain::SpanRings& rings);

  using Put = base::FunctionRef<void(const drain::SpanRings&, const drain::SpanBatch&)>;
  // Hands on all that waits, in the order in which it was read.
  void take(Put put);

 private:
  struct Waiting {
    const drain::SpanRings* rings;
    drain::SpanBatch batch;
  };
  void run();
  void wait(int timeout_ms);
  void listen();
  // How full the fullest ring was, from 0 to 1.
  double read();
  void notify();

  std::optional<AgentSocket> socket_;
  base::UniqueFd ready_, stop_;  // eventfds
  std::vector<AgentSocket::Caller> callers_;
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;  // of all below
  std::vector<drain::SpanRings*> rings_;
  std::vector<Greeting> greetings_;
  std::vector<Waiting> waiting_;
  std::vector<drain::SpanBatch> spare_;
  size_t taken_ = 0;  // batches that are being put into the recording
  struct Thread;
  std::unique_ptr<Thread> thread_;  // null until start()
};

}  // namespace hone::capture
