#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "capture/counters/event_names.h"
#include "capture/counters/proc_text.h"

using namespace hone::capture;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr int64_t kTickNs = 10'000'000;
  const auto check = [](int64_t value) {
    if (value < kAbsent) std::abort();
  };
  const StatText stat = parse_stat(text, kTickNs);
  check(stat.all.busy_ns());
  for (const StatText::Cpu& cpu : stat.cpus) check(cpu.times.busy_ns());
  check(parse_process_stat(text, kTickNs).user_ns);
  check(parse_statm(text, 4096).resident_bytes);
  check(parse_status(text).swapped_bytes);
  check(parse_io(text).read_bytes);
  check(parse_meminfo(text).swap_used_bytes);
  check(parse_load_hundredths(text));
  check(parse_number(text));
  check(parse_pressure(text).some_ns);
  for (const DiskText& disk : parse_diskstats(text)) check(disk.busy_ns);
  for (const InterfaceText& one : parse_net_dev(text)) check(one.sent_bytes);
  if (parse_cpu_max(text) == 0) std::abort();
  for (const GroupText& group : parse_groups(text)) has_word(group.controllers, "cpu");
  for (const GroupMount& mount : parse_group_mounts(text)) {
    if (mount.folder.size() > size) std::abort();
  }
  if (const auto events = parse_events(text)) {
    if (events->empty()) std::abort();
  }
  return 0;
}
