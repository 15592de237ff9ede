// The program under test: started so that it can be prepared before it runs, waited for, and told
// to end.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"

namespace hone::capture {

struct ChildEnd {
  int wait_status = 0;
  rusage usage{};  // of it and of the descendants that it waited for
};

// Forked and waiting; runs after release(). When destroyed before, it never runs.
class Child {
 public:
  // Errors: NotFound (E030), Permission (E031): found before anything is set up.
  static Result<Child> prepare(const std::vector<std::string>& command);
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        released_(other.released_),
        path_(std::move(other.path_)),
        go_(std::move(other.go_)),
        failure_(std::move(other.failure_)) {}
  ~Child();

  pid_t pid() const { return pid_; }
  const std::string& path() const { return path_; }
  // Lets it call exec. The error is exec's.
  Result<void> release();
  // Without waiting for it: has it ended? Fills `end` once.
  bool poll_ended(ChildEnd* end);
  void send(int signal) const;
  // It is left to itself: not killed when this is destroyed.
  void abandon() { pid_ = -1; }

 private:
  Child() = default;
  pid_t pid_ = -1;
  bool released_ = false;
  std::string path_;
  base::UniqueFd go_;       // a byte here lets it run; closing it makes it end
  base::UniqueFd failure_;  // closed by exec, or exec's errno
};

// Where the shell would find `name`; errors as Child::prepare.
Result<std::string> find_program(const std::string& name);

}  // namespace hone::capture
