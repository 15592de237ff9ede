#include "capture/facts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "base/host/clock.h"
#include "base/host/file.h"

extern char** environ;

namespace hone::capture {
namespace {

constexpr int64_t kGitTimeNs = 1'000'000'000;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  size_t start = text.find_first_not_of(" \t\"");
  if (start == std::string::npos) return {};
  text.erase(0, start);
  while (!text.empty() && text.back() == '"') text.pop_back();
  return text;
}

std::string file_text(const std::string& path) {
  auto text = base::read_file(path, 1 << 22);
  return text ? trimmed(std::move(*text)) : std::string{};
}

// The rest of the first line of `text` that starts with `key`, behind `separator`.
std::string value_after(const std::string& text, std::string_view key, char separator) {
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    const std::string_view line(text.data() + at, end - at);
    if (line.starts_with(key)) {
      const size_t split = line.find(separator);
      if (split != std::string_view::npos) return trimmed(std::string(line.substr(split + 1)));
    }
    at = end + 1;
  }
  return {};
}

std::string cpu_model() {
  const std::string info = file_text("/proc/cpuinfo");
  std::string model = value_after(info, "model name", ':');
  if (!model.empty()) return model;
  // Arm gives numbers only: who made it, and which part.
  const std::string implementer = value_after(info, "CPU implementer", ':');
  const std::string part = value_after(info, "CPU part", ':');
  return implementer.empty() ? std::string{} : "implementer " + implementer + " part " + part;
}

// cgroup v2 first, then v1.
std::string container_limits() {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty() || value.starts_with("max") || value == "-1") return;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}", name, value);
  };
  const std::string own = value_after(file_text("/proc/self/cgroup"), "0::", ':');
  const std::string group = own.empty() ? "" : own.substr(own.find(':') + 1);
  const std::string folder = "/sys/fs/cgroup" + (group == "/" ? "" : group);
  add("cpu.max", file_text(folder + "/cpu.max"));
  add("memory.max_bytes", file_text(folder + "/memory.max"));
  add("cpu.cfs_quota_us", file_text("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
  return out;
}

std::string gpu() {
  std::error_code error;
  std::string out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/driver/nvidia/gpus", error)) {
    const std::string model = value_after(file_text(entry.path() / "information"), "Model", ':');
    if (!model.empty()) out += (out.empty() ? "" : ", ") + model;
  }
  const std::string driver = file_text("/sys/module/nvidia/version");
  if (!driver.empty()) out += " (driver " + driver + ")";
  if (!out.empty()) return out;
  for (int card = 0; card < 8; ++card) {
    const std::string device = fmt::format("/sys/class/drm/card{}/device", card);
    const auto driver_link = std::filesystem::read_symlink(device + "/driver", error);
    if (error) continue;
    out += fmt::format("{}{} {}:{}", out.empty() ? "" : ", ", driver_link.filename().string(),
                       file_text(device + "/vendor"), file_text(device + "/device"));
  }
  return out;
}

// What a command prints, ended at the deadline; false when it failed or was ended.
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
    // One line says that a tree is dirty; no more is kept.
    if (out->size() < 65536) out->append(buffer, static_cast<size_t>(got));
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

Facts host_facts() {
  Facts facts;
  const auto add = [&](const char* key, std::string value) {
    if (!value.empty()) facts.emplace_back(key, std::move(value));
  };
  utsname names{};
  if (::uname(&names) == 0) {
    add("host.name", names.nodename);
    add("host.kernel", fmt::format("{} {}", names.release, names.machine));
  }
  add("host.cpu_model", cpu_model());
  add("host.cpu_count", fmt::format("{}", ::sysconf(_SC_NPROCESSORS_ONLN)));
  add("host.memory_bytes",
      fmt::format("{}", uint64_t{static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES))} *
                            static_cast<uint64_t>(::sysconf(_SC_PAGESIZE))));
  add("host.os", value_after(file_text("/etc/os-release"), "PRETTY_NAME", '='));
  add("host.governor", file_text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  add("host.container", container_limits());
  add("host.gpu", gpu());
  return facts;
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
