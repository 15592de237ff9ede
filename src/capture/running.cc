#include "capture/running.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <sstream>
#include <system_error>
#include <unordered_map>
#include <unordered_set>

#include "base/host/clock.h"
#include "base/host/file.h"

namespace hone::capture {
namespace {

constexpr size_t kMapsBytesMax = size_t{256} << 20;
constexpr size_t kCommandBytesMax = 64 << 10;

std::vector<pid_t> numbers_in(const std::string& folder) {
  std::vector<pid_t> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> opened(::opendir(folder.c_str()), &::closedir);
  if (!opened) return out;
  while (const dirent* entry = ::readdir(opened.get())) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    out.push_back(static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10)));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string without_newline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// A number of /proc/PID/stat, "pid (name) state parent ...", counted as proc(5) does: from 1, from
// the 4th on. The name may hold anything, so that the last ')' ends it. Negative: it is gone.
int64_t stat_field(pid_t pid, int number) {
  const auto stat = base::read_file(fmt::format("/proc/{}/stat", pid));
  size_t at = stat ? stat->rfind(')') : std::string::npos;
  for (int field = 2; field < number && at != std::string::npos; ++field) {
    at = stat->find(' ', at + 1);
  }
  return at == std::string::npos ? -1 : std::strtoll(stat->c_str() + at, nullptr, 10);
}

pid_t parent_of(pid_t pid) {
  return static_cast<pid_t>(std::max<int64_t>(stat_field(pid, 4), 0));
}

// What perf calls ino_generation: the same file by either way must be the same module.
uint64_t generation_of(const std::string& path) {
  const base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  int generation = 0;
  if (!fd || ::ioctl(fd.get(), FS_IOC_GETVERSION, &generation) != 0) return 0;
  return static_cast<uint32_t>(generation);
}

// One line of /proc/PID/maps: "begin-end perms offset major:minor inode   path".
bool parse_mapping(const std::string& line, MapEvent* event, bool* executable) {
  char* at = nullptr;
  event->begin = std::strtoull(line.c_str(), &at, 16);
  if (*at++ != '-') return false;
  const uint64_t end = std::strtoull(at, &at, 16);
  if (end <= event->begin || *at++ != ' ') return false;
  event->bytes = end - event->begin;
  for (int i = 0; i < 4; ++i) {
    if (at[i] == '\0') return false;
  }
  *executable = at[2] == 'x';
  event->offset = FileOffset{std::strtoull(at + 4, &at, 16)};
  const uint64_t major = std::strtoull(at, &at, 16);
  if (*at++ != ':') return false;
  const uint64_t minor = std::strtoull(at, &at, 16);
  event->identity.device = major << 32 | minor;
  event->identity.inode = std::strtoull(at, &at, 10);
  while (*at == ' ') ++at;
  event->path = at;
  return true;
}

}  // namespace

std::vector<pid_t> all_processes() {
  return numbers_in("/proc");
}

std::vector<pid_t> threads_of(pid_t pid) {
  return numbers_in(fmt::format("/proc/{}/task", pid));
}

Result<RunningProcess> running_process(pid_t pid) {
  const std::string folder = fmt::format("/proc/{}", pid);
  HONE_TRY_ASSIGN(std::string name, base::read_file(folder + "/comm", 4096));
  RunningProcess out{
      .pid = pid, .parent = parent_of(pid), .name = without_newline(std::move(name))};
  if (auto command = base::read_file(folder + "/cmdline", kCommandBytesMax)) {
    while (!command->empty() && command->back() == '\0') command->pop_back();
    std::replace(command->begin(), command->end(), '\0', ' ');
    out.command = std::move(*command);
  }
  char target[8];
  out.kernel = out.command.empty() &&
               ::readlink((folder + "/exe").c_str(), target, sizeof target) < 0 && errno == ENOENT;
  for (const pid_t tid : threads_of(pid)) {
    auto thread_name = base::read_file(fmt::format("{}/task/{}/comm", folder, tid), 4096);
    if (!thread_name) continue;
    out.threads.push_back({tid, without_newline(std::move(*thread_name))});
  }
  if (out.threads.empty()) return fail(Code::NotFound, fmt::format("process {} has ended", pid));
  return out;
}

std::vector<pid_t> with_descendants(std::span<const pid_t> roots) {
  std::unordered_map<pid_t, std::vector<pid_t>> children;
  for (const pid_t pid : all_processes()) children[parent_of(pid)].push_back(pid);
  std::vector<pid_t> out;
  std::unordered_set<pid_t> seen;
  const auto add = [&](pid_t pid) {
    if (seen.insert(pid).second) out.push_back(pid);
  };
  for (const pid_t pid : roots) add(pid);
  for (size_t i = 0; i < out.size(); ++i) {
    const auto found = children.find(out[i]);
    if (found == children.end()) continue;
    for (const pid_t child : found->second) add(child);
  }
  return out;
}

