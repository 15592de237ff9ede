// Descendants of a program's that run without an agent in them: static programs, setuid ones, those
// started with an emptied environment. A sampler inside the program does not see these.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <unordered_map>

#include "base/host/function_ref.h"
#include "base/types.h"

namespace hone::capture {

class Strangers {
 public:
  struct Greeted {
    pid_t pid;
    int64_t stack_start;  // of its program when it greeted: stack_start_of
  };
  using Tell = base::FunctionRef<void(pid_t pid, const std::string& name)>;

  // Looks at the children of those that have greeted, and whether these still run the program that
  // did. Cheap enough for 5 times a second; calls that come sooner do nothing. Each stranger is
  // told of once: when it has been silent for longer than a start takes, or has ended silent.
  void look(TimeNs now, std::span<const Greeted> greeted, Tell tell);
  // Nobody greets any more: those that were seen and not told of are.
  void finish(Tell tell);

 private:
  struct Silent {
    TimeNs since;
    std::string name;
    bool told = false, seen = true;
  };
  void see(pid_t pid, TimeNs now);

  std::unordered_map<pid_t, Silent> silent_;
  TimeNs next_look_{};
};

}  // namespace hone::capture
