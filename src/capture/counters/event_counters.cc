#include "capture/counters/event_counters.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/host/clock.h"
#include "capture/perf_events.h"

namespace hone::capture {
namespace {

constexpr uint32_t kShareDivisor = 1'000'000;
// Of these: what rounding of the two clocks leaves is no turn.
constexpr double kCountedWhole = 0.999;

// Where an event is opened: a task, or a CPU.
struct Place {
  pid_t task = -1;
  int cpu = -1;
};

std::vector<Place> places_of(const EventTarget& target) {
  std::vector<Place> out;
  if (target.pid != 0) return {{target.pid, -1}};
  for (const pid_t task : target.tasks) out.push_back({task, -1});
  if (!out.empty()) return out;
  for (const int cpu : online_cpus()) out.push_back({target.cgroup_fd, cpu});
  return out;
}

perf_event_attr attr_of(const EventSpec& spec, const EventTarget& target, bool leader,
                        bool user_only) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = spec.type;
  attr.config = spec.config;
  attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  attr.disabled = leader;
  attr.inherit = target.pid != 0 || !target.tasks.empty();
  attr.enable_on_exec = leader && target.pid != 0 && !target.start_paused;
  attr.exclude_kernel = user_only || spec.user_only;
  attr.exclude_user = spec.kernel_only;
  attr.exclude_hv = 1;
  attr.exclude_guest = 1;
  return attr;
}

std::string why_refused(const EventSpec& spec, int error) {
  if (error == EACCES || error == EPERM) {
    return spec.in_kernel || spec.kernel_only
               ? "it happens in the kernel, which this user may not look into "
                 "(kernel.perf_event_paranoid)"
               : "this user may not (kernel.perf_event_paranoid)";
  }
  if (spec.hardware() && (error == ENOENT || error == EOPNOTSUPP || error == ENODEV)) {
    return "this machine shows no such counter of its processor (a virtual machine mostly has "
           "none)";
  }
  if (error == EINVAL && spec.group != 0) return "the processor cannot count that group together";
  return std::strerror(error);
}

}  // namespace

double EventCounters::Event::running_share() const {
  if (counts.empty()) return 1;
  double sum = 0;
  for (const One& one : counts) sum += one.count.running_share();
  return sum / static_cast<double>(counts.size());
}

// Events of one group on every place; why not, or the empty text.
std::string EventCounters::open_group(std::span<const EventSpec> group, const EventTarget& target,
                                      bool user_only) {
  std::vector<Event> opened(group.size());
  for (size_t i = 0; i < group.size(); ++i) opened[i].spec = group[i];
  const unsigned long flags =
      PERF_FLAG_FD_CLOEXEC | (target.cgroup_fd >= 0 ? PERF_FLAG_PID_CGROUP : 0);
  for (const Place& place : places_of(target)) {
    int leader = -1;
    for (size_t i = 0; i < group.size(); ++i) {
      const EventSpec& spec = group[i];
      if (user_only && (spec.in_kernel || spec.kernel_only)) return why_refused(spec, EACCES);
      perf_event_attr attr = attr_of(spec, target, leader < 0, user_only);
      base::UniqueFd fd{static_cast<int>(
          ::syscall(SYS_perf_event_open, &attr, place.task, place.cpu, leader, flags))};
      if (!fd) {
        if (errno == ESRCH && !target.tasks.empty()) break;  // the thread has ended meanwhile
        if (errno == ENODEV && place.cpu > 0) break;         // the CPU went offline
        return why_refused(spec, errno);
      }
      if (leader < 0) leader = fd.get();
      opened[i].counts.push_back({std::move(fd), {}});
    }
  }
  for (Event& event : opened) events_.push_back(std::move(event));
  return {};
}

