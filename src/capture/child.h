// The program under test: started so that it can be prepared before it runs, waited for, and told
// to end.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"

namespace hone::capture {

// A process that ended and was waited for: the program, or an orphan of it that came to us.
struct ProcessEnd {
  pid_t pid = 0;
  int wait_status = 0;
  int64_t cpu_ns = 0;  // of it and of the descendants that it waited for
  uint64_t peak_memory_bytes = 0;
  // Of it and of the descendants that it waited for, too.
  int64_t minor_faults = 0, major_faults = 0;
  int64_t voluntary_switches = 0, involuntary_switches = 0;
  int64_t read_bytes = 0, written_bytes = 0;  // from and to storage
};

// The next one of the calling thread's children that has ended, without waiting; false when there
// is none. Call it on the thread that made the Child.
bool poll_ended(ProcessEnd* end);
// The one that poll_ended() will give next; 0: none. /proc knows it until then.
pid_t peek_ended();
// No children are left: none ended, and none runs.
bool no_children();

// Forked and waiting; runs after release(). When destroyed before, it never runs.
class Child {
 public:
  // What it is given besides what we have: variables ("NAME=value"), and descriptors that its exec
  // does not close.
  struct Gifts {
    std::vector<std::string> environment;
    std::vector<int> descriptors;
    // Of open files: the soft limit that we were started with, should we have raised ours since.
    std::optional<rlimit> open_files;
  };
  // Errors: NotFound (E030), Permission (E031): found before anything is set up.
  static Result<Child> prepare(const std::vector<std::string>& command, const Gifts& gifts);
  static Result<Child> prepare(const std::vector<std::string>& command) {
    return prepare(command, {});
  }
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        released_(other.released_),
        cpu_before_ns_(other.cpu_before_ns_),
        path_(std::move(other.path_)),
        go_(std::move(other.go_)),
        failure_(std::move(other.failure_)) {}
  ~Child();

  pid_t pid() const { return pid_; }
  const std::string& path() const { return path_; }
  // Lets it call exec. The error is exec's; then the process is gone.
  Result<void> release();
  // What it used before it was released: ours, not the program's.
  int64_t cpu_before_ns() const { return cpu_before_ns_; }
  void send(int signal) const;
  // It has ended, or is left to itself.
  void abandon() { pid_ = -1; }

 private:
  Child() = default;
  pid_t pid_ = -1;
  bool released_ = false;
  int64_t cpu_before_ns_ = 0;
  std::string path_;
  base::UniqueFd go_;       // a byte here lets it run; closing it makes it end
  base::UniqueFd failure_;  // closed by exec, or exec's errno
};

// Where the shell would find `name`; errors as Child::prepare.
Result<std::string> find_program(const std::string& name);

}  // namespace hone::capture
