#include "capture/counters/proc_text.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace hone::capture {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
// A text may be hostile: a machine with more of these shows the first.
constexpr size_t kCpusMax = 4096;
constexpr size_t kDevicesMax = 4096;
constexpr size_t kGroupsMax = 256;
constexpr int64_t kSectorBytes = 512;  // of diskstats, whatever the disk's own

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view next_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

std::string_view next_word(std::string_view& line) {
  size_t at = 0;
  while (at < line.size() && is_space(line[at])) ++at;
  size_t end = at;
  while (end < line.size() && !is_space(line[end])) ++end;
  const std::string_view word = line.substr(at, end - at);
  line.remove_prefix(end);
  return word;
}

// Counters are unsigned 64 bits wide; beyond what a recording holds there is nothing to measure.
int64_t number(std::string_view word) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end == word.data() || value > static_cast<uint64_t>(kMost)) {
    return kAbsent;
  }
  return static_cast<int64_t>(value);
}

int64_t next_number(std::string_view& line) {
  return number(next_word(line));
}

int64_t times(int64_t value, int64_t factor) {
  if (value == kAbsent) return kAbsent;
  int64_t product = 0;
  return __builtin_mul_overflow(value, factor, &product) ? kAbsent : product;
}

int64_t sum(int64_t a, int64_t b) {
  if (a == kAbsent || b == kAbsent) return a == kAbsent ? b : a;
  int64_t total = 0;
  return __builtin_add_overflow(a, b, &total) ? kAbsent : total;
}

// Older kernels have fewer of them.
CpuTimes parse_cpu_times(std::string_view line, int64_t tick_ns) {
  int64_t at[8];
  for (int64_t& field : at) field = times(next_number(line), tick_ns);
  return {.user_ns = sum(at[0], at[1]),
          .system_ns = at[2],
          .idle_ns = at[3],
          .waiting_ns = at[4],
          .interrupt_ns = sum(at[5], at[6]),
          .stolen_ns = at[7]};
}

int64_t kilobytes_of(std::string_view text, std::string_view key) {
  return times(number_of(text, key), 1024);
}

