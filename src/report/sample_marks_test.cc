#include "report/sample_marks_test.h"

namespace hone::report {

void add_gpu(ReportData& data, const std::string& what) {
  const analysis::Distribution times{.count = 300,
                                     .total_ns = 1'500'000'000,
                                     .least_ns = 4'000'000,
                                     .p50_ns = 5'000'000,
                                     .p95_ns = 7'000'000,
                                     .p99_ns = 9'000'000,
                                     .most_ns = 12'000'000,
                                     .mean_ns = 5'000'000};
  analysis::GpuQueueStats queue{.name = "graphics" + what,
                                .device = "llvmpipe (LLVM 15.0.6, 256 bits)" + what,
                                .device_kind = 4,
                                .software = true,
                                .calibration = 1,
                                .error_ns = 1200,
                                .left_out = 3,
                                .busy_ns = 1'500'000'000,
                                .first = TimeNs{0},
                                .last = TimeNs{3'000'000'000},
                                .count = 600,
                                .overlapping = 2};
  for (const char* name : {"Render::MainPass", "Render::ShadowMaps"}) {
    queue.spans.push_back({.name = name + what,
                           .file = "/build/game/pass.cc" + what,
                           .line = 12,
                           .times = times,
                           .self_ns = 700'000'000,
                           .threads = 1,
                           .frame_share = 0.24});
  }
  data.gpu.queues.push_back(queue);
  data.gpu.set = "frame" + what;
  data.gpu.frames.push_back({.set = "frame" + what,
                             .device = queue.device,
                             .software = true,
                             .counts = {3, 12, 5, 280},
                             .gpu_time = times,
                             .busy_share = 0.48,
                             .wait_share = 0.41,
                             .wait_span = "Render::QueueSubmit" + what,
                             .error_ns = 1200,
                             .left_out = 3});
}

void add_locks(ReportData& data, const std::string& what) {
  const analysis::Distribution times{.count = 40,
                                     .total_ns = 90'000'000,
                                     .least_ns = 900,
                                     .p50_ns = 2'000'000,
                                     .p95_ns = 4'000'000,
                                     .p99_ns = 5'000'000,
                                     .most_ns = 6'000'000,
                                     .mean_ns = 2'250'000};
  analysis::LockStats lock{.name = "Cache::mu" + what,
                           .file = "/build/game/cache.cc" + what,
                           .line = 7,
                           .objects = 2,
                           .acquisitions = 400,
                           .shared = 12,
                           .contended = 40,
                           .gave_up = 1,
                           .threads = 3,
                           .wait = times,
                           .hold = times,
                           .hold_unknown = 1,
                           .still_held = 1};
  lock.pairs.push_back({.owner = ThreadId{2},
                        .waiter_name = "worker" + what,
                        .owner_name = "loader" + what,
                        .waiter_tid = 12,
                        .owner_tid = 13,
                        .ns = 80'000'000,
                        .count = 38});
  lock.pairs.push_back(
      {.waiter_name = "worker" + what, .waiter_tid = 12, .ns = 10'000'000, .count = 2});
  data.locks.locks.push_back(lock);
  data.locks.locks.push_back({.name = "quiet", .acquisitions = 3, .threads = 1});
  data.locks.threads.push_back({.name = "worker" + what,
                                .tid = 12,
                                .wait_ns = 90'000'000,
                                .life_ns = 3'000'000'000,
                                .lock = "Cache::mu" + what,
                                .lock_ns = 90'000'000});
  data.locks.lost = 2;
}

void add_pools(ReportData& data, const std::string& what) {
  analysis::PoolStats pool{.name = "textures" + what,
                           .allocations = 900,
                           .allocated_bytes = 90'000'000,
                           .frees = 850,
                           .live_count = 50,
                           .live_bytes = 5'000'000,
                           .peak_bytes = 9'000'000,
                           .peak_time = TimeNs{1'200'000'000},
                           .freed_twice = 1};
  pool.lifetime = {.count = 850, .p50_ns = 16'000'000, .p99_ns = 900'000'000};
  for (uint64_t i = 0; i < 60; ++i) pool.live_over_time.push_back(5'000'000 + i % 20 * 200'000);
  pool.spans.push_back({.span = "Load::texture" + what, .count = 900, .bytes = 90'000'000});
  pool.left.push_back({.span = "", .size = 100'000, .count = 50, .bytes = 5'000'000});
  data.pools.pools.push_back(pool);
  data.pools.pools.push_back({.name = "never used", .peak_bytes = 0});
  data.pools.lost = 2;
}

}  // namespace hone::report
