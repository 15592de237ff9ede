// What passes through the socket between a program and the recorder: seldom, and never waited for
// by a thread that works. SOCK_SEQPACKET: a message is whole or not there.
//
//   program -> recorder   Hello, with the descriptor of its shared memory; or Wake; or More
//   recorder -> program   after Hello and More: Tables, with descriptors of unwind tables
//
// Each is a connection of its own, so that no descriptor stays open in the program.
#pragma once

#include <stdint.h>

namespace hone::wire {

// Where the recorder listens: a path, and the same name in the abstract space of the network
// namespace, for a program that sees other files.
inline constexpr char kAgentVariable[] = "HONE_AGENT";
// The same for libhone.
inline constexpr char kSpansVariable[] = "HONE_SPANS";
// How libhone is to write, from the first event on: when_full, the shortest span in ticks and in ns
// (which of them counts depends on the program's clock), frame_every, 1 for one reading of the
// clock a span, the ticks and the ns between spans of a place that is hot (0: none ever is);
// numbers with spaces between.
inline constexpr char kSpansHowVariable[] = "HONE_SPANS_HOW";

inline constexpr uint32_t kHelloMagic = 0x4f4c4548;  // "HELO"
inline constexpr uint32_t kSpansMagic =
    0x4e415053;                                     // "SPAN": a Hello of libhone's, with its memory
inline constexpr uint32_t kWakeMagic = 0x454b4157;  // "WAKE"
inline constexpr uint32_t kMoreMagic = 0x45524f4d;  // "MORE": a program asks for new tables
inline constexpr uint32_t kTablesMagic = 0x4c424154;  // "TABL"

enum class Start : uint32_t { kExec = 1, kFork = 2 };

struct Hello {
  uint32_t magic;
  uint32_t version;  // kControlVersion
  Start start;
  int32_t pid;     // as the program sees itself
  int32_t parent;  // of a fork: the process it was
  uint32_t reserved;
};

// All code that is mapped, as the recorder knows it: it takes the place of what was sent before.
// In several messages; it holds when the last has come.
inline constexpr uint32_t kTablesPerMessage = 32;
struct TableEntry {
  uint64_t begin, end;  // mapped at
  uint64_t bias;        // mapped less linked
  uint64_t key;         // the same for the same table
  uint32_t bytes;       // of the table; 0: there is none for this code
  int32_t descriptor;   // index into the descriptors of this message; -1: it was sent before
};
struct Tables {
  uint32_t magic;
  uint32_t count;
  uint32_t first;  // of all entries, how many came before
  uint32_t total;
  uint64_t module_changes;  // ControlPage's, when they were looked at
  TableEntry entry[kTablesPerMessage];
};

}  // namespace hone::wire
