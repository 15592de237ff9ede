#include "capture/counters/event_names.h"

#include <fmt/format.h>
#include <linux/perf_event.h>

#include <charconv>

#include "base/host/text.h"

namespace hone::capture {
namespace {

constexpr size_t kEventsMax = 64;

constexpr uint64_t cache(uint64_t which, uint64_t operation, uint64_t result) {
  return which | operation << 8 | result << 16;
}
constexpr uint64_t kRead = PERF_COUNT_HW_CACHE_OP_READ;
constexpr uint64_t kAccess = PERF_COUNT_HW_CACHE_RESULT_ACCESS;
constexpr uint64_t kMiss = PERF_COUNT_HW_CACHE_RESULT_MISS;

struct KnownEvent {
  std::string_view name;
  uint32_t type;
  uint64_t config;
  bool nanoseconds = false;
  bool in_kernel = false;
};
constexpr KnownEvent kKnown[] = {
    {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
    {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    {"ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES},
    {"cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES},
    {"cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
    {"branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
    {"branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
    {"stalled-cycles-frontend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
    {"stalled-cycles-backend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
    {"L1-dcache-loads", PERF_TYPE_HW_CACHE, cache(PERF_COUNT_HW_CACHE_L1D, kRead, kAccess)},
    {"L1-dcache-load-misses", PERF_TYPE_HW_CACHE, cache(PERF_COUNT_HW_CACHE_L1D, kRead, kMiss)},
    {"L1-icache-load-misses", PERF_TYPE_HW_CACHE, cache(PERF_COUNT_HW_CACHE_L1I, kRead, kMiss)},
    {"LLC-loads", PERF_TYPE_HW_CACHE, cache(PERF_COUNT_HW_CACHE_LL, kRead, kAccess)},
    {"LLC-load-misses", PERF_TYPE_HW_CACHE, cache(PERF_COUNT_HW_CACHE_LL, kRead, kMiss)},
    {"dTLB-loads", PERF_TYPE_HW_CACHE, cache(PERF_COUNT_HW_CACHE_DTLB, kRead, kAccess)},
    {"dTLB-load-misses", PERF_TYPE_HW_CACHE, cache(PERF_COUNT_HW_CACHE_DTLB, kRead, kMiss)},
    {"iTLB-load-misses", PERF_TYPE_HW_CACHE, cache(PERF_COUNT_HW_CACHE_ITLB, kRead, kMiss)},
    {"task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, true},
    {"page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    {"minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN},
    {"major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ},
    {"context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, false, true},
    {"cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS, false, true},
    {"alignment-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_ALIGNMENT_FAULTS},
    {"emulation-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS},
};
struct Alias {
  std::string_view name, is;
};
constexpr Alias kAliases[] = {
    {"cpu-cycles", "cycles"},   {"branch-instructions", "branches"}, {"faults", "page-faults"},
    {"cs", "context-switches"}, {"migrations", "cpu-migrations"},
};

tl::unexpected<Error> wrong(std::string message, std::string fix) {
  return tl::unexpected(Error{.code = Code::InvalidArgument,
                              .message = std::move(message),
                              .effect = "nothing was recorded",
                              .fixes = {std::move(fix)},
                              .number = "E046"});
}

// "u", "k" behind a colon.
bool take_modifier(std::string_view modifier, EventSpec& out) {
  out.user_only = modifier == "u";
  out.kernel_only = modifier == "k";
  return modifier.empty() || out.user_only || out.kernel_only;
}

bool is_raw(std::string_view word, EventSpec& out) {
  if (word.size() < 2 || word.size() > 17 || word[0] != 'r') return false;
  const char* end = word.data() + word.size();
  const auto [at, error] = std::from_chars(word.data() + 1, end, out.config, 16);
  out.type = PERF_TYPE_RAW;
  return error == std::errc{} && at == end;
}

Result<EventSpec> parse_event(std::string_view text) {
  const size_t colon = text.find(':');
  std::string_view word = text.substr(0, colon);
  const std::string_view modifier = colon == text.npos ? "" : text.substr(colon + 1);
  EventSpec out;
  for (const Alias& alias : kAliases) {
    if (alias.name == word) word = alias.is;
  }
  bool found = false;
  for (const KnownEvent& known : kKnown) {
    if (known.name != word) continue;
    out.type = known.type;
    out.config = known.config;
    out.nanoseconds = known.nanoseconds;
    out.in_kernel = known.in_kernel;
    found = true;
  }
  if (!found && !is_raw(word, out)) {
    const std::vector<std::string_view> names = event_names();
    const std::string_view near = base::nearest(word, names.data(), names.size());
    return wrong(fmt::format("'{}' is no event that can be counted", word),
                 near.empty() ? "hone help E046   lists the events" : fmt::format("-e {}", near));
  }
  if (colon != text.npos && (modifier.empty() || !take_modifier(modifier, out))) {
    return wrong(
        fmt::format("an event takes :u (user side) or :k (kernel side), not ':{}'", modifier),
        fmt::format("-e {}:u", word));
  }
  out.name = modifier.empty() ? std::string(word) : fmt::format("{}:{}", word, modifier);
  return out;
}

}  // namespace

bool EventSpec::hardware() const {
  return type != PERF_TYPE_SOFTWARE;
}

std::vector<std::string_view> event_names() {
  std::vector<std::string_view> out;
  for (const KnownEvent& known : kKnown) out.push_back(known.name);
  return out;
}

Result<std::vector<EventSpec>> parse_events(std::string_view list) {
  std::vector<EventSpec> out;
  uint32_t groups = 0;
  bool in_group = false;
  const auto malformed = [&] {
    return wrong(fmt::format("'{}' is no list of events", list),
                 "-e instructions,{cache-references,cache-misses}");
  };
  for (;;) {
    if (list.starts_with('{')) {
      if (in_group) return malformed();
      in_group = true;
      ++groups;
      list.remove_prefix(1);
    }
    const size_t end = list.find_first_of(",{}");
    HONE_TRY_ASSIGN(EventSpec event, parse_event(list.substr(0, end)));
    event.group = in_group ? groups : 0;
    out.push_back(std::move(event));
    if (out.size() > kEventsMax) return wrong("these are more than 64 events", "ask for fewer");
    list.remove_prefix(end == list.npos ? list.size() : end);
    if (list.starts_with('}')) {
      if (!in_group) return malformed();
      in_group = false;
      list.remove_prefix(1);
    }
    if (list.empty()) break;
    if (!list.starts_with(',')) return malformed();
    list.remove_prefix(1);
  }
  if (in_group) return malformed();
  return out;
}

}  // namespace hone::capture