// Of mountinfo: space, tab, newline and backslash are written in octal.
std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](size_t at) { return text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && i + 3 < text.size() && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                               (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

int64_t CpuTimes::busy_ns() const {
  return sum(sum(user_ns, system_ns), interrupt_ns);
}

StatText parse_stat(std::string_view text, int64_t tick_ns) {
  StatText out;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::string_view key = next_word(line);
    if (key == "cpu") {
      out.all = parse_cpu_times(line, tick_ns);
    } else if (key.starts_with("cpu")) {
      const int64_t cpu = number(key.substr(3));
      if (cpu < 0 || cpu >= 0xffff || out.cpus.size() == kCpusMax) continue;
      out.cpus.push_back({static_cast<uint32_t>(cpu), parse_cpu_times(line, tick_ns)});
    } else if (key == "intr") {
      out.interrupts = next_number(line);
    } else if (key == "ctxt") {
      out.switches = next_number(line);
    } else if (key == "processes") {
      out.forks = next_number(line);
    } else if (key == "procs_running") {
      out.running = next_number(line);
    } else if (key == "procs_blocked") {
      out.blocked = next_number(line);
    }
  }
  return out;
}

ProcessText parse_process_stat(std::string_view text, int64_t tick_ns) {
  ProcessText out;
  // The name may hold anything, so that the last ')' ends it.
  const size_t name_end = text.rfind(')');
  if (name_end == text.npos) return out;
  std::string_view rest = text.substr(name_end + 1);
  const std::string_view state = next_word(rest);
  if (state.size() != 1) return out;
  // Numbered as in proc(5), where the state is the third.
  std::string_view fields[21];
  for (size_t i = 4; i < 21; ++i) fields[i] = next_word(rest);
  if (fields[20].empty()) return out;
  out.state = state[0];
  out.minor_faults = number(fields[10]);
  out.major_faults = number(fields[12]);
  out.user_ns = times(number(fields[14]), tick_ns);
  out.system_ns = times(number(fields[15]), tick_ns);
  out.threads = number(fields[20]);
  return out;
}

ResidentText parse_statm(std::string_view text, int64_t page_bytes) {
  next_word(text);
  ResidentText out;
  out.resident_bytes = times(next_number(text), page_bytes);
  out.shared_bytes = times(next_number(text), page_bytes);
  return out;
}

StatusText parse_status(std::string_view text) {
  // The first line holds the name, which is the program's own choice.
  next_line(text);
  return {.file_bytes = kilobytes_of(text, "RssFile"),
          .shared_bytes = kilobytes_of(text, "RssShmem"),
          .swapped_bytes = kilobytes_of(text, "VmSwap"),
          .voluntary_switches = number_of(text, "voluntary_ctxt_switches"),
          .involuntary_switches = number_of(text, "nonvoluntary_ctxt_switches")};
}

IoText parse_io(std::string_view text) {
  return {.read_calls_bytes = number_of(text, "rchar"),
          .written_calls_bytes = number_of(text, "wchar"),
          .read_calls = number_of(text, "syscr"),
          .write_calls = number_of(text, "syscw"),
          .read_bytes = number_of(text, "read_bytes"),
          .written_bytes = number_of(text, "write_bytes")};
}

MemoryText parse_meminfo(std::string_view text) {
  MemoryText out{.available_bytes = kilobytes_of(text, "MemAvailable"),
                 .cached_bytes = kilobytes_of(text, "Cached"),
                 .dirty_bytes = kilobytes_of(text, "Dirty")};
  const int64_t total = kilobytes_of(text, "SwapTotal");
  const int64_t free = kilobytes_of(text, "SwapFree");
  if (total != kAbsent && free != kAbsent) {
    out.swap_used_bytes = std::max<int64_t>(total - free, 0);
  }
  return out;
}

int64_t parse_load_hundredths(std::string_view text) {
  const std::string_view word = next_word(text);
  const size_t point = word.find('.');
  if (point == word.npos || word.size() != point + 3) return kAbsent;
  const int64_t whole = number(word.substr(0, point));
  const int64_t rest = number(word.substr(point + 1));
  return rest == kAbsent ? kAbsent : sum(times(whole, 100), whole == kAbsent ? kAbsent : rest);
}

std::vector<DiskText> parse_diskstats(std::string_view text) {
  std::vector<DiskText> out;
  while (!text.empty() && out.size() < kDevicesMax) {
    std::string_view line = next_line(text);
    next_word(line);
    next_word(line);
    DiskText disk{.name = next_word(line)};
    // Reads, merged, sectors, ms; the same of writes; in flight, ms of doing something.
    int64_t field[10];
    for (int64_t& value : field) value = next_number(line);
    disk.read_bytes = times(field[2], kSectorBytes);
    disk.written_bytes = times(field[6], kSectorBytes);
    disk.busy_ns = times(field[9], 1'000'000);
    if (!disk.name.empty() && disk.read_bytes != kAbsent) out.push_back(disk);
  }
  return out;
}

std::vector<InterfaceText> parse_net_dev(std::string_view text) {
  std::vector<InterfaceText> out;
  while (!text.empty() && out.size() < kDevicesMax) {
    std::string_view line = next_line(text);
    const size_t colon = line.find(':');
    if (colon == line.npos) continue;  // the heading
    std::string_view name = line.substr(0, colon);
    InterfaceText one{.name = next_word(name)};
    line.remove_prefix(colon + 1);
    one.received_bytes = next_number(line);
    for (int skipped = 0; skipped < 7; ++skipped) next_word(line);
    one.sent_bytes = next_number(line);
    if (!one.name.empty() && one.received_bytes != kAbsent) out.push_back(one);
  }
  return out;
}

PressureText parse_pressure(std::string_view text) {
  PressureText out;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::string_view who = next_word(line);
    const size_t total = line.find("total=");
    if (total == line.npos) continue;
    std::string_view rest = line.substr(total + 6);
    const int64_t ns = times(next_number(rest), 1000);
    if (who == "some") out.some_ns = ns;
    if (who == "full") out.full_ns = ns;
  }
  return out;
}

int64_t number_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    if (line.starts_with(':')) {
      line.remove_prefix(1);
    } else if (line.empty() || !is_space(line[0])) {
      continue;  // a longer key
    }
    return next_number(line);
  }
  return kAbsent;
}

int64_t parse_number(std::string_view text) {
  return next_number(text);
}

double parse_cpu_max(std::string_view text) {
  const int64_t quota = next_number(text);
  const int64_t period = next_number(text);
  if (quota <= 0 || period <= 0) return -1;
  return static_cast<double>(quota) / static_cast<double>(period);
}

std::vector<GroupText> parse_groups(std::string_view text) {
  std::vector<GroupText> out;
  while (!text.empty() && out.size() < kGroupsMax) {
    const std::string_view line = next_line(text);
    const size_t first = line.find(':');
    const size_t second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos) continue;
    out.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return out;
}

std::vector<GroupMount> parse_group_mounts(std::string_view text) {
  std::vector<GroupMount> out;
  while (!text.empty() && out.size() < kGroupsMax) {
    std::string_view line = next_line(text);
    const size_t dash = line.find(" - ");
    if (dash == line.npos) continue;
    std::string_view rest = line.substr(dash + 3);
    const std::string_view type = next_word(rest);
    if (type != "cgroup" && type != "cgroup2") continue;
    next_word(rest);
    const std::string_view options = next_word(rest);
    std::string_view head = line.substr(0, dash);
    for (int skipped = 0; skipped < 3; ++skipped) next_word(head);
    const std::string_view root = next_word(head);
    const std::string_view folder = next_word(head);
    if (root.empty() || folder.empty()) continue;
    out.push_back({unescaped(root), unescaped(folder), std::string(options), type == "cgroup2"});
  }
  return out;
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (list.substr(0, comma) == word) return true;
    list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
  }
  return false;
}

}  // namespace hone::capture
