// Where agents in programs (guest/agent) find the recorder: a socket with a path in a folder of its
// own, and one of the same name in the abstract space, for programs that see other files.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"
#include "wire/message.h"

namespace hone::capture {

class AgentSocket {
 public:
  static Result<AgentSocket> open();
  AgentSocket(AgentSocket&&) noexcept = default;
  AgentSocket& operator=(AgentSocket&&) = delete;
  ~AgentSocket();

  // What HONE_AGENT is set to.
  const std::string& address() const { return address_; }
  int fd() const { return by_path_.get(); }
  int abstract_fd() const { return abstract_.get(); }
  // The next program that has connected; absent when none waits.
  struct Caller {
    base::UniqueFd fd;
    pid_t pid = 0;  // as we see it
  };
  std::optional<Caller> accept();

 private:
  AgentSocket() = default;
  std::string folder_, address_;
  base::UniqueFd by_path_, abstract_;
};

// The next message of a program.
struct AgentMessage {
  enum class Kind : uint8_t { kNone, kHello, kSpans, kMore, kWake, kEnd, kForeign } kind{};
  wire::Hello hello{};
  base::UniqueFd memory;
};
AgentMessage receive(int fd);
// Never waits: false when it does not fit, or the program is gone.
bool send(int fd, const wire::Tables& tables, std::span<const int> descriptors);

// A file of Hone's own that stands beside the command: where it was installed, or in the folder of
// the build. Nothing when it is in none of them.
std::optional<std::string> find_installed(const std::string& name);
// The agent's file beside this program; NotFound (E066) when it is not there.
Result<std::string> find_agent();
// Whether `program` can have the agent loaded: Unsupported (E067) with what would work when it is
// linked statically, or gets privileges that its caller does not have.
Result<void> can_preload(const std::string& program);

// Sets LD_PRELOAD and HONE_AGENT for what is started while it lives, and in ASAN_OPTIONS, unless it
// says so or otherwise already, that the agent may come before AddressSanitizer's runtime: a
// program that was built with that one would refuse to run, though it works.
class AgentEnvironment {
 public:
  AgentEnvironment(const std::string& agent, const std::string& address);
  ~AgentEnvironment();
  AgentEnvironment(const AgentEnvironment&) = delete;
  AgentEnvironment& operator=(const AgentEnvironment&) = delete;

 private:
  struct Variable {
    const char* name;
    std::optional<std::string> before;
  };
  void set(const char* name, const std::string& value);
  std::vector<Variable> changed_;
};

}  // namespace hone::capture
