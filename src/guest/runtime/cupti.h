// What CUPTI and a tool say to each other: its public interface, as its documentation declares it,
// so that no header of CUDA is needed.
//
// Records have versions, which grow at their ends: what is read here are the first fields, which
// stand where they do in every version from CUDA 9 (CUpti_ActivityKernel4, CUpti_ActivityMemcpy,
// CUpti_ActivityMemset) to 13. Results are ints, 0 when all went well.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace hone::runtime::cupti {

inline constexpr int kMaxLimitReached = 12, kNotInitialized = 15, kInsufficientPrivileges = 35,
                     kMultipleSubscribers = 39;

// Kinds of records.
inline constexpr uint32_t kMemcpy = 1, kMemset = 2, kKernel = 3, kConcurrentKernel = 10,
                          kMemcpyPeers = 22;
inline constexpr uint32_t kFlushForced = 1;

struct Record {
  uint32_t kind;
};

struct KernelRecord {
  uint32_t kind;
  uint8_t cache, shared_memory;
  uint16_t registers;
  uint32_t cache_requested, cache_executed;
  uint64_t start, end, completed;  // ns; 0 both: not known
  uint32_t device, context, stream;
  int32_t grid[3], block[3];
  int32_t static_memory, dynamic_memory;
  uint32_t local_memory, local_memory_in_all;
  uint32_t correlation;
  int64_t grid_id;
  const char* name;  // as the linker knows it
};
static_assert(offsetof(KernelRecord, start) == 16 && offsetof(KernelRecord, device) == 40 &&
              offsetof(KernelRecord, correlation) == 92 && offsetof(KernelRecord, name) == 104);

// Of memcpy, and (the byte of which kind apart) of memset.
struct CopyRecord {
  uint32_t kind;
  uint8_t copy, from, to, flags;  // of memset together the value
  uint64_t bytes;
  uint64_t start, end;
  uint32_t device, context, stream, correlation;
};
static_assert(offsetof(CopyRecord, start) == 16 && offsetof(CopyRecord, device) == 32);

using Request = void (*)(uint8_t** buffer, size_t* bytes, size_t* records_max);
using Complete = void (*)(void* context, uint32_t stream, uint8_t* buffer, size_t bytes,
                          size_t valid_bytes);
using Callback = void (*)(void* own, int domain, uint32_t id, const void* data);

struct Calls {
  int (*subscribe)(void** subscriber, Callback callback, void* own);
  int (*unsubscribe)(void* subscriber);
  int (*callbacks)(Request request, Complete complete);
  int (*enable)(uint32_t kind);
  int (*disable)(uint32_t kind);
  int (*flush)(uint32_t flags);
  int (*next)(uint8_t* buffer, size_t valid_bytes, Record** record);
  int (*dropped)(void* context, uint32_t stream, size_t* count);
  int (*timestamp)(uint64_t* ns);
  // These may be null.
  int (*clock)(uint64_t (*now)());   // from CUDA 11.6 on
  int (*flush_period)(uint32_t ms);  // from CUDA 11.1 on
};

}  // namespace hone::runtime::cupti
