#include "capture/wait_looks.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "base/host/clock.h"
#include "base/host/file.h"

namespace hone::capture {
namespace {

// The outer rest is read where a stack is larger.
constexpr size_t kStackBytes = 16 << 10;
constexpr size_t kPageBytes = 4096;
constexpr size_t kNameBytesMax = 64;

// The words of a line, one after the other.
std::string_view next_word(std::string_view& text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  text.remove_prefix(begin);
  const std::string_view word = text.substr(0, text.find_first_of(" \t\n"));
  text.remove_prefix(word.size());
  return word;
}

bool parse_hex(std::string_view word, uint64_t& out) {
  if (!word.starts_with("0x")) return false;
  word.remove_prefix(2);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out, 16);
  return error == std::errc{} && end == word.data() + word.size();
}

base::UniqueFd open_task_file(pid_t pid, pid_t tid, const char* name) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/task/%d/%s", pid, tid, name);
  return base::UniqueFd{::open(path, O_RDONLY | O_CLOEXEC)};
}

// Short files of /proc, without an allocation: they are read many times a second.
std::string_view read_task_file(const base::UniqueFd& fd, char (&buffer)[512]) {
  const ssize_t got = fd ? ::read(fd.get(), buffer, sizeof buffer) : -1;
  return {buffer, static_cast<size_t>(std::max<ssize_t>(got, 0))};
}

size_t read_stack(pid_t pid, uint64_t from, std::vector<uint8_t>& out) {
  out.resize(kStackBytes);
  iovec local{out.data(), out.size()};
  // A read is cut at an unmapped page only between two parts.
  iovec remote[kStackBytes / kPageBytes + 1];
  size_t count = 0;
  for (uint64_t at = from; at - from < kStackBytes;) {
    const uint64_t bytes = std::min(kPageBytes - at % kPageBytes, kStackBytes - (at - from));
    if (at + bytes < at) break;
    remote[count++] = {reinterpret_cast<void*>(at), static_cast<size_t>(bytes)};
    at += bytes;
  }
  const ssize_t got = ::process_vm_readv(pid, &local, 1, remote, count, 0);
  return static_cast<size_t>(std::max<ssize_t>(got, 0));
}

}  // namespace

bool parse_system_call(std::string_view text, SystemCall& out) {
  out = {};
  const std::string_view first = next_word(text);
  if (first == "running") {
    out.running = true;
    return true;
  }
  const auto [end, error] = std::from_chars(first.data(), first.data() + first.size(), out.number);
  if (error != std::errc{} || end != first.data() + first.size() || out.number < -1) return false;
  if (out.number > INT32_MAX) return false;
  // In a system call its six arguments come before the two registers.
  for (int i = 0; out.number >= 0 && i < 6; ++i) {
    uint64_t ignored = 0;
    if (!parse_hex(next_word(text), ignored)) return false;
  }
  return parse_hex(next_word(text), out.sp) && parse_hex(next_word(text), out.pc);
}

int64_t parse_run_delay(std::string_view text) {
  next_word(text);
  const std::string_view word = next_word(text);
  int64_t ns = -1;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), ns);
  if (error != std::errc{} || end != word.data() + word.size() || ns < 0) return -1;
  return ns;
}

std::string_view parse_wait_place(std::string_view text) {
  const std::string_view word = next_word(text);
  if (word.empty() || word.size() > kNameBytesMax || word == "0") return {};
  const bool is_name = std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
  return is_name ? word : std::string_view{};
}

LookEnd look_at(pid_t pid, pid_t tid, ProcLook& out) {
  char buffer[512];
  out.stack.clear();
  const base::UniqueFd call_fd = open_task_file(pid, tid, "syscall");
  const base::UniqueFd place_fd = open_task_file(pid, tid, "wchan");
  // A short wait may hold the first of these readings and not the rest.
  out.from = base::monotonic_now();
  const std::string_view call = read_task_file(call_fd, buffer);
  out.until = base::monotonic_now();
  const bool has_call = parse_system_call(call, out.call);
  if (has_call && out.call.running) return LookEnd::kRuns;
  out.place = parse_wait_place(read_task_file(place_fd, buffer));
  out.place_until = base::monotonic_now();
  if (has_call && out.call.sp != 0) {
    const size_t got = read_stack(pid, out.call.sp, out.stack);
    out.stack.resize(got);
  }
  out.stack_until = base::monotonic_now();
  const bool seen = (has_call && out.call.number >= 0) || !out.place.empty();
  return seen ? LookEnd::kSeen : LookEnd::kRefused;
}

bool parse_run_account(std::string_view text, RunAccount& out) {
  for (int64_t* to : {&out.ran_ns, &out.delayed_ns}) {
    const std::string_view word = next_word(text);
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *to);
    if (error != std::errc{} || end != word.data() + word.size() || *to < 0) return false;
  }
  return true;
}

bool read_run_account(pid_t pid, pid_t tid, RunAccount& out) {
  char buffer[512];
  return parse_run_account(read_task_file(open_task_file(pid, tid, "schedstat"), buffer), out);
}

int64_t run_delay_ns(pid_t pid, pid_t tid) {
  char buffer[512];
  return parse_run_delay(read_task_file(open_task_file(pid, tid, "schedstat"), buffer));
}

}  // namespace hone::capture
