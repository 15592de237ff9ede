#include "analysis/wait_rows.h"

#include <algorithm>

#include "analysis/function_names.h"
#include "analysis/recorded_time.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::Wait;

// a - b, however far apart they are.
int64_t length(TimeNs from, TimeNs until) {
  int64_t out = 0;
  if (__builtin_sub_overflow(raw(until), raw(from), &out)) return 0;
  return std::max<int64_t>(out, 0);
}

// The C library and what stands in for it: a place in it is no place of the program.
bool is_library_of_waits(std::string_view module) {
  constexpr std::string_view kPrefixes[] = {"libc.so",   "libc-",  "libpthread", "ld-",     "ld.so",
                                            "libstdc++", "libc++", "[vdso]",     "libuv.so"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](std::string_view prefix) { return module.starts_with(prefix); });
}

// What headers of the C++ library put into the program: std::mutex::lock and the like.
bool is_library_header(std::string_view file) {
  return file.find("/include/") != file.npos && file.find("/c++/") != file.npos;
}

}  // namespace

WaitRows::WaitRows(const Profile& profile, const Selection& selection, const SampleFilter& filter)
    : profile_(profile),
      filter_(filter),
      recorded_(profile),
      first_(selection.time_first),
      last_(selection.time_last) {
  if (!profile.meta("run.start_ns").empty()) recorded_from_ = recorded_time(profile).start;
  for (const Wait& wait : profile.waits()) recorded_until_ = std::max(recorded_until_, wait.until);
  for (const TimeNs time : profile.samples().time) {
    recorded_until_ = std::max(recorded_until_, time);
  }
}

int64_t WaitRows::life_ns(ThreadId thread) const {
  if (!filter_.takes_thread(thread)) return 0;
  const profile::Thread& known = profile_.threads()[raw(thread)];
  const TimeNs end = raw(known.end) != 0 ? known.end : recorded_until_;
  return recorded_.length(std::max({known.start, first_, recorded_from_}), std::min(end, last_));
}

WaitPart WaitRows::part_of(const Wait& wait) const {
  WaitPart part{.wait = &wait};
  const int64_t all = length(wait.time, wait.until);
  const int64_t taken = length(std::max(wait.time, first_), std::min(wait.until, last_));
  const auto cut = [&](int64_t ns) {
    if (taken == all || all == 0) return ns;
    return static_cast<int64_t>(static_cast<double>(ns) * static_cast<double>(taken) /
                                static_cast<double>(all));
  };
  if ((wait.flags & recording::kWaitAccount) != 0) {
    part.account_ns = cut(wait.runnable_ns);
    return part;
  }
  if ((wait.flags & recording::kWaitLost) != 0) {
    part.lost_ns = cut(wait.duration_ns);
    return part;
  }
  const int64_t runnable = std::clamp<int64_t>(wait.runnable_ns, 0, wait.duration_ns);
  part.runnable_ns = cut(runnable);
  part.blocked_ns = cut(wait.duration_ns - runnable);
  return part;
}

WaitKinds::WaitKinds(const Profile& profile) : profile_(profile) {
  for (const profile::Module& module : profile.modules()) {
    if (architecture_ == 0) architecture_ = module.arch;
  }
}

WaitKind WaitKinds::of(const Wait& wait) {
  if ((wait.flags & recording::kWaitRunnable) != 0) return WaitKind::kRunQueue;
  WaitKind kind = WaitKind::kUnknown;
  if (wait.cause == recording::kCauseStack && wait.stack != StackId::kNone) {
    const auto [at, added] = by_stack_.try_emplace(raw(wait.stack), WaitKind::kUnknown);
    if (added) at->second = wait_kind_of_stack(profile_, wait.stack);
    kind = at->second;
  }
  if (kind != WaitKind::kUnknown) return kind;
  if (wait.place != StringId::kNone) {
    const auto [at, added] = by_place_.try_emplace(raw(wait.place), WaitKind::kUnknown);
    if (added) at->second = wait_kind_of_function(profile_.string(wait.place));
    kind = at->second;
  }
  if (kind == WaitKind::kUnknown && wait.system_call != 0) {
    kind = wait_kind_of_system_call(wait.system_call - 1, architecture_);
  }
  const bool placed = wait.place != StringId::kNone || wait.system_call != 0;
  return kind == WaitKind::kUnknown && placed ? WaitKind::kOther : kind;
}

const WaitSite& WaitKinds::site_of(const Wait& wait) {
  const uint64_t key = uint64_t{raw(wait.stack)} << 32 | raw(wait.place);
  const auto [at, added] = sites_.try_emplace(key);
  if (added) at->second = make_site(wait);
  return at->second;
}

// The innermost function of the program itself, and what it called to wait.
WaitSite WaitKinds::make_site(const Wait& wait) const {
  const Profile& p = profile_;
  WaitSite site;
  std::string_view kernel, library;
  for (uint32_t at = raw(wait.stack); at != 0; at = raw(p.stacks().parent[at])) {
    const RowRange rows = rows_of(p, at);
    const ModuleId module = p.frames().module[raw(p.stacks().frame[at])];
    const std::string_view name =
        p.string(p.functions()[raw(p.lines().function[rows.end - 1])].name);
    if (p.in_kernel(module)) {
      if (kernel.empty() || wait_kind_of_function(kernel) == WaitKind::kUnknown) kernel = name;
      continue;
    }
    const bool outermost = p.stacks().parent[at] == StackId::kNone;
    const bool library_module = is_library_of_waits(p.module_name(module));
    if (library_module) library = name;
    // A stack may be the library's alone: then its outermost is the best that there is.
    if (library_module && !outermost) continue;
    uint32_t row = rows.begin;
    while (row < rows.end && is_library_header(p.string(p.lines().file[row]))) ++row;
    if (row == rows.end && !outermost) continue;
    row = std::min(row, rows.end - 1);
    site.function = p.string(p.functions()[raw(p.lines().function[row])].name);
    site.file = p.string(p.lines().file[row]);
    site.line = p.lines().line[row];
    break;
  }
  if (kernel.empty()) kernel = p.string(wait.place);
  site.through = library.empty() ? kernel : library;
  return site;
}

}  // namespace hone::analysis
