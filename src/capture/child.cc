#include "capture/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace hone::capture {
namespace {

tl::unexpected<Error> not_found(const std::string& name) {
  const bool is_path = name.find('/') != std::string::npos;
  return tl::unexpected(
      Error{.code = Code::NotFound,
            .message = "program not found: " + name,
            .effect = "nothing was recorded",
            .fixes = {is_path ? std::string("check the path")
                              : "check the name, or give its path: hone record -- ./" + name},
            .number = "E030"});
}

tl::unexpected<Error> not_executable(const std::string& path, const std::string& why,
                                     const std::string& fix) {
  return tl::unexpected(Error{.code = Code::Permission,
                              .message = "cannot run " + path + ": " + why,
                              .effect = "nothing was recorded",
                              .fixes = {fix},
                              .number = "E031"});
}

tl::unexpected<Error> no_executable_file(const std::string& path) {
  return not_executable(path, "not an executable file", "make it executable: chmod +x " + path);
}

// Whether `entry` ("NAME=value") is of a variable that is among the given ones.
bool is_given(const std::vector<std::string>& given, std::string_view entry) {
  const std::string_view name = entry.substr(0, entry.find('=') + 1);
  return std::any_of(given.begin(), given.end(),
                     [&](const std::string& each) { return each.starts_with(name); });
}

enum class Kind { kAbsent, kNotExecutable, kProgram };
Kind kind_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return Kind::kAbsent;
  if (!S_ISREG(status.st_mode) || ::access(path.c_str(), X_OK) != 0) return Kind::kNotExecutable;
  return Kind::kProgram;
}

// Async-signal-safe.
bool is_elf(const char* path) {
  char start[4] = {};
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  const bool read = fd >= 0 && ::read(fd, start, sizeof start) == sizeof start;
  if (fd >= 0) ::close(fd);
  return read && std::memcmp(start, "\177ELF", sizeof start) == 0;
}

// Runs in the forked child: only async-signal-safe calls.
struct ChildStart {
  std::vector<char*> arguments, environment;  // both end with a null
  const Child::Gifts* gifts;
  const char* path;
  int go, failure;
  sigset_t mask;
};

