#include "python/layout.h"

namespace hone::python {
namespace {

constexpr Layout kLayouts[] = {
    {.version = 0x030b,
     .runtime_interpreters = 40,
     .interpreter_next = 0,
     .interpreter_threads = 16,
     .thread_next = 8,
     .thread_native_id = 160,
     .thread_cframe = 56,
     .cframe_frame = 8,
     .cframe_previous = 16,
     .thread_frame = kAbsent,
     .frame_code = 32,
     .frame_previous = 48,
     .frame_globals = 8,
     .frame_instruction = 56,
     .frame_owner = 69,
     .frame_is_entry = 68,
     .owner_c_stack = 0xff,
     .code_first_line = 72,
     .code_file = 112,
     .code_name = 120,
     .code_qualified_name = 128,
     .code_lines = 136,
     .code_bytecode = 184,
     .text_ascii = 48,
     .text_other = 72},
    {.version = 0x030c,
     .runtime_interpreters = 40,
     .interpreter_next = 0,
     .interpreter_threads = 72,
     .thread_next = 8,
     .thread_native_id = 144,
     .thread_cframe = 56,
     .cframe_frame = 0,
     .cframe_previous = 8,
     .thread_frame = kAbsent,
     .frame_code = 0,
     .frame_previous = 8,
     .frame_globals = 24,
     .frame_instruction = 56,
     .frame_owner = 70,
     .frame_is_entry = kAbsent,
     .owner_c_stack = 3,
     .code_first_line = 68,
     .code_file = 112,
     .code_name = 120,
     .code_qualified_name = 128,
     .code_lines = 136,
     .code_bytecode = 192,
     .text_ascii = 40,
     .text_other = 56},
    {.version = 0x030d,
     .runtime_interpreters = 632,
     .interpreter_next = 7264,
     .interpreter_threads = 7344,
     .thread_next = 8,
     .thread_native_id = 160,
     .thread_cframe = kAbsent,
     .cframe_frame = kAbsent,
     .cframe_previous = kAbsent,
     .thread_frame = 72,
     .frame_code = 0,
     .frame_previous = 8,
     .frame_globals = 24,
     .frame_instruction = 56,
     .frame_owner = 70,
     .frame_is_entry = kAbsent,
     .owner_c_stack = 3,
     .code_first_line = 68,
     .code_file = 112,
     .code_name = 120,
     .code_qualified_name = 128,
     .code_lines = 136,
     .code_bytecode = 200,
     .text_ascii = 40,
     .text_other = 56},
};

}  // namespace

const Layout* layout_of(uint64_t version) {
  if (version > 0xffffffff) return nullptr;
  for (const Layout& layout : kLayouts) {
    if (layout.version == version >> 16) return &layout;
  }
  return nullptr;
}

}  // namespace hone::python
