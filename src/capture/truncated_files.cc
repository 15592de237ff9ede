#include "capture/truncated_files.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace hone::capture {
namespace {

uintptr_t page_bytes = 4096;

void on_bus_error(int signal, siginfo_t* info, void*) {
  const int saved_errno = errno;
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr) & ~(page_bytes - 1);
  // BUS_ADRERR: behind the end of a mapped file. Anything else is a fault of the machine.
  if (info->si_code != BUS_ADRERR ||
      ::mmap(reinterpret_cast<void*>(address), page_bytes, PROT_READ,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
    ::signal(signal, SIG_DFL);
  }
  errno = saved_errno;
}

}  // namespace

void survive_truncated_files() {
  page_bytes = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace hone::capture
