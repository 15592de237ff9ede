#include "capture/thread_times.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

#include "base/host/file.h"
#include "capture/running.h"

namespace hone::capture {
namespace {

constexpr size_t kTextBytesMax = 4096;

std::string text_of(const std::string& path) {
  auto text = base::read_file(path, kTextBytesMax);
  return text ? std::move(*text) : std::string();
}

// A number from the front of `text`, which it and the spaces after it leave.
std::optional<int64_t> take_number(std::string_view& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  while (text.starts_with(' ')) text.remove_prefix(1);
  return value;
}

}  // namespace

std::optional<SchedStat> parse_schedstat(std::string_view text) {
  const auto running = take_number(text);
  const auto queued = running ? take_number(text) : std::nullopt;
  if (!queued) return std::nullopt;
  return SchedStat{*running, *queued};
}

std::optional<ThreadStat> parse_thread_stat(std::string_view text) {
  const size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close <= open ||
      close + 2 >= text.size()) {
    return std::nullopt;
  }
  return ThreadStat{std::string(text.substr(open + 1, close - open - 1)), text[close + 2]};
}

std::string parse_wait_channel(std::string_view text) {
  text = text.substr(0, text.find_first_of("\n ."));
  return text == "0" ? std::string() : std::string(text);
}

std::vector<ThreadTimes> read_thread_times(std::span<const pid_t> pids, size_t threads_max) {
  std::vector<ThreadTimes> out;
  for (const pid_t pid : pids) {
    const std::string folder = fmt::format("/proc/{}", pid);
    const auto process = parse_thread_stat(text_of(folder + "/stat"));
    for (const pid_t tid : threads_of(pid)) {
      if (out.size() >= threads_max) return out;
      const std::string task = fmt::format("{}/task/{}", folder, tid);
      const auto times = parse_schedstat(text_of(task + "/schedstat"));
      const auto stat = parse_thread_stat(text_of(task + "/stat"));
      if (!times || !stat) continue;  // it has ended
      out.push_back({.pid = pid,
                     .tid = tid,
                     .name = stat->name,
                     .process = process ? process->name : "",
                     .running_ns = times->running_ns,
                     .queued_ns = times->queued_ns,
                     .state = stat->state});
      if (stat->state != 'R') out.back().waits_in = parse_wait_channel(text_of(task + "/wchan"));
    }
  }
  return out;
}

}  // namespace hone::capture