Result<std::string> cgroup_folder(const std::string& name) {
  std::vector<std::string> mounts;
  const auto text = base::read_file("/proc/self/mounts", kMapsBytesMax);
  std::istringstream lines(text ? *text : "");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device, folder, type, options;
    words >> device >> folder >> type >> options;
    const bool takes_events =
        type == "cgroup2" || (type == "cgroup" && options.find("perf_event") != std::string::npos);
    if (takes_events) mounts.push_back(folder);
  }
  std::vector<std::string> candidates;
  for (const std::string& mount : mounts) {
    if (name.starts_with(mount + "/")) candidates.push_back(name);
  }
  for (const std::string& mount : mounts) {
    candidates.push_back(mount + (name.starts_with('/') ? "" : "/") + name);
  }
  for (const std::string& candidate : candidates) {
    if (::access((candidate + "/cgroup.procs").c_str(), F_OK) == 0) return candidate;
  }
  Error error{.code = Code::NotFound,
              .message = fmt::format("no control group is named {}", name),
              .effect = "nothing was recorded",
              .number = "E034"};
  if (mounts.empty()) {
    error.message += ": neither version 2 nor perf_event of version 1 is mounted";
  } else {
    error.fixes = {fmt::format("find {} -name cgroup.procs   lists what there is", mounts.front())};
  }
  return tl::unexpected(std::move(error));
}

std::vector<pid_t> processes_in_cgroup(const std::string& folder) {
  std::vector<pid_t> out;
  const auto add = [&](const std::string& path) {
    const auto text = base::read_file(path + "/cgroup.procs", kMapsBytesMax);
    std::istringstream numbers(text ? *text : "");
    for (pid_t pid = 0; numbers >> pid;) {
      if (pid > 0) out.push_back(pid);
    }
  };
  add(folder);
  std::error_code gone;
  for (std::filesystem::recursive_directory_iterator at(folder, gone), end; !gone && at != end;
       at.increment(gone)) {
    if (at->is_directory(gone)) add(at->path().string());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void for_each_code_mapping(pid_t pid, TimeNs time, base::FunctionRef<void(const MapEvent&)> take) {
  const auto text = base::read_file(fmt::format("/proc/{}/maps", pid), kMapsBytesMax);
  if (!text) return;
  for (size_t begin = 0; begin < text->size();) {
    const size_t end = std::min(text->find('\n', begin), text->size());
    const std::string line = text->substr(begin, end - begin);
    begin = end + 1;
    MapEvent event{.time = time, .pid = pid, .tid = pid};
    bool executable = false;
    if (!parse_mapping(line, &event, &executable) || !executable) continue;
    if (event.identity.inode != 0) {
      event.identity.generation = generation_of(
          fmt::format("/proc/{}/map_files/{:x}-{:x}", pid, event.begin, event.begin + event.bytes));
      if (event.identity.generation == 0) {
        event.identity.generation = generation_of(fmt::format("/proc/{}/root{}", pid, event.path));
      }
    }
    take(event);
  }
}

std::string process_name(pid_t pid) {
  auto name = base::read_file(fmt::format("/proc/{}/comm", pid), 4096);
  if (!name) return {};
  while (!name->empty() && name->back() == '\n') name->pop_back();
  return *name;
}

// The last of "NSpid: outer ... inner"; 0 when it is not told.
pid_t innermost_id(pid_t pid, pid_t tid) {
  const auto status = base::read_file(fmt::format("/proc/{}/task/{}/status", pid, tid), 16384);
  const size_t at = status ? status->find("\nNSpid:") : std::string::npos;
  if (at == std::string::npos) return 0;
  const std::string line = status->substr(at + 7, status->find('\n', at + 1) - at - 7);
  const size_t last = line.find_last_of("\t ");
  if (last == std::string::npos) return 0;
  return static_cast<pid_t>(std::strtol(line.c_str() + last, nullptr, 10));
}

pid_t outer_thread_id(pid_t pid, pid_t inner) {
  for (const pid_t outer : threads_of(pid)) {
    if (innermost_id(pid, outer) == inner) return outer;
  }
  return 0;
}

int64_t stack_start_of(pid_t pid) {
  return stat_field(pid, 28);
}

int64_t process_started_at(pid_t pid) {
  const int64_t ticks = stat_field(pid, 22);
  if (ticks < 0) return -1;
  const int64_t boot_ns = base::now_ns(CLOCK_REALTIME) - base::now_ns(CLOCK_BOOTTIME);
  return boot_ns + ticks * (1'000'000'000 / ::sysconf(_SC_CLK_TCK));
}

int64_t process_start_ticks(pid_t pid) {
  return stat_field(pid, 22);
}

int64_t process_cpu_ns(pid_t pid) {
  clockid_t clock{};
  return ::clock_getcpuclockid(pid, &clock) == 0 ? base::now_ns(clock) : -1;
}

}  // namespace hone::capture
