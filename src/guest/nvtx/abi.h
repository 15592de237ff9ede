// What NVTX 3 and a tool say to each other: the part of its public ABI that is used here.
//
// NVTX 3 is headers alone. A program's first call of any of its functions loads the library of
// NVTX_INJECTION64_PATH and calls its InitializeInjectionNvtx2 with a function that gives tables by
// number. The first says where the pointers stand that the program calls through; the library sets
// those that it wants, NVTX clears the others. Each copy of NVTX in a process (each library has its
// own) does so for itself.
//
//   table 1  { size_t bytes; int (*functions)(module, pointers**, unsigned* count) }
//   table 3  { size_t bytes; uint32_t version, reserved; void (*set_version)(uint32_t) }
//
// pointers[n] is the place of the pointer of function n of the module; 0 is none. wchar_t has 32
// bits on Linux.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace hone::nvtx {

using wide_t = wchar_t;
using Function = void (*)();

using TableOf = const void* (*)(uint32_t table);
inline constexpr uint32_t kTableFunctions = 1, kTableVersion = 3;

struct FunctionsTable {
  size_t bytes;
  int (*functions)(int module, Function*** pointers, unsigned* count);
};
struct VersionTable {
  size_t bytes;
  uint32_t version, reserved;
  void (*set_version)(uint32_t version);
};

enum Module : int {
  kModuleCore = 1,
  kModuleCuda = 2,
  kModuleOpenCl = 3,
  kModuleCudaRuntime = 4,
  kModuleCore2 = 5,
  kModuleSync = 6,
};

enum Core : unsigned {
  kMarkEx = 1,
  kMarkA,
  kMarkW,
  kRangeStartEx,
  kRangeStartA,
  kRangeStartW,
  kRangeEnd,
  kRangePushEx,
  kRangePushA,
  kRangePushW,
  kRangePop,
  kNameCategoryA,
  kNameCategoryW,
  kNameOsThreadA,
  kNameOsThreadW,
};

enum Core2 : unsigned {
  kDomainMarkEx = 1,
  kDomainRangeStartEx,
  kDomainRangeEnd,
  kDomainRangePushEx,
  kDomainRangePop,
  kDomainResourceCreate,
  kDomainResourceDestroy,
  kDomainNameCategoryA,
  kDomainNameCategoryW,
  kDomainRegisterStringA,
  kDomainRegisterStringW,
  kDomainCreateA,
  kDomainCreateW,
  kDomainDestroy,
  kInitialize,
};

enum Sync : unsigned { kSyncUserCreate = 1 };

enum ColorType : int32_t { kColorArgb = 1 };
enum MessageType : int32_t { kMessageAscii = 1, kMessageWide = 2, kMessageRegistered = 3 };
enum PayloadType : int32_t {
  kPayloadNone = 0,
  kPayloadUnsigned64 = 1,
  kPayloadSigned64 = 2,
  kPayloadDouble = 3,
  kPayloadUnsigned32 = 4,
  kPayloadSigned32 = 5,
  kPayloadFloat = 6,
};

// 48 bytes; later versions add behind.
struct Attributes {
  uint16_t version;
  uint16_t bytes;  // of this, as the program was built
  uint32_t category;
  int32_t color_type;
  uint32_t color;  // 0xaarrggbb
  int32_t payload_type;
  int32_t reserved;
  union {
    uint64_t unsigned64;
    int64_t signed64;
    double real;
    uint32_t unsigned32;
    int32_t signed32;
    float short_real;
  } payload;
  int32_t message_type;
  union {
    const char* ascii;
    const wide_t* wide;
    const void* registered;
  } message;
};
static_assert(sizeof(Attributes) == 48);

}  // namespace hone::nvtx
