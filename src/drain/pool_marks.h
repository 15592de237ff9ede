// What programs take from pools of memory of their own (HONE_ALLOCATE and its like), into the table
// `allocations`.
#pragma once

#include <cstdint>

#include "base/types.h"
#include "drain/column_buffer.h"
#include "hone/layout.h"

namespace hone::drain {

class PoolMarks {
 public:
  // `mark`: HONE_MARK_ALLOCATE, HONE_MARK_FREE or HONE_MARK_POOL_RESET.
  void take(recording::Builder& builder, uint8_t mark, ThreadId thread, TimeNs time, SiteId site,
            uint64_t address, uint64_t bytes) {
    const uint8_t kind = mark == HONE_MARK_ALLOCATE ? recording::kAllocated
                         : mark == HONE_MARK_FREE   ? recording::kFreed
                                                    : recording::kPoolReset;
    rows_.put(builder, {.thread = thread,
                        .time = time,
                        .site = site,
                        .kind = kind,
                        .address = address,
                        .bytes = bytes});
  }
  void flush(recording::Builder& builder) { rows_.flush(builder); }

 private:
  ColumnBuffer<recording::AllocationRow> rows_;
};

}  // namespace hone::drain