[[noreturn]] void run_child(const ChildStart& start) {
  char byte = 0;
  ssize_t got;
  do {
    got = ::read(start.go, &byte, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) ::_exit(125);
  // The program starts with the signal state that the recorder was started with.
  ::sigprocmask(SIG_SETMASK, &start.mask, nullptr);
  for (const int fd : start.gifts->descriptors) ::fcntl(fd, F_SETFD, 0);
  if (start.gifts->open_files) ::setrlimit(RLIMIT_NOFILE, &*start.gifts->open_files);
  ::execve(start.path, start.arguments.data(), start.environment.data());
  const int error = errno;
  // A script without #! is run by the shell, as execvp(3) does; programs of other machines are not.
  if (error == ENOEXEC && !is_elf(start.path)) {
    const char* shell_arguments[4096] = {"/bin/sh", start.path};
    size_t count = 2;
    for (size_t i = 1; start.arguments[i] && count < 4095; ++i) {
      shell_arguments[count++] = start.arguments[i];
    }
    ::execve("/bin/sh", const_cast<char* const*>(shell_arguments), start.environment.data());
  }
  (void)!::write(start.failure, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

Result<std::string> find_program(const std::string& name) {
  if (name.empty()) return not_found("\"\"");
  if (name.find('/') != std::string::npos) {
    switch (kind_of(name)) {
      case Kind::kAbsent:
        return not_found(name);
      case Kind::kNotExecutable:
        return no_executable_file(name);
      case Kind::kProgram:
        return name;
    }
  }
  const char* variable = std::getenv("PATH");
  const std::string folders = variable ? variable : "/usr/local/bin:/usr/bin:/bin";
  std::string seen_not_executable;
  for (size_t at = 0; at <= folders.size();) {
    size_t end = folders.find(':', at);
    if (end == std::string::npos) end = folders.size();
    const std::string folder = end == at ? "." : folders.substr(at, end - at);
    const std::string path = folder + "/" + name;
    const Kind kind = kind_of(path);
    if (kind == Kind::kProgram) return path;
    if (kind == Kind::kNotExecutable && seen_not_executable.empty()) seen_not_executable = path;
    at = end + 1;
  }
  if (!seen_not_executable.empty()) return no_executable_file(seen_not_executable);
  return not_found(name);
}

Result<Child> Child::prepare(const std::vector<std::string>& command, const Gifts& gifts) {
  Child child;
  HONE_TRY_ASSIGN(child.path_, find_program(command.at(0)));
  int go[2], failure[2];
  if (::pipe2(go, O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  base::UniqueFd go_read{go[0]};
  child.go_ = base::UniqueFd{go[1]};
  if (::pipe2(failure, O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  child.failure_ = base::UniqueFd{failure[0]};
  base::UniqueFd failure_write{failure[1]};
  ChildStart start{.arguments = {},
                   .environment = {},
                   .gifts = &gifts,
                   .path = child.path_.c_str(),
                   .go = go_read.get(),
                   .failure = failure_write.get(),
                   .mask = {}};
  for (const std::string& word : command) {
    start.arguments.push_back(const_cast<char*>(word.c_str()));
  }
  start.arguments.push_back(nullptr);
  for (char** entry = environ; *entry; ++entry) {
    // Of a recorder around us: its variables are not the program's.
    const bool is_of_another =
        !gifts.environment.empty() && std::strncmp(*entry, "HONE_CTL", 8) == 0;
    if (!is_of_another && !is_given(gifts.environment, *entry)) {
      start.environment.push_back(*entry);
    }
  }
  for (const std::string& gift : gifts.environment) {
    start.environment.push_back(const_cast<char*>(gift.c_str()));
  }
  start.environment.push_back(nullptr);
  ::sigprocmask(SIG_SETMASK, nullptr, &start.mask);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("cannot start a process", errno);
  if (pid == 0) {
    ::close(child.go_.get());
    run_child(start);
  }
  child.pid_ = pid;
  // Ended children must be there to be waited for. (Not before the fork: the program inherits what
  // we were started with.)
  struct sigaction action {};
  if (::sigaction(SIGCHLD, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
    ::signal(SIGCHLD, SIG_DFL);
  }
  return child;
}

Child::~Child() {
  if (pid_ <= 0 || released_) return;
  go_.reset();
  int status = 0;
  ::waitpid(pid_, &status, 0);
}

Result<void> Child::release() {
  // The kernel's clock of the process, in ns: the first number.
  if (auto text = base::read_file(fmt::format("/proc/{}/schedstat", pid_))) {
    cpu_before_ns_ = std::strtoll(text->c_str(), nullptr, 10);
  }
  if (::write(go_.get(), "g", 1) != 1) return fail_errno("cannot start the program", errno);
  released_ = true;
  go_.reset();
  int error = 0;
  ssize_t got;
  do {
    got = ::read(failure_.get(), &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  failure_.reset();
  if (got != sizeof error) return {};
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  if (error == ENOENT) {
    // The file is there, so it is its interpreter that is not.
    return not_executable(path_, "its interpreter was not found",
                          "install what its first line names, or (of an ELF file) the loader that "
                          "`readelf -l` names");
  }
  auto failed = fail_errno("", error);
  return not_executable(path_, failed.value().message.substr(2),
                        "see that it is made for this machine: file " + path_);
}

void Child::send(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

// Of ru_inblock and ru_oublock, whatever the disk's own.
constexpr int64_t kBlockBytes = 512;

bool poll_ended(ProcessEnd* end) {
  int status = 0;
  rusage usage{};
  // Not the children of other threads: who started those waits for them.
  const pid_t pid = ::wait4(-1, &status, WNOHANG | __WNOTHREAD, &usage);
  if (pid <= 0) return false;
  const auto ns = [](const timeval& time) {
    return int64_t{time.tv_sec} * 1'000'000'000 + int64_t{time.tv_usec} * 1000;
  };
  *end = {.pid = pid,
          .wait_status = status,
          .cpu_ns = ns(usage.ru_utime) + ns(usage.ru_stime),
          .peak_memory_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024,
          .minor_faults = usage.ru_minflt,
          .major_faults = usage.ru_majflt,
          .voluntary_switches = usage.ru_nvcsw,
          .involuntary_switches = usage.ru_nivcsw,
          .read_bytes = int64_t{usage.ru_inblock} * kBlockBytes,
          .written_bytes = int64_t{usage.ru_oublock} * kBlockBytes};
  return true;
}

pid_t peek_ended() {
  siginfo_t info{};
  const int failed = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WNOTHREAD);
  return failed != 0 ? 0 : info.si_pid;
}

bool no_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WNOTHREAD) != 0 &&
         errno == ECHILD;
}

}  // namespace hone::capture
