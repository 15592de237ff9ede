#include "session/own_memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/host/clock.h"

namespace hone::session {
namespace {

// A recorder that was told of this program takes it in as soon as it wakes.
constexpr int kWaitsForOwner = 40;
constexpr long kWaitNs = 5'000'000;
// A lease that ended so long ago will not be renewed.
constexpr int64_t kGoneNs = 2'000'000'000;

tl::unexpected<Error> taken(const std::string& who) {
  Error error{.code = Code::Cancelled,
              .message = who + " records this program already, and one recorder at a time does",
              .number = "E075"};
  return tl::unexpected(std::move(error));
}

bool is_gone(const Source& source, int32_t owner) {
  const uint64_t lease = source.rings.lease();
  return ::kill(owner, 0) != 0 && errno == ESRCH && lease != 0 &&
         raw(base::monotonic_now() - source.rows.time_of(lease)) > kGoneNs;
}

}  // namespace

Result<void> find_own_memory(std::vector<std::unique_ptr<Source>>& sources,
                             const drain::TickClock* clock, drain::SiteIds& sites) {
  DIR* const folder = ::opendir("/proc/self/fd");
  if (!folder) return fail_errno("cannot look for the memory of libhone: /proc/self/fd", errno);
  while (const dirent* entry = ::readdir(folder)) {
    char link[64] = {};
    const ssize_t bytes = ::readlinkat(::dirfd(folder), entry->d_name, link, sizeof link);
    if (bytes <= 0 ||
        !std::string_view(link, static_cast<size_t>(bytes)).starts_with("/memfd:hone-control")) {
      continue;
    }
    base::UniqueFd fd{::openat(::dirfd(folder), entry->d_name, O_RDWR | O_CLOEXEC)};
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) continue;
    const bool known = std::any_of(sources.begin(), sources.end(), [&](const auto& source) {
      return source->inode == status.st_ino;
    });
    if (known) continue;
    auto rings = drain::SpanRings::open(std::move(fd));
    if (!rings || rings->pid() != ::getpid()) continue;
    sources.push_back(std::make_unique<Source>(std::move(*rings), clock, sites));
    sources.back()->inode = status.st_ino;
  }
  ::closedir(folder);
  return {};
}

Result<void> own(Source& source) {
  drain::SpanRings& rings = source.rings;
  // It is on and nobody's: it has greeted a recorder, which has not answered yet.
  for (int i = 0; i < kWaitsForOwner && rings.owner() == 0 && rings.is_on(); ++i) {
    const timespec nap{0, kWaitNs};
    ::nanosleep(&nap, nullptr);
  }
  if (rings.owner() == 0 && rings.is_on()) return taken("a recorder");
  if (rings.own(::getpid())) return {};
  const int32_t owner = rings.owner();
  if (is_gone(source, owner) && rings.take_from(owner, ::getpid())) return {};
  return taken(fmt::format("process {}", owner));
}

uint64_t libraries_loaded() {
  uint64_t adds = 0;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* out) {
        *static_cast<uint64_t*>(out) = info->dlpi_adds;
        return 1;
      },
      &adds);
  return adds;
}

}  // namespace hone::session
