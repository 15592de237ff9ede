// What is said to a recorder: that there is a program, and that a ring fills while it sleeps.
#include "base/kernel.h"
#include "guest/runtime/runtime.h"
#include "wire/message.h"

namespace hone::runtime {

using namespace kernel;

namespace {

constexpr int kFutexWake = 1;

int connect_to(const char* path, bool abstract) {
  UnixAddress address;
  const unsigned size = make_unix_address(path, abstract, address);
  if (size == 0) return -1;
  const long fd = call(__NR_socket, kAfUnix, kSockSeqpacket | kSockCloexec | kSockNonblock, 0);
  if (failed(fd)) return -1;
  if (!failed(call(__NR_connect, fd, &address, size))) return (int)fd;
  call(__NR_close, fd);
  return -1;
}

int connect_anyhow() {
  const char* path =
      hone_own_page.recorder[0] ? hone_own_page.recorder : variable(wire::kSpansVariable);
  if (!path) return -1;
  const int fd = connect_to(path, false);
  return fd >= 0 ? fd : connect_to(path, true);
}

}  // namespace

bool greet_recorder(bool forked) {
  // What recorded the parent was a thread of the parent.
  if (same_text(hone_own_page.recorder, HONE_WITHIN)) return false;
  const int socket = connect_anyhow();
  if (socket < 0) return false;
  wire::Hello hello = {wire::kSpansMagic,
                       HONE_LAYOUT_VERSION,
                       forked ? wire::Start::kFork : wire::Start::kExec,
                       hone_own_page.pid,
                       (int32_t)hone_own_page.fork_of,
                       0};
  MessageVector vector = {&hello, sizeof hello};
  struct {
    ControlHeader header;
    int fd, padding;
  } rights = {{sizeof(ControlHeader) + sizeof(int), kSolSocket, kScmRights}, memory.descriptor, 0};
  MessageHeader message = {nullptr, 0, &vector, 1, &rights, sizeof rights, 0};
  const bool sent = !failed(call(__NR_sendmsg, socket, &message, kMsgNosignal | kMsgDontwait));
  call(__NR_close, socket);
  return sent;
}

void wake_recorder(const hone_thread& thread) {
  const uint32_t sleeps = __atomic_load_n(&hone_own_page.recorder_sleeps, __ATOMIC_RELAXED);
  const uint64_t unread = thread.head - __atomic_load_n(&thread.tail, __ATOMIC_RELAXED);
  if (sleeps > 1 && unread < HONE_RING_SLOTS / 2) return;
  // One thread wakes it.
  if (sleeps == 0 ||
      __atomic_exchange_n(&hone_own_page.recorder_sleeps, 0u, __ATOMIC_RELAXED) == 0) {
    return;
  }
  if (same_text(hone_own_page.recorder, HONE_WITHIN)) {
    call(__NR_futex, &hone_own_page.recorder_sleeps, kFutexWake, 1, 0L, 0L, 0);
    return;
  }
  const int socket = connect_anyhow();
  if (socket < 0) return;
  const uint32_t wake = wire::kWakeMagic;
  call(__NR_sendto, socket, &wake, sizeof wake, kMsgDontwait | kMsgNosignal, 0L, 0);
  call(__NR_close, socket);
}

}  // namespace hone::runtime
