// Locks and pools of memory of instrumented programs, for machines.
#include <fmt/format.h>

#include "report/json_parts.h"

namespace hone::report {
namespace {

using nlohmann::ordered_json;

ordered_json lock_json(const analysis::LockStats& lock) {
  ordered_json out{{"name", lock.name},
                   {"process", lock.process},
                   {"file", lock.file},
                   {"line", lock.line},
                   {"objects", lock.objects},
                   {"acquisitions", lock.acquisitions},
                   {"shared", lock.shared},
                   {"contended", lock.contended},
                   {"gave_up", lock.gave_up},
                   {"threads", lock.threads},
                   {"wait", distribution_json(lock.wait)},
                   {"hold", distribution_json(lock.hold)},
                   {"hold_unknown", lock.hold_unknown},
                   {"still_waiting", lock.still_waiting},
                   {"still_held", lock.still_held},
                   {"worst_lock", fmt::format("{:#x}", lock.worst_lock)},
                   {"worst_wait_ns", lock.worst_wait_ns}};
  out["pairs"] = ordered_json::array();
  for (const analysis::LockPair& pair : lock.pairs) {
    ordered_json one{{"waiter", pair.waiter_name}, {"waiter_tid", pair.waiter_tid}};
    if (pair.owner != ThreadId::kNone) {
      one.update({{"owner", pair.owner_name}, {"owner_tid", pair.owner_tid}});
    }
    one.update({{"ns", pair.ns}, {"count", pair.count}});
    out["pairs"].push_back(std::move(one));
  }
  return out;
}

ordered_json pool_json(const analysis::PoolStats& pool) {
  ordered_json out{{"name", pool.name},
                   {"process", pool.process},
                   {"allocations", pool.allocations},
                   {"allocated_bytes", pool.allocated_bytes},
                   {"frees", pool.frees},
                   {"freed_bytes", pool.freed_bytes},
                   {"resets", pool.resets},
                   {"live", pool.live_count},
                   {"live_bytes", pool.live_bytes},
                   {"peak_bytes", pool.peak_bytes},
                   {"peak_live", pool.peak_count},
                   {"peak_ns", raw(pool.peak_time)},
                   {"freed_twice", pool.freed_twice},
                   {"freed_unknown", pool.freed_unknown},
                   {"taken_twice", pool.taken_twice},
                   {"lifetime", distribution_json(pool.lifetime)},
                   {"growth_bytes", pool.growth_bytes},
                   {"growth_from_ns", raw(pool.growth_from)},
                   {"growth_until_ns", raw(pool.growth_until)},
                   {"first_ns", raw(pool.first)},
                   {"last_ns", raw(pool.last)},
                   {"live_over_time", pool.live_over_time}};
  out["sizes"] = ordered_json::array();
  for (size_t i = 0; i < pool.sizes.size(); ++i) {
    const analysis::SizeClass& size = pool.sizes[i];
    if (size.count == 0) continue;
    ordered_json one{{"over_bytes", i == 0 ? 0 : uint64_t{1} << (i - 1)}};
    if (i + 1 < pool.sizes.size()) one["up_to_bytes"] = uint64_t{1} << i;
    one.update({{"count", size.count}, {"bytes", size.bytes}});
    out["sizes"].push_back(std::move(one));
  }
  out["spans"] = ordered_json::array();
  for (const analysis::PoolSpan& span : pool.spans) {
    out["spans"].push_back({{"span", span.span},
                            {"count", span.count},
                            {"bytes", span.bytes},
                            {"live", span.live_count},
                            {"live_bytes", span.live_bytes}});
  }
  out["left"] = ordered_json::array();
  for (const analysis::PoolLeft& left : pool.left) {
    out["left"].push_back({{"span", left.span},
                           {"size", left.size},
                           {"count", left.count},
                           {"bytes", left.bytes},
                           {"first_ns", raw(left.first)}});
  }
  return out;
}

}  // namespace

ordered_json distribution_json(const analysis::Distribution& t) {
  return {{"count", t.count},       {"total_ns", t.total_ns}, {"mean_ns", t.mean_ns},
          {"least_ns", t.least_ns}, {"p50_ns", t.p50_ns},     {"p95_ns", t.p95_ns},
          {"p99_ns", t.p99_ns},     {"most_ns", t.most_ns}};
}

ordered_json locks_json(const analysis::LockReport& report) {
  ordered_json out{{"lost", report.lost}};
  out["locks"] = ordered_json::array();
  for (const analysis::LockStats& lock : report.locks) out["locks"].push_back(lock_json(lock));
  out["threads"] = ordered_json::array();
  for (const analysis::LockThread& thread : report.threads) {
    out["threads"].push_back({{"name", thread.name},
                              {"tid", thread.tid},
                              {"wait_ns", thread.wait_ns},
                              {"life_ns", thread.life_ns},
                              {"lock", thread.lock},
                              {"lock_wait_ns", thread.lock_ns}});
  }
  out["standstill"] = ordered_json::array();
  for (const analysis::LockStandstill& each : report.standstill) {
    out["standstill"].push_back(
        {{"name", each.name}, {"tid", each.tid}, {"lock", each.lock}, {"wait_ns", each.wait_ns}});
  }
  return out;
}

ordered_json pools_json(const analysis::PoolReport& report) {
  ordered_json out{{"lost", report.lost}};
  out["pools"] = ordered_json::array();
  for (const analysis::PoolStats& pool : report.pools) out["pools"].push_back(pool_json(pool));
  return out;
}

}  // namespace hone::report
