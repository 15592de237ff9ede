#include "guest/agent/agent.h"
#include "guest/agent/kernel.h"
#include "wire/message.h"

namespace hone::agent {

Session session = {};

namespace {

constexpr int kGreetingSeconds = 2;
constexpr int kFAddSeals = 1033;
constexpr int kSealSeal = 1, kSealShrink = 2, kSealGrow = 4;
constexpr unsigned kMfdCloexec = 1, kMfdAllowSealing = 2;
constexpr int kMadvDontfork = 10, kMadvDontdump = 16;
constexpr int kRlimitFsize = 1;
constexpr int kAtEmptyPath = 0x1000;
constexpr long kStatxInode = 0x100;

struct Statx {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint32_t links, uid, gid;
  uint16_t mode, spare0;
  uint64_t inode, size, blocks, attributes_mask;
  uint64_t times[8];
  uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
  uint64_t spare[14];
};
static_assert(sizeof(Statx) == 256);

int connect_to(const char* path, bool abstract, bool waits) {
  UnixAddress address;
  const unsigned size = make_unix_address(path, abstract, address);
  if (size == 0) return -1;
  const int kind = kSockSeqpacket | kSockCloexec | (waits ? 0 : kSockNonblock);
  const long fd = call(__NR_socket, kAfUnix, kind, 0);
  if (failed(fd)) return -1;
  const __kernel_old_timeval patience = {kGreetingSeconds, 0};
  call(__NR_setsockopt, fd, kSolSocket, kSoSndtimeo, &patience, sizeof patience);
  call(__NR_setsockopt, fd, kSolSocket, kSoRcvtimeo, &patience, sizeof patience);
  if (failed(call(__NR_connect, fd, &address, size))) {
    call(__NR_close, fd);
    return -1;
  }
  return (int)fd;
}

// A limit on files (ulimit -f) holds for this memory, too, and is enforced by a signal.
uint64_t file_bytes_max() {
  uint64_t limit[2] = {};
  if (failed(call(__NR_prlimit64, 0, kRlimitFsize, 0L, limit))) return ~0ull;
  return limit[0];
}

int make_memory(uint32_t* ring_count) {
  const long fd = call(__NR_memfd_create, "hone-control", kMfdCloexec | kMfdAllowSealing);
  if (failed(fd)) return -1;
  // It takes space only where it is touched, but addresses all at once, which may be limited, too.
  for (uint32_t count = wire::kRingsMax; count >= 64; count /= 4) {
    const uint64_t bytes = wire::control_bytes(count, wire::kRingBytes);
    if (bytes > file_bytes_max() || failed(call(__NR_ftruncate, fd, bytes))) continue;
    auto* memory = (uint8_t*)map_memory(bytes, kMapShared | kMapNoreserve, (int)fd);
    if (!memory) continue;
    call(__NR_fcntl, fd, kFAddSeals, kSealShrink | kSealGrow | kSealSeal);
    call(__NR_madvise, memory, bytes, kMadvDontfork);
    call(__NR_madvise, memory, bytes, kMadvDontdump);
    session.memory_bytes = bytes;
    session.control = (wire::ControlPage*)memory;
    session.entries = (wire::RingEntry*)(memory + wire::entries_at());
    session.rings = memory + wire::rings_at(count);
    *ring_count = count;
    return (int)fd;
  }
  call(__NR_close, fd);
  return -1;
}

int connect_anyhow(bool waits) {
  const int fd = connect_to(session.address, false, waits);
  return fd >= 0 ? fd : connect_to(session.address, true, waits);
}

bool send_hello(int socket, int memory, bool forked, int parent) {
  wire::Hello hello = {wire::kHelloMagic,
                       wire::kControlVersion,
                       forked ? wire::Start::kFork : wire::Start::kExec,
                       session.pid,
                       parent,
                       0};
  MessageVector vector = {&hello, sizeof hello};
  struct {
    ControlHeader header;
    int fd, padding;
  } rights = {{sizeof(ControlHeader) + sizeof(int), kSolSocket, kScmRights}, memory, 0};
  MessageHeader message = {nullptr, 0, &vector, 1, &rights, sizeof rights, 0};
  return !failed(call(__NR_sendmsg, socket, &message, kMsgNosignal));
}

void fill_control(uint32_t ring_count) {
  wire::ControlPage& control = *session.control;
  control.magic = wire::kControlMagic;
  control.version = wire::kControlVersion;
  control.ring_count = ring_count;
  control.ring_bytes = wire::kRingBytes;
  control.entry_bytes = sizeof(wire::RingEntry);
  control.rings_at = wire::rings_at(ring_count);
  control.pid = session.pid;
  control.signal = session.signal;
  control.start_ns = clock_ns(kClockMonotonic);
}

}  // namespace

bool open_session(const char* address, bool forked, int parent) {
  session.address = address;
  session.pid = process_id();
  const int socket = connect_anyhow(true);
  if (socket < 0) return false;
  const int memory = make_memory(&session.ring_count);
  session.threads = (ThreadState*)map_memory(session.ring_count * sizeof(ThreadState),
                                             kMapPrivate | kMapAnonymous | kMapNoreserve);
  session.on = memory >= 0 && session.threads;
  if (session.on) {
    fill_control(session.ring_count);
    session.on = send_hello(socket, memory, forked, parent);
  }
  // The recorder looks at what is mapped before it answers: a process that ends at once is known
  // then. A forked child has the same mapped as its parent, and the same tables.
  if (session.on && !forked) receive_first_tables(socket);
  if (memory >= 0) call(__NR_close, memory);
  call(__NR_close, socket);
  return session.on;
}

void drop_session() {
  if (session.threads) {
    call(__NR_munmap, session.threads, session.ring_count * sizeof(ThreadState));
  }
  // The shared memory is not in a child (MADV_DONTFORK).
  session = {};
}

FileIdentity identity_of(int fd) {
  Statx stat;
  if (failed(call(__NR_statx, fd, "", kAtEmptyPath, kStatxInode, &stat))) return {0, 0};
  return {(uint64_t)stat.dev_major << 32 | stat.dev_minor, stat.inode};
}

bool is_pipe_or_socket(int fd) {
  constexpr uint16_t kKind = 0170000, kPipe = 0010000, kSocket = 0140000;
  constexpr long kStatxType = 1;
  Statx stat;
  if (failed(call(__NR_statx, fd, "", kAtEmptyPath, kStatxType, &stat))) return false;
  return (stat.mode & kKind) == kPipe || (stat.mode & kKind) == kSocket;
}

int call_recorder(uint32_t magic) {
  const int fd = connect_anyhow(false);
  if (fd < 0) return -1;
  if (!failed(call(__NR_sendto, fd, &magic, sizeof magic, kMsgDontwait | kMsgNosignal, 0L, 0)))
    return fd;
  call(__NR_close, fd);
  return -1;
}

void wake_recorder(wire::RingEntry& entry) {
  const uint64_t tail = wire::load_relaxed(entry.tail);
  if (entry.woken_at == tail + 1) return;
  entry.woken_at = tail + 1;
  const int fd = call_recorder(wire::kWakeMagic);
  if (fd >= 0) call(__NR_close, fd);
}

}  // namespace hone::agent
