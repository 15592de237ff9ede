#include "capture/probes/probe_cost.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/host/clock.h"
#include "base/host/file.h"
#include "capture/probes/probe_definitions.h"
#include "capture/probes/probe_events.h"

#if defined(__x86_64__)
// As functions begin and end. Written here, so that it is known where their returns are.
asm(R"(
.pushsection .text
.globl hone_probed_pushing, hone_probed_stepped
.type hone_probed_pushing, @function
hone_probed_pushing:
  push %rbp
  pop %rbp
  ret
.size hone_probed_pushing, . - hone_probed_pushing
.type hone_probed_stepped, @function
hone_probed_stepped:
  mov %edi, %eax
  ret
.size hone_probed_stepped, . - hone_probed_stepped
.popsection
)");
#endif

namespace hone::capture {
namespace {

constexpr int kBatches = 8, kCallsOfBatch = 32;
constexpr uint64_t kReturnAt = 2;  // behind push and pop, or behind mov
constexpr size_t kMapsBytesMax = size_t{16} << 20;

// Where in which file the code at `address` of ours is.
struct Place {
  std::string path;
  FileOffset offset{};
};

Result<Place> place_of(uint64_t address) {
  HONE_TRY_ASSIGN(const std::string maps, base::read_file("/proc/self/maps", kMapsBytesMax));
  for (size_t at = 0; at < maps.size();) {
    const std::string line = maps.substr(at, maps.find('\n', at) - at);
    at += line.size() + 1;
    char* end = nullptr;
    const uint64_t begin = std::strtoull(line.c_str(), &end, 16);
    const uint64_t until = *end == '-' ? std::strtoull(end + 1, &end, 16) : 0;
    if (address < begin || address >= until) continue;
    const uint64_t offset = std::strtoull(end + 6, nullptr, 16);  // " r-xp "
    const size_t slash = line.find('/');
    if (slash == std::string::npos) break;
    return Place{"/proc/self/exe", FileOffset{offset + (address - begin)}};
  }
  return fail(Code::NotFound, "our own code");
}

}  // namespace

#if defined(__x86_64__)
extern "C" void hone_probed_pushing();
extern "C" void hone_probed_stepped();

namespace {

Result<ProbeCost> measure(void (*probed)()) {
  HONE_TRY_ASSIGN(const Place place, place_of(reinterpret_cast<uint64_t>(probed)));
  ProbePlan plan;
  HONE_TRY_ASSIGN(base::UniqueFd fd, base::open_file(place.path, O_RDONLY));
  plan.files.push_back({std::move(fd), "hone"});
  plan.functions.push_back({.name = "a function of our own"});
  plan.points = {{0, 0, place.offset, CallEvent::What::kEntry},
                 {0, 0, FileOffset{raw(place.offset) + kReturnAt}, CallEvent::What::kReturn}};
  HONE_TRY_ASSIGN(const ProbeDefinitions defined, ProbeDefinitions::make(plan));
  const auto self = static_cast<pid_t>(::syscall(SYS_gettid));
  HONE_TRY_ASSIGN(ProbeEvents events, ProbeEvents::open({.id = defined.id(), .tasks = {self}}));
  ProbeCost best{.call_ns = std::numeric_limits<double>::max()};
  for (int batch = 0; batch < kBatches; ++batch) {
    const TimeNs from = base::monotonic_now();
    for (int i = 0; i < kCallsOfBatch; ++i) probed();
    const double whole_ns = static_cast<double>(raw(base::monotonic_now() - from)) / kCallsOfBatch;
    // Between the two stamps of each call.
    int64_t inside_ns = 0;
    size_t told = 0;
    events.drain(TimeNs{INT64_MAX}, [&](std::span<const uint8_t> record) {
      inside_ns += told++ % 2 == 0 ? -record_time(record) : record_time(record);
    });
    if (told != 2 * kCallsOfBatch || whole_ns >= best.call_ns) continue;
    const double inside = static_cast<double>(inside_ns) / kCallsOfBatch;
    best = {.call_ns = whole_ns, .in_parent_ns = std::max(0.0, whole_ns - inside)};
  }
  if (best.call_ns == std::numeric_limits<double>::max()) {
    return fail(Code::Unsupported, "the kernel told of none of the calls");
  }
  return best;
}

}  // namespace

Result<ProbeCosts> measure_probe_costs() {
  ProbeCosts out;
  HONE_TRY_ASSIGN(out.pushing, measure(&hone_probed_pushing));
  HONE_TRY_ASSIGN(out.stepped, measure(&hone_probed_stepped));
  return out;
}
#else
Result<ProbeCosts> measure_probe_costs() {
  return fail(Code::Unsupported, "probes are for x86-64");
}
#endif

}  // namespace hone::capture
