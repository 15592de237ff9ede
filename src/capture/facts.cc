#include "capture/facts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/host/clock.h"
#include "base/host/file.h"

extern char** environ;

namespace hone::capture {
namespace {

constexpr int64_t kGitTimeNs = 1'000'000'000;

constexpr size_t kTextBytesMax = 1 << 20;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  size_t start = text.find_first_not_of(" \t\"");
  if (start == std::string::npos) return {};
  text.erase(0, start);
  while (!text.empty() && text.back() == '"') text.pop_back();
  return text;
}

}  // namespace

bool run_for_text(std::vector<std::string> command, int64_t deadline_ns, std::string* out) {
  int pipe_fds[2];
  if (::pipe2(pipe_fds, O_CLOEXEC) != 0) return false;
  base::UniqueFd from{pipe_fds[0]}, to{pipe_fds[1]};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, to.get(), 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int failed =
      ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  to.reset();
  if (failed != 0) return false;
  bool in_time = true;
  for (;;) {
    const int64_t left_ns = deadline_ns - raw(base::monotonic_now());
    pollfd waiting{from.get(), POLLIN, 0};
    if (left_ns <= 0 || ::poll(&waiting, 1, static_cast<int>(left_ns / 1'000'000) + 1) == 0) {
      in_time = false;
      ::kill(pid, SIGKILL);
      break;
    }
    char buffer[4096];
    const ssize_t got = ::read(from.get(), buffer, sizeof buffer);
    if (got <= 0) break;
    if (out->size() < kTextBytesMax) out->append(buffer, static_cast<size_t>(got));
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Facts git_facts(const std::string& folder) {
  Facts facts;
  const int64_t deadline_ns = raw(base::monotonic_now()) + kGitTimeNs;
  std::string text;
  if (!run_for_text({"git", "-C", folder, "rev-parse", "--show-toplevel", "HEAD"}, deadline_ns,
                    &text)) {
    return facts;
  }
  const size_t split = text.find('\n');
  if (split == std::string::npos) return facts;
  facts.emplace_back("git.folder", text.substr(0, split));
  facts.emplace_back("git.commit", trimmed(text.substr(split + 1)));
  std::string changes;
  if (run_for_text({"git", "--no-optional-locks", "-C", folder, "status", "--porcelain",
                    "--untracked-files=no"},
                   deadline_ns, &changes)) {
    facts.emplace_back("git.dirty", changes.empty() ? "no" : "yes");
  }
  return facts;
}

Facts environment_facts() {
  Facts facts;
  for (char** entry = environ; *entry; ++entry) {
    const char* equals = std::strchr(*entry, '=');
    if (!equals) continue;
    facts.emplace_back("env." + std::string(*entry, static_cast<size_t>(equals - *entry)),
                       equals + 1);
  }
  std::sort(facts.begin(), facts.end());
  return facts;
}

}  // namespace hone::capture
