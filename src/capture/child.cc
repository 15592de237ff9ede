#include "capture/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace hone::capture {
namespace {

tl::unexpected<Error> not_found(const std::string& name) {
  return tl::unexpected(
      Error{.code = Code::NotFound,
            .message = "program not found: " + name,
            .effect = "nothing was recorded",
            .fixes = {"check the name, or give its path: hone record -- ./" + name},
            .number = "E030"});
}

tl::unexpected<Error> not_executable(const std::string& path, const std::string& why) {
  return tl::unexpected(Error{.code = Code::Permission,
                              .message = "cannot run " + path + ": " + why,
                              .effect = "nothing was recorded",
                              .fixes = {"make it executable: chmod +x " + path},
                              .number = "E031"});
}

enum class Kind { kAbsent, kNotExecutable, kProgram };
Kind kind_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return Kind::kAbsent;
  if (!S_ISREG(status.st_mode) || ::access(path.c_str(), X_OK) != 0) return Kind::kNotExecutable;
  return Kind::kProgram;
}

// Runs in the forked child: only async-signal-safe calls.
[[noreturn]] void run_child(char* const* arguments, const char* path, int go, int failure,
                            const sigset_t& mask) {
  char byte = 0;
  ssize_t got;
  do {
    got = ::read(go, &byte, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) ::_exit(125);
  // The program starts with the signal state that the recorder was started with.
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execv(path, arguments);
  const int error = errno;
  // A script without #! is run by the shell, as execvp(3) does.
  if (error == ENOEXEC) {
    const char* shell_arguments[4096] = {"/bin/sh", path};
    size_t count = 2;
    for (size_t i = 1; arguments[i] && count < 4095; ++i) shell_arguments[count++] = arguments[i];
    ::execv("/bin/sh", const_cast<char* const*>(shell_arguments));
  }
  (void)!::write(failure, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    switch (kind_of(name)) {
      case Kind::kAbsent:
        return not_found(name);
      case Kind::kNotExecutable:
        return not_executable(name, "not an executable file");
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
  if (!seen_not_executable.empty())
    return not_executable(seen_not_executable, "not an executable file");
  return not_found(name);
}

Result<Child> Child::prepare(const std::vector<std::string>& command) {
  Child child;
  HONE_TRY_ASSIGN(child.path_, find_program(command.at(0)));
  int go[2], failure[2];
  if (::pipe2(go, O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  base::UniqueFd go_read{go[0]};
  child.go_ = base::UniqueFd{go[1]};
  if (::pipe2(failure, O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  child.failure_ = base::UniqueFd{failure[0]};
  base::UniqueFd failure_write{failure[1]};
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("cannot start a process", errno);
  if (pid == 0) {
    ::close(child.go_.get());
    run_child(arguments.data(), child.path_.c_str(), go_read.get(), failure_write.get(), mask);
  }
  child.pid_ = pid;
  return child;
}

Child::~Child() {
  if (pid_ <= 0 || released_) return;
  go_.reset();
  int status = 0;
  ::waitpid(pid_, &status, 0);
}

Result<void> Child::release() {
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
  if (error == ENOENT) {
    // The file is there, so it is its interpreter that is not.
    return not_executable(path_, "its interpreter (first line, or ELF loader) was not found");
  }
  auto failed = fail_errno("", error);
  return not_executable(path_, failed.value().message.substr(2));
}

bool Child::poll_ended(ChildEnd* end) {
  if (pid_ <= 0) return false;
  int status = 0;
  if (::wait4(pid_, &status, WNOHANG, &end->usage) != pid_) return false;
  end->wait_status = status;
  pid_ = -1;
  return true;
}

void Child::send(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

}  // namespace hone::capture
