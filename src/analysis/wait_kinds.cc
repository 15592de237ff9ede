#include "analysis/wait_kinds.h"

#include <algorithm>

#include "analysis/function_names.h"
#include "analysis/weights.h"
#include "symbols/resolve.h"

namespace hone::analysis {
namespace {

using enum WaitKind;

struct FunctionRule {
  std::string_view pattern;
  WaitKind kind;
};

// The first that fits counts. What every wait goes through (schedule, schedule_timeout, wait_woken)
// has none: the caller says more.
constexpr FunctionRule kRules[] = {
    {"futex_*", kLock},  // futex_wait_queue_me of old, futex_do_wait of new kernels
    {"__futex_*", kLock},
    {"do_futex", kLock},
    {"rt_mutex_*", kLock},
    {"*_sys_futex*", kLock},
    {"hrtimer_nanosleep*", kSleep},
    {"do_nanosleep", kSleep},
    {"common_nsleep*", kSleep},
    {"*_sys_nanosleep*", kSleep},
    {"*_sys_clock_nanosleep*", kSleep},
    {"msleep*", kSleep},
    {"ep_poll", kPoll},
    {"do_epoll_*", kPoll},
    {"do_poll*", kPoll},
    {"do_sys_poll", kPoll},
    {"poll_schedule_timeout*", kPoll},
    {"do_select", kPoll},
    {"core_sys_select", kPoll},
    {"io_cqring_wait", kPoll},
    {"read_events", kDisk},  // io_getevents(2)
    {"do_wait", kChild},
    {"do_wait_*", kChild},
    {"kernel_wait*", kChild},
    {"wait_for_vfork_done", kChild},
    {"pipe_*", kPipe},
    {"anon_pipe_*", kPipe},
    {"fifo_*", kPipe},
    {"wait_for_partner", kPipe},
    {"eventfd_*", kPipe},
    {"unix_*", kPipe},
    {"sk_*", kPipe},
    {"sock_*", kPipe},
    {"tcp_*", kPipe},
    {"udp_*", kPipe},
    {"inet_*", kPipe},
    {"inet6_*", kPipe},
    {"__skb_*", kPipe},
    {"skb_*", kPipe},
    {"netlink_*", kPipe},
    {"io_schedule*", kDisk},
    {"bit_wait_io*", kDisk},
    {"folio_wait_*", kDisk},
    {"__folio_lock*", kDisk},
    {"wait_on_page_*", kDisk},
    {"__lock_page*", kDisk},
    {"*wait_on_buffer", kDisk},
    {"submit_bio_wait", kDisk},
    {"bio_await*", kDisk},
    {"blk_*", kDisk},
    {"__blk_*", kDisk},
    {"blkdev_*", kDisk},
    {"__blkdev_*", kDisk},
    {"rq_qos_*", kDisk},
    {"wbt_*", kDisk},
    {"balance_dirty_pages*", kDisk},
    {"*iomap_dio_rw", kDisk},
    {"jbd2_*", kDisk},
    {"ext4_*", kDisk},
    {"xfs_*", kDisk},
    {"xlog_*", kDisk},
    {"btrfs_*", kDisk},
    {"f2fs_*", kDisk},
    {"ovl_*", kDisk},
    {"nfs*", kDisk},
    {"rpc_wait_*", kDisk},
    {"request_wait_answer", kDisk},  // FUSE
    {"fuse_*", kDisk},
    {"p9_client_*", kDisk},
    {"vfs_fsync*", kDisk},
    {"do_fsync", kDisk},
    {"sync_*", kDisk},
    {"wait_sb_inodes", kDisk},
    {"*filemap_fdatawait*", kDisk},
    {"handle_userfault", kPageFault},
    {"handle_mm_fault", kPageFault},
    {"do_user_addr_fault", kPageFault},
    {"exc_page_fault", kPageFault},
    {"asm_exc_page_fault", kPageFault},
    {"do_page_fault", kPageFault},
    {"do_mem_abort", kPageFault},
    {"do_sigtimedwait*", kOther},
    {"sigsuspend", kOther},
    {"*_sys_pause", kOther},
    {"do_signal_stop", kOther},
    {"ptrace_stop", kOther},
    {"n_tty_*", kOther},
    {"do_exit", kOther},
};

bool is_page_fault(std::string_view name) {
  return wait_kind_of_function(name) == kPageFault;
}

struct CallRule {
  uint16_t x86_64, aarch64;  // 0xffff: not there
  WaitKind kind;
};
constexpr uint16_t kNone = 0xffff;
// Of asm/unistd_64.h and asm-generic/unistd.h. read(2) and write(2) wait for whatever they are of.
constexpr CallRule kCalls[] = {
    {202, 98, kLock},    {449, 449, kLock},
    {455, 455, kLock},                        // futex, _waitv, _wait
    {35, 101, kSleep},   {230, 115, kSleep},  // nanosleep, clock_nanosleep
    {7, kNone, kPoll},   {271, 73, kPoll},
    {23, kNone, kPoll},  // poll, ppoll, select
    {270, 72, kPoll},    {232, kNone, kPoll},
    {281, 22, kPoll},                        // pselect6, epoll_wait, _pwait
    {441, 441, kPoll},   {426, 426, kPoll},  // epoll_pwait2, io_uring_enter
    {61, 260, kChild},   {247, 95, kChild},
    {58, kNone, kChild},  // wait4, waitid, vfork
    {74, 82, kDisk},     {75, 83, kDisk},
    {162, 81, kDisk},  // fsync, fdatasync, sync
    {306, 267, kDisk},   {277, 84, kDisk},
    {26, 227, kDisk},  // syncfs, _file_range, msync
    {208, 4, kDisk},     {42, 203, kPipe},
    {43, 202, kPipe},  // io_getevents, connect, accept
    {288, 242, kPipe},   {44, 206, kPipe},
    {45, 207, kPipe},  // accept4, sendto, recvfrom
    {46, 211, kPipe},    {47, 212, kPipe},
    {299, 243, kPipe},  // sendmsg, recvmsg, recvmmsg
    {34, kNone, kOther}, {128, 137, kOther},
    {130, 133, kOther},  // pause, rt_sigtimedwait, ..suspend
};

}  // namespace

std::string_view wait_kind_name(WaitKind kind) {
  constexpr std::string_view kNames[kWaitKinds] = {"futex", "sleep",      "poll",  "disk",
                                                   "pipe",  "page-fault", "child", "run-queue",
                                                   "other", "unknown"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view wait_kind_text(WaitKind kind) {
  constexpr std::string_view kTexts[kWaitKinds] = {
      "lock (futex)",   "sleep",      "poll",          "disk or file system",
      "pipe or socket", "page fault", "child process", "waiting for a CPU",
      "another reason", "not known"};
  return kTexts[static_cast<size_t>(kind)];
}

WaitKind wait_kind_of_function(std::string_view kernel_function) {
  for (const FunctionRule& rule : kRules) {
    if (glob_match(rule.pattern, kernel_function)) return rule.kind;
  }
  return kUnknown;
}

WaitKind wait_kind_of_system_call(uint32_t number, uint8_t architecture) {
  for (const CallRule& rule : kCalls) {
    const uint16_t known = architecture == 2 ? rule.aarch64 : rule.x86_64;
    if (known == number && known != kNone) return rule.kind;
  }
  return kUnknown;
}

WaitKind wait_kind_of_stack(const profile::Profile& profile, StackId stack) {
  WaitKind kind = kUnknown;
  bool named = false;
  for (uint32_t at = raw(stack); at != 0; at = raw(profile.stacks().parent[at])) {
    const ModuleId module = profile.frames().module[raw(profile.stacks().frame[at])];
    if (!profile.in_kernel(module)) break;
    const RowRange rows = rows_of(profile, at);
    const profile::Function& function =
        profile.functions()[raw(profile.lines().function[rows.end - 1])];
    const std::string_view name = profile.string(function.name);
    named = named || function.source != static_cast<uint8_t>(symbols::NameSource::kUnknown);
    if (kind == kUnknown) kind = wait_kind_of_function(name);
    // A page that is read from a disk, or a lock of the address space: the fault is why.
    if ((kind == kDisk || kind == kUnknown) && is_page_fault(name)) return kPageFault;
  }
  return kind == kUnknown && named ? kOther : kind;
}

}  // namespace hone::analysis