Result<EventCounters> EventCounters::open(std::span<const EventSpec> specs,
                                          const EventTarget& target, bool user_only) {
  EventCounters out;
  out.enable_ = target.pid == 0;
  out.user_only_ = user_only;
  for (size_t at = 0; at < specs.size();) {
    size_t end = at + 1;
    while (specs[at].group != 0 && end < specs.size() && specs[end].group == specs[at].group) ++end;
    const std::span<const EventSpec> group = specs.subspan(at, end - at);
    at = end;
    std::string why = out.open_group(group, target, user_only);
    if (!why.empty() && !user_only) {
      std::string again = out.open_group(group, target, true);
      if (again.empty()) out.user_only_ = true;
      why = std::move(again);
    }
    if (why.empty()) continue;
    for (const EventSpec& spec : group) out.refused_.push_back({spec.name, why});
  }
  if (!out.events_.empty() || specs.empty()) return out;
  const RefusedEvent& first = out.refused_.front();
  std::string names;
  for (const RefusedEvent& one : out.refused_) {
    names += (names.empty() ? "" : ", ") + one.name;
  }
  const bool rights = first.why.find("paranoid") != std::string::npos;
  return tl::unexpected(Error{
      .code = rights ? Code::Permission : Code::Unsupported,
      .message = fmt::format("cannot count {}: {}", names, first.why),
      .effect = "nothing was recorded, and no program was run",
      .fixes = {rights ? "sudo sysctl kernel.perf_event_paranoid=1   (until reboot), or as root"
                       : "record without -e, or count what the kernel itself counts: "
                         "-e page-faults,context-switches,task-clock",
                rights
                    ? "count the user side of what is not the kernel's: -e page-faults:u"
                    : "record on a machine of metal, or let the hypervisor pass the counters on"},
      .number = "E045"});
}

void EventCounters::switch_all(unsigned long request) {
  for (Event& event : events_) {
    for (One& one : event.counts) ::ioctl(one.fd.get(), request, 0);
  }
}

void EventCounters::pause() {
  switch_all(PERF_EVENT_IOC_DISABLE);
}

void EventCounters::resume() {
  switch_all(PERF_EVENT_IOC_ENABLE);
}

void EventCounters::start(CounterWriter& writer, bool paused) {
  using recording::TrackKind;
  using recording::TrackScope;
  using recording::TrackUnit;
  for (Event& event : events_) {
    TrackSpec spec{.name = event.spec.name,
                   .unit = event.spec.nanoseconds ? TrackUnit::kNanoseconds : TrackUnit::kCount,
                   .kind = TrackKind::kCumulative,
                   .scope = TrackScope::kProgram};
    if (user_only_ && !event.spec.user_only) spec.name += ":u";
    event.series = writer.add(spec);
    spec.name += ".counted";
    spec.unit = TrackUnit::kShare;
    spec.kind = TrackKind::kGauge;
    spec.divisor = kShareDivisor;
    spec.qualifies = event.series;
    spec.quiet = true;
    event.share = writer.add(spec);
  }
  if (enable_ && !paused) resume();
  read(writer);
}

void EventCounters::read(CounterWriter& writer) {
  for (Event& event : events_) {
    double total = 0;
    bool any = false;
    for (One& one : event.counts) {
      uint64_t values[3];
      if (::read(one.fd.get(), values, sizeof values) != sizeof values) continue;
      one.count.add({.value = values[0], .enabled_ns = values[1], .running_ns = values[2]});
      total += static_cast<double>(one.count.total());
      any = true;
    }
    if (!any) continue;
    const TimeNs now = base::monotonic_now();
    writer.put(event.series, now, static_cast<int64_t>(std::min(total, 9.2e18)));
    const double share = event.running_share();
    writer.put(
        event.share, now,
        share >= kCountedWhole ? kShareDivisor : static_cast<int64_t>(share * kShareDivisor));
  }
}

std::vector<std::pair<std::string, double>> EventCounters::scaled() const {
  std::vector<std::pair<std::string, double>> out;
  for (const Event& event : events_) {
    const double share = event.running_share();
    if (share < kCountedWhole) out.emplace_back(event.spec.name, share);
  }
  return out;
}

}  // namespace hone::capture
