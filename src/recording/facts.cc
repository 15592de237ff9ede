#include "recording/facts.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstring>
#include <ctime>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/host/file.h"

namespace hone::recording {
namespace {

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
  // Recordings of one boot have one CLOCK_MONOTONIC; of one namespace, one meaning of a pid.
  add("host.boot_id", file_text("/proc/sys/kernel/random/boot_id"));
  std::error_code no_namespace;
  add("host.pid_namespace",
      std::filesystem::read_symlink("/proc/self/ns/pid", no_namespace).string());
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

std::string command_text(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n'\"\\$*?;&|<>()") == std::string::npos;
    out += plain ? word : "'" + word + "'";
  }
  return out;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace hone::recording
