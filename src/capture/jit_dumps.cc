#include "capture/jit_dumps.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/host/clock.h"
#include "capture/collector.h"

namespace hone::capture {
namespace {

constexpr size_t kFilesMax = 256;
constexpr size_t kReadBytes = 1 << 20;
constexpr uint64_t kDumpBytesMax = uint64_t{4} << 30;
constexpr int64_t kLookNs = 40'000'000;
constexpr size_t kSeenMax = 1 << 20;
constexpr uint64_t kGenerationsMax = 0xffff;

}  // namespace

bool is_jit_dump(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (!path.starts_with('/') || !name.starts_with("jit-") || !name.ends_with(".dump")) return false;
  const std::string_view id = name.substr(4, name.size() - 9);
  return !id.empty() &&
         std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
}

const symbols::JitCode* JitDumpFile::code_of(uint64_t place, bool* several) const {
  const Avma address{place & kJitAddressMask};
  if (several) *several = false;
  if (const uint64_t generation = place >> 48; generation != 0) {
    return dump.of_generation(address, static_cast<uint32_t>(generation));
  }
  const auto when = seen.find(raw(address));
  if (when == seen.end()) return dump.find(address, TimeNs{INT64_MAX});
  const auto* code = dump.of_range(address, when->second.first, when->second.second, several);
  // Some compilers write of code when it has run already.
  return code ? code : dump.of_generation(address, 0);
}

JitDumpFile* JitDumps::open(const MapEvent& event) {
  const std::string path(event.path);
  const std::string candidates[] = {fmt::format("/proc/{}/map_files/{:x}-{:x}", event.pid,
                                                event.begin, event.begin + event.bytes),
                                    fmt::format("/proc/{}/root{}", event.pid, path), path};
  for (const std::string& candidate : candidates) {
    base::UniqueFd fd{::open(candidate.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status = {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (status.st_ino != event.identity.inode) continue;
    const std::pair<uint64_t, uint64_t> inode{status.st_dev, status.st_ino};
    for (const auto& [known, file] : by_inode_) {
      if (known == inode) return file;
    }
    if (files_.size() >= kFilesMax) return nullptr;
    JitDumpFile& file = files_.emplace_back();
    file.fd = std::move(fd);
    file.path = path;
    by_inode_.emplace_back(inode, &file);
    return &file;
  }
  return nullptr;
}

void JitDumps::read_on(JitDumpFile& file) {
  size_t want = kReadBytes;
  while (file.dump.state() == symbols::JitDump::State::kReading && file.taken < kDumpBytesMax) {
    buffer_.resize(want);
    const ssize_t got =
        ::pread(file.fd.get(), buffer_.data(), want, static_cast<off_t>(file.taken));
    if (got <= 0) return;
    const size_t done = file.dump.take({buffer_.data(), static_cast<size_t>(got)});
    file.taken += done;
    if (done > 0) continue;
    // A record that is longer than what was read, or is being written.
    if (static_cast<size_t>(got) < want || want > symbols::JitDump::kRecordBytesMax) return;
    want *= 4;
  }
}

uint64_t JitDumps::place(JitDumpFile& file, stacks::Module& module, uint64_t address, TimeNs time) {
  if (of_module_.try_emplace(&module, &file).second && module.id == ModuleId::kNone) {
    module.path = "[jit]";
  }
  const TimeNs now = base::monotonic_now();
  if (raw(now) - raw(file.looked_at) > kLookNs) {
    file.looked_at = now;
    read_on(file);
  }
  if (address > kJitAddressMask) return address;
  uint32_t generation = 0;
  if (file.dump.find(Avma{address}, time, &generation) && generation != 0 &&
      generation <= kGenerationsMax) {
    return address | static_cast<uint64_t>(generation) << 48;
  }
  if (file.seen.size() < kSeenMax || file.seen.contains(address)) {
    auto [entry, is_new] = file.seen.try_emplace(address, time, time);
    entry->second.second = std::max(entry->second.second, time);
  }
  return address;
}

const JitDumpFile* JitDumps::of(const stacks::Module& module) const {
  const auto found = of_module_.find(&module);
  return found == of_module_.end() ? nullptr : found->second;
}

void JitDumps::finish(recording::Builder& builder) {
  const auto note = [&](std::string_view name, uint64_t count, const std::string& detail) {
    if (count == 0) return;
    builder.append(recording::DiagnosticRow{
        .name = name, .severity = recording::kNotice, .count = count, .detail = detail});
  };
  for (JitDumpFile& file : files_) {
    read_on(file);
    const bool refused = file.dump.state() == symbols::JitDump::State::kRefused;
    note("jitdump_damaged", refused ? 1 : file.dump.skipped(),
         file.path + ": " + file.dump.problem());
    uint64_t unsure = 0;
    for (const auto& [address, when] : file.seen) {
      bool several = false;
      (void)file.code_of(address, &several);
      unsure += several;
    }
    note(
        "jit_code_replaced", unsure,
        "places in JIT code at which one function followed another before its maker had written of "
        "it: named by the one that was there for longest");
  }
}

}  // namespace hone::capture
