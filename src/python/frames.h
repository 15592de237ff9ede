// Reads CPython's threads, frames, code objects and texts. Guest-safe and async-signal-safe: no
// heap, no locks, nothing but the callback. What is read is not trusted: every loop is bounded, and
// what makes no sense is Err::kCorrupt.
//
//   const Source source{.layout = layout_of(version), .memory = memory, .code_type = avma};
//   uint64_t thread = find_thread(source, runtime, native_id);
//   uint64_t at = innermost_frame(source, thread);
//   for (Frame frame; read_frame(source, at, &frame) == Err::kOk; at = frame.previous) ...
//
// A frame lies in memory that is used again for the next call: read while the thread runs on, it
// may be another's. A code object does not change while it lives.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/err.h"
#include "python/layout.h"

namespace hone::python {

using base::Err;

struct Memory {
  void* context = nullptr;
  // Copies `bytes` bytes at `address`; false when they are not all there.
  bool (*read)(void* context, uint64_t address, void* out, size_t bytes) = nullptr;
};

struct Source {
  const Layout* layout = nullptr;
  Memory memory;
  uint64_t code_type = 0;  // Avma of PyCode_Type: what the type of each code object is
};

// The state of the thread that has `native_id` (gettid(2), as the process itself sees it); 0 when
// there is none. `runtime`: Avma of _PyRuntime.
uint64_t find_thread(const Source& source, uint64_t runtime, uint64_t native_id);
// Whether that is a thread's state still.
bool is_thread(const Source& source, uint64_t thread, uint64_t native_id);

// 3.11 and 3.12: the evaluator's record on its C stack.
struct CFrame {
  uint64_t frame = 0;     // the innermost Python frame that it runs
  uint64_t previous = 0;  // of the evaluator outside of it; 0 at the outermost
};
uint64_t innermost_cframe(const Source& source, uint64_t thread);  // 0: none, or no such version
Err read_cframe(const Source& source, uint64_t address, CFrame* out);
// The innermost Python frame of a thread; 0: none.
uint64_t innermost_frame(const Source& source, uint64_t thread);

struct Frame {
  uint64_t code = 0;         // 0 for one that stands for the evaluator's caller
  uint64_t previous = 0;     // the frame that called it
  uint64_t globals = 0;      // dict
  uint64_t instruction = 0;  // that was begun last, an address in the code's bytecode
  bool outermost = false;    // of those that one call of the evaluator runs
  bool is_shim = false;      // no code of Python's: outermost, and without a place in a stack
  bool operator==(const Frame&) const = default;
};
Err read_frame(const Source& source, uint64_t address, Frame* out);

// What identifies a code object (were another put at the same place, these would differ), and what
// tells of it.
struct Code {
  uint64_t file = 0, name = 0, qualified_name = 0, lines = 0;  // objects
  uint32_t first_line = 0;
  uint64_t bytecode = 0, bytecode_end = 0;
  bool operator==(const Code&) const = default;
};
// kCorrupt when it is no code object.
Err read_code(const Source& source, uint64_t address, Code* out);

// Copies a text as UTF-8, cut at `out_bytes`.
Err read_text(const Source& source, uint64_t address, char* out, size_t out_bytes, size_t* length);
// Copies a bytes object; kLimitExceeded when it is longer than `out_bytes`.
Err read_bytes(const Source& source, uint64_t address, uint8_t* out, size_t out_bytes,
               size_t* length);
// The text under `key` (ASCII) of a dict whose keys are texts, as a module's names are, among its
// first entries; kNotFound when it is not there.
Err read_name_in(const Source& source, uint64_t dict, const char* key, char* out, size_t out_bytes,
                 size_t* length);

// Lines of a code object: what `co_linetable` says, in order of the bytecode.
//
//   LineRanges ranges(bytes, size, first_line);
//   for (LineRange range; ranges.next(&range);) ...
struct LineRange {
  uint32_t begin = 0, end = 0;  // bytes of bytecode
  uint32_t line = 0;            // 0: of no line
};
class LineRanges {
 public:
  LineRanges(const uint8_t* bytes, size_t size, uint32_t first_line)
      : at_(bytes), end_(bytes + size), line_(first_line) {}
  // False at the end, and from where the table makes no sense.
  bool next(LineRange* out);

 private:
  bool take(uint32_t* value);
  const uint8_t* at_;
  const uint8_t* end_;
  int64_t line_;
  uint32_t position_ = 0;
};

}  // namespace hone::python
