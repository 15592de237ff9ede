#include "capture/counters/cgroup_counters.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/host/clock.h"
#include "base/host/file.h"

namespace hone::capture {
namespace {

using recording::TrackKind;
using recording::TrackScope;
using recording::TrackUnit;

constexpr size_t kTextBytesMax = 4 << 20;
constexpr size_t kLevelsMax = 64;
// Version 1 writes "no limit" as the largest number of whole pages.
constexpr int64_t kNoLimit = int64_t{1} << 60;

std::string text_of(const std::string& path) {
  auto text = base::read_file(path, kTextBytesMax);
  return text ? std::move(*text) : std::string();
}

bool is_folder(const std::string& path) {
  return ::access((path + "/cgroup.procs").c_str(), F_OK) == 0;
}

double cpu_limit_of(const std::string& folder, bool version2) {
  if (version2) return parse_cpu_max(text_of(folder + "/cpu.max"));
  return parse_cpu_max(text_of(folder + "/cpu.cfs_quota_us") + " " +
                       text_of(folder + "/cpu.cfs_period_us"));
}

int64_t memory_limit_of(const std::string& folder, bool version2) {
  const char* file = version2 ? "/memory.max" : "/memory.limit_in_bytes";
  const int64_t limit = parse_number(text_of(folder + file));
  return limit >= kNoLimit ? -1 : limit;
}

// The group itself, then those around it up to the mount: folder and name.
std::vector<std::pair<std::string, std::string>> levels(const std::string& root,
                                                        const std::string& mount,
                                                        std::string name) {
  std::vector<std::pair<std::string, std::string>> out;
  while (out.size() < kLevelsMax) {
    out.emplace_back(root + mount + (name == "/" ? "" : name), name);
    if (name == "/" || name.empty()) break;
    const size_t slash = name.rfind('/');
    name = slash == 0 || slash == name.npos ? "/" : name.substr(0, slash);
  }
  return out;
}

struct Found {
  std::string folder, name;
  bool version2 = false;
};

template <class Limit, class Better>
void tightest(const std::vector<std::pair<std::string, std::string>>& all, bool version2,
              const char* file, Limit limit_of, Better better, Found& place,
              decltype(limit_of("", true))& limit) {
  for (const auto& [folder, name] : all) {
    if (::access((folder + file).c_str(), F_OK) != 0) continue;
    const auto here = limit_of(folder, version2);
    if (place.folder.empty() || (here >= 0 && (limit < 0 || better(here, limit)))) {
      place = {folder, name, version2};
      limit = here;
    }
  }
}

void look_at(GroupPlaces& out, const std::vector<std::pair<std::string, std::string>>& all,
             bool version2) {
  Found cpu, memory;
  const auto less = [](auto a, auto b) { return a < b; };
  if (out.cpu.empty()) {
    tightest(all, version2, version2 ? "/cpu.max" : "/cpu.cfs_quota_us", cpu_limit_of, less, cpu,
             out.cpu_limit);
    // The root of version 2 has no limit, and tells what it uses.
    if (cpu.folder.empty() && version2 && !all.empty()) cpu = {all[0].first, all[0].second, true};
    if (!cpu.folder.empty() && ::access((cpu.folder + "/cpu.stat").c_str(), F_OK) == 0) {
      out.cpu = cpu.folder;
      out.cpu_name = cpu.name;
      out.cpu_version2 = version2;
    }
  }
  if (out.memory.empty()) {
    tightest(all, version2, version2 ? "/memory.max" : "/memory.limit_in_bytes", memory_limit_of,
             less, memory, out.memory_limit_bytes);
    out.memory = memory.folder;
    out.memory_name = memory.name;
    out.memory_version2 = version2;
  }
  // The outermost group's is the machine's.
  if (version2 && !all.empty() && all[0].second != "/") {
    out.pressure = all[0].first;
    out.pressure_name = all[0].second;
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> group_folders(std::string_view mounts,
                                                               std::string_view groups,
                                                               std::string_view controller) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const GroupText& group : parse_groups(groups)) {
    const bool version2 = group.controllers.empty();
    if (version2 != controller.empty()) continue;
    if (!version2 && !has_word(group.controllers, controller)) continue;
    for (const GroupMount& mount : parse_group_mounts(mounts)) {
      if (mount.version2 != version2) continue;
      if (!version2 && !has_word(mount.controllers, controller)) continue;
      // Below what is mounted; a container may see no more than its own group, as "/".
      std::string_view path = group.path;
      if (mount.root != "/" && path.starts_with(mount.root)) path.remove_prefix(mount.root.size());
      if (path.find("/..") != path.npos) continue;  // outside of what can be seen here
      if (path.empty()) path = "/";
      if (path[0] != '/') continue;
      out.emplace_back(mount.folder, std::string(path));
    }
  }
  return out;
}

GroupPlaces find_groups(const std::string& root, pid_t pid) {
  GroupPlaces out;
  const std::string groups = text_of(fmt::format("{}/proc/{}/cgroup", root, pid));
  const std::string mounts = text_of(root + "/proc/self/mountinfo");
  for (const char* controller : {"cpu", "memory", ""}) {
    for (const auto& [mount, name] : group_folders(mounts, groups, controller)) {
      auto all = levels(root, mount, name);
      std::erase_if(all, [](const auto& one) { return !is_folder(one.first); });
      if (!all.empty()) look_at(out, all, *controller == '\0');
    }
  }
  return out;
}

GroupPlaces groups_of_folder(const std::string& root, const std::string& folder) {
  GroupPlaces out;
  for (const GroupMount& mount : parse_group_mounts(text_of(root + "/proc/self/mountinfo"))) {
    if (!(folder + "/").starts_with(mount.folder + "/")) continue;
    std::string name = folder.substr(mount.folder.size());
    if (name.empty()) name = "/";
    look_at(out, levels(root, mount.folder, name), mount.version2);
  }
  return out;
}

CgroupCounters::CgroupCounters(CounterWriter& writer, const GroupPlaces& places)
    : writer_(writer),
      cpu_version2_(places.cpu_version2),
      memory_version2_(places.memory_version2),
      pressure_(writer, TrackScope::kCgroup, places.pressure_name,
                {places.pressure.empty() ? "" : places.pressure + "/cpu.pressure",
                 places.pressure.empty() ? "" : places.pressure + "/io.pressure",
                 places.pressure.empty() ? "" : places.pressure + "/memory.pressure"}) {
  if (!places.cpu.empty()) open_cpu(places);
  if (!places.memory.empty()) open_memory(places);
}

void CgroupCounters::open_cpu(const GroupPlaces& places) {
  cpu_ = ProcFile::open(places.cpu + "/cpu.stat");
  TrackSpec spec{.name = "cpu.used",
                 .unit = TrackUnit::kNanoseconds,
                 .kind = TrackKind::kCumulative,
                 .scope = TrackScope::kCgroup,
                 .what = places.cpu_name};
  if (places.cpu_version2) used_ = writer_.add(spec);
  spec.name = "cpu.throttled";
  // Where there is a limit, that it never held anything back is worth saying.
  spec.quiet = places.cpu_limit < 0;
  throttled_ = writer_.add(spec);
  spec.unit = TrackUnit::kCount;
  spec.name = "cpu.periods";
  periods_ = writer_.add(spec);
  spec.name = "cpu.periods_throttled";
  periods_throttled_ = writer_.add(spec);
}

void CgroupCounters::open_memory(const GroupPlaces& places) {
  const std::string& folder = places.memory;
  memory_current_ = ProcFile::open(
      folder + (places.memory_version2 ? "/memory.current" : "/memory.usage_in_bytes"));
  memory_events_ =
      ProcFile::open(folder + (places.memory_version2 ? "/memory.events" : "/memory.failcnt"));
  if (places.memory_version2) memory_swap_ = ProcFile::open(folder + "/memory.swap.current");
  TrackSpec spec{.name = "memory.used",
                 .unit = TrackUnit::kBytes,
                 .scope = TrackScope::kCgroup,
                 .what = places.memory_name};
  memory_ = writer_.add(spec);
  spec.quiet = true;
  spec.name = "memory.swap";
  swap_ = writer_.add(spec);
  spec.unit = TrackUnit::kCount;
  spec.kind = TrackKind::kCumulative;
  spec.name = "memory.at_limit";
  at_limit_ = writer_.add(spec);
  spec.name = "memory.killed";
  killed_ = writer_.add(spec);
}

void CgroupCounters::read(bool all) {
  pressure_.read(buffer_);
  if (cpu_) {
    const std::string_view text = cpu_.read(buffer_);
    const TimeNs now = base::monotonic_now();
    const auto scaled = [&](const char* key, int64_t unit_ns) {
      const int64_t value = number_of(text, key);
      return value < 0 || value > INT64_MAX / unit_ns ? kAbsent : value * unit_ns;
    };
    writer_.put(used_, now, scaled("usage_usec", 1000));
    writer_.put(throttled_, now,
                cpu_version2_ ? scaled("throttled_usec", 1000) : scaled("throttled_time", 1));
    writer_.put(periods_, now, number_of(text, "nr_periods"));
    writer_.put(periods_throttled_, now, number_of(text, "nr_throttled"));
  }
  if (memory_current_) {
    writer_.put(memory_, base::monotonic_now(), parse_number(memory_current_.read(buffer_)));
  }
  if (!all) return;
  const TimeNs now = base::monotonic_now();
  const std::string_view events = memory_events_.read(buffer_);
  writer_.put(at_limit_, now, memory_version2_ ? number_of(events, "max") : parse_number(events));
  writer_.put(killed_, now, number_of(events, "oom_kill"));
  writer_.put(swap_, now, parse_number(memory_swap_.read(buffer_)));
}

}  // namespace hone::capture
