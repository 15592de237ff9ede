// Where CPython keeps what a profiler has to know: offsets in bytes, by version, of 64-bit builds
// with the GIL. Taken from the headers of the releases; within a minor version they do not change.
//
//   const Layout* layout = layout_of(py_version);   // the value of Py_Version: 0x030b02f0
#pragma once

#include <cstdint>

namespace hone::python {

// Offsets of fields that a version does not have.
inline constexpr uint16_t kAbsent = 0xffff;

struct Layout {
  uint16_t version;  // major << 8 | minor
  // _PyRuntimeState -> PyInterpreterState -> PyThreadState, linked lists.
  uint16_t runtime_interpreters, interpreter_next, interpreter_threads;
  uint16_t thread_next, thread_native_id;
  // The innermost frame: by a _PyCFrame on the C stack of the evaluator that runs it (3.11, 3.12:
  // what it points to is kept up to date), or by the thread's state (3.13).
  uint16_t thread_cframe, cframe_frame, cframe_previous;
  uint16_t thread_frame;
  // _PyInterpreterFrame.
  uint16_t frame_code, frame_previous, frame_globals, frame_instruction, frame_owner;
  uint16_t frame_is_entry;  // the outermost that one call of the evaluator runs (3.11)
  uint8_t owner_c_stack;    // a frame that stands for the evaluator's caller (3.12 on); else 0xff
  // PyCodeObject.
  uint16_t code_first_line, code_file, code_name, code_qualified_name, code_lines, code_bytecode;
  // Texts: header bytes of ASCII and of others.
  uint16_t text_ascii, text_other;
};

// nullptr for a version that is not known. `version` as Py_Version has it (PY_VERSION_HEX).
const Layout* layout_of(uint64_t version);

}  // namespace hone::python
