// The signals that end a recording, as a descriptor that can be waited for beside others.
//
//   HONE_TRY_ASSIGN(Signals signals, Signals::take());
//   while (const auto info = signals.next()) ...
#pragma once

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/host/file.h"
#include "base/host/result.h"

namespace hone::capture {

// SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR1 and SIGUSR2 as a descriptor, while this lives.
class Signals {
 public:
  static Result<Signals> take() {
    Signals out;
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2})
      ::sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, &out.before_);
    out.fd_ = base::UniqueFd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!out.fd_) return fail_errno("signalfd", errno);
    return out;
  }
  Signals(Signals&&) = default;
  ~Signals() {
    if (fd_ && !kept_) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  // The signals stay blocked when this is gone.
  void keep() { kept_ = true; }
  int fd() const { return fd_.get(); }
  std::optional<signalfd_siginfo> next() {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    return info;
  }

 private:
  Signals() = default;
  base::UniqueFd fd_;
  sigset_t before_{};
  bool kept_ = false;
};

}  // namespace hone::capture
