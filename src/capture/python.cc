#include "capture/python.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

#include "capture/python_look.h"

namespace hone::capture {
namespace {

constexpr size_t kFramesMax = stacks::Unwinder::kFramesMax;
constexpr size_t kCodesMax = 1 << 18;
constexpr size_t kLinksMax = 1 << 16;
constexpr unsigned kCFramesMax = 1024;
constexpr size_t kLearnedFromMax = 64;  // calls of the evaluator, of one sample
constexpr uint64_t kStackFrameBytesMax = 16 << 10;
constexpr size_t kNameBytesMax = 1024, kPathBytesMax = 4096, kLineTableBytesMax = 1 << 20;
// The evaluator has not stored yet what it runs, up to here.
constexpr uint64_t kPrologueBytes = 96;

bool read_live(void* context, uint64_t address, void* out, size_t bytes) {
  return static_cast<LiveMemory*>(context)->read(address, out, bytes);
}

// Whether that is what Python calls the module of that file: "json.decoder" of
// ".../json/decoder.py", "json" of ".../json/__init__.py", "zipimport" of "<frozen zipimport>".
bool is_module_of(std::string_view module, std::string_view file) {
  if (module.empty()) return false;
  if (file.starts_with("<frozen ")) return file.substr(8) == std::string(module) + ">";
  std::string path(module);
  std::replace(path.begin(), path.end(), '.', '/');
  return file.ends_with("/" + path + ".py") || file.ends_with("/" + path + "/__init__.py");
}

uint32_t line_of(const PythonProcess::KnownCode& known, uint64_t instruction) {
  const python::Code& code = known.code;
  // Before its first instruction a frame is said to be one before it.
  if (instruction < code.bytecode) return code.first_line;
  if (instruction >= code.bytecode_end) return 0;
  const auto offset = static_cast<uint32_t>(instruction - code.bytecode);
  const auto next =
      std::upper_bound(known.lines.begin(), known.lines.end(), offset,
                       [](uint32_t at, const auto& range) { return at < range.first; });
  return next == known.lines.begin() ? code.first_line : std::prev(next)->second;
}

}  // namespace

void PythonFrames::on_map(std::unique_ptr<PythonProcess>& process, pid_t pid,
                          const stacks::MappedRange& range) {
  const stacks::Module& mapped = *range.module;
  if (mapped.kind != stacks::ModuleKind::kFile || (process && process->mapped == &mapped)) return;
  auto [entry, is_new] = modules_.try_emplace(&mapped, nullptr);
  if (is_new) {
    if (auto found = find_python(mapped)) {
      entry->second = std::make_unique<PythonModule>(std::move(*found));
      const uint64_t version = entry->second->version;
      if (!entry->second->layout) {
        builder_.append(recording::DiagnosticRow{
            .name = "python_unsupported",
            .severity = recording::kNotice,
            .count = 1,
            .detail = version == 0
                          ? mapped.path + " is older than Python 3.11: its frames are not read"
                          : fmt::format("{} is Python {}.{}: frames are read of 3.11 to 3.13",
                                        mapped.path, version >> 24, version >> 16 & 0xff)});
      }
    }
  }
  if (!entry->second || !entry->second->layout) return;
  process = std::make_unique<PythonProcess>(pid, *entry->second, &mapped, range.bias);
}

std::unique_ptr<PythonProcess> PythonFrames::forked(const PythonProcess* parent, pid_t pid) {
  if (!parent) return nullptr;
  return std::make_unique<PythonProcess>(pid, *parent->module, parent->mapped, parent->bias);
}

// Finds out where the evaluator keeps what it runs, by what is known of its frames from elsewhere.
void PythonFrames::learn(PythonLook& look) {
  PythonModule& module = *look.process.module;
  const python::Layout& layout = *look.source.layout;
  if (layout.thread_cframe == python::kAbsent) return;
  // Outer ones are the surest: they are the same ones still.
  std::span<const PythonActivation> activations = look.activations;
  if (activations.size() > kLearnedFromMax) activations = activations.last(kLearnedFromMax);
  if (!module.cframe.settled()) {
    uint64_t at = python::innermost_cframe(look.source, look.thread());
    python::CFrame cframe;
    for (unsigned i = 0; i < kCFramesMax && at != 0; ++i, at = cframe.previous) {
      if (python::read_cframe(look.source, at, &cframe) != base::Err::kOk) break;
      for (const PythonActivation& activation : activations) {
        if (at < activation.sp || at >= activation.cfa) continue;
        module.cframe.vote(activation.cfa - at);
      }
    }
  }
  // 3.11 alone keeps the address of the first instruction there.
  const bool keeps_first = layout.frame_is_entry != python::kAbsent;
  if (!keeps_first || module.cframe.offset() == 0 || module.bytecode.settled()) return;
  for (const PythonActivation& activation : activations) {
    uint64_t frame_at = 0;
    python::Frame frame;
    if (!look.word(activation.cfa - module.cframe.offset() + layout.cframe_frame, &frame_at) ||
        python::read_frame(look.source, frame_at, &frame) != base::Err::kOk) {
      continue;
    }
    for (uint64_t at = activation.sp; at < activation.cfa; at += 8) {
      uint64_t value = 0;
      if (!look.word(at, &value)) break;
      if (value == frame.code + layout.code_bytecode) module.bytecode.vote(activation.cfa - at);
    }
  }
}

// The frames of the thread as they are now, cut where one call of the evaluator ends.
void PythonFrames::read_runs(PythonLook& look) {
  if (look.runs_read) return;
  look.runs_read = true;
  const uint64_t thread = look.thread();
  uint64_t at = thread ? python::innermost_frame(look.source, thread) : 0;
  bool begins = true;
  python::Frame frame;
  for (size_t i = 0; i < kFramesMax && at != 0; ++i, at = frame.previous) {
    if (python::read_frame(look.source, at, &frame) != base::Err::kOk) break;
    if (begins && !frame.is_shim) look.runs.push_back(at);
    begins = frame.outermost;
  }
}

void PythonFrames::describe(PythonLook& look, uint64_t address, uint64_t globals,
                            PythonProcess::KnownCode& known) {
  std::string file(kPathBytesMax, '\0'), name(kNameBytesMax, '\0'), module(kNameBytesMax, '\0');
  size_t length = 0;
  const auto text = [&](uint64_t object, std::string& out) {
    const auto err = python::read_text(look.source, object, out.data(), out.size(), &length);
    out.resize(err == base::Err::kOk ? length : 0);
  };
  text(known.code.file, file);
  text(known.code.qualified_name, name);
  if (name.empty()) name = fmt::format("code at 0x{:x}", address);
  const auto err =
      python::read_name_in(look.source, globals, "__name__", module.data(), module.size(), &length);
  module.resize(err == base::Err::kOk ? length : 0);
  if (!is_module_of(module, file)) module.clear();
  known.has_unit = !module.empty();
  known.place = scripts_.place({.file = file.empty() ? "[python]" : file,
                                .unit = module,
                                .name = name,
                                .line = known.code.first_line});
  if (!known.lines.empty()) return;
  std::vector<uint8_t> table(kLineTableBytesMax);
  if (python::read_bytes(look.source, known.code.lines, table.data(), table.size(), &length) !=
      base::Err::kOk) {
    return;
  }
  python::LineRanges ranges(table.data(), length, known.code.first_line);
  for (python::LineRange range; ranges.next(&range);) {
    if (range.line == 0) continue;  // of no line: it belongs to what stands before it
    if (known.lines.empty() || known.lines.back().second != range.line) {
      known.lines.emplace_back(range.begin, range.line);
    }
  }
}

// nullptr when it is no code object. Looked at anew as long as the process lives: another may have
// been put at its place.
const PythonProcess::KnownCode* PythonFrames::code_at(PythonLook& look, uint64_t address,
                                                      uint64_t globals) {
  PythonProcess& process = look.process;
  const auto found = process.codes.find(address);
  python::Code code;
  const base::Err err = python::read_code(look.source, address, &code);
  if (err == base::Err::kTruncated && process.memory.gone() && found != process.codes.end()) {
    return &found->second;
  }
  if (err != base::Err::kOk) return nullptr;
  if (found != process.codes.end() && found->second.code == code) {
    if (!found->second.has_unit && globals != 0 && !found->second.asked_for_unit) {
      found->second.asked_for_unit = true;
      describe(look, address, globals, found->second);
    }
    return &found->second;
  }
  if (found == process.codes.end() && process.codes.size() >= kCodesMax) return nullptr;
  const bool is_new = found == process.codes.end();
  PythonProcess::KnownCode& known = process.codes[address];
  known = {.code = code, .asked_for_unit = globals != 0};
  if (is_new) {
    const std::pair<uint64_t, uint64_t> entry{code.bytecode, address};
    auto& sorted = process.by_bytecode;
    sorted.insert(std::lower_bound(sorted.begin(), sorted.end(), entry), entry);
  }
  describe(look, address, globals, known);
  return &known;
}

// The innermost Python frame that one call of the evaluator runs: its code by the sample itself
// where that says it, all else as it is now. `agrees`: with the sample, as far as that says.
bool PythonFrames::top_of(PythonLook& look, size_t activation, python::Frame& frame, uint64_t& code,
                          bool& agrees) {
  const PythonActivation& at = look.activations[activation];
  const PythonModule& module = *look.process.module;
  const python::Layout& layout = *look.source.layout;
  uint64_t frame_at = 0;
  if (module.cframe.offset() != 0) {
    (void)look.word(at.cfa - module.cframe.offset() + layout.cframe_frame, &frame_at);
  } else {
    read_runs(look);
    // They are the same ones from the outermost inwards; further in the thread may have run on.
    const size_t outer = look.activations.size() - activation;
    if (outer <= look.runs.size()) frame_at = look.runs[look.runs.size() - outer];
  }
  const bool is_read = python::read_frame(look.source, frame_at, &frame) == base::Err::kOk;
  code = 0;
  if (module.bytecode.offset() != 0) {
    uint64_t bytecode = 0;
    if (look.word(at.cfa - module.bytecode.offset(), &bytecode) &&
        code_at(look, bytecode - layout.code_bytecode,
                is_read && frame.code == bytecode - layout.code_bytecode ? frame.globals : 0)) {
      code = bytecode - layout.code_bytecode;
    }
  } else {
    // By where the evaluator is, in this code or in another that is known.
    if (is_read) (void)code_at(look, frame.code, frame.globals);
    if (look.instruction_of_any(at, &code) == 0) code = 0;
  }
  agrees = is_read && code != 0 && frame.code == code;
  if (agrees) {
    if (look.process.links.size() >= kLinksMax) look.process.links.clear();
    look.process.links[frame_at] = {.frame = frame};
    return true;
  }
  // As it was when this code was last seen to run in that frame.
  const auto link = look.process.links.find(frame_at);
  if (code != 0 && link != look.process.links.end() && link->second.frame.code == code) {
    frame = link->second.frame;
    return true;
  }
  if (code != 0 && !is_read) frame = {.code = code, .outermost = true};
  return code != 0 || is_read;
}

bool PythonFrames::append(PythonLook& look, size_t activation,
                          std::vector<stacks::StackFrame>& out) {
  const PythonActivation& at = look.activations[activation];
  if (!at.began || at.cfa == 0) return false;
  python::Frame frame;
  uint64_t code = 0;
  bool agrees = false;
  if (!top_of(look, activation, frame, code, agrees)) return false;
  if (code == 0) code = frame.code;
  const auto* top = code_at(look, code, agrees ? frame.globals : 0);
  if (!top || !top->place.module) return false;
  // A register says best where it was; it may be one instruction further than the frame says.
  uint64_t instruction = look.instruction_in(at, top->code);
  const bool is_one_further = agrees && instruction - frame.instruction <= 2;
  // Function and line of one moment, if a later one.
  const bool is_of_frame = instruction == 0 && frame.code == code;
  if (is_one_further || is_of_frame) instruction = frame.instruction;
  if (!agrees) look.later = true;
  const uint32_t line = instruction ? line_of(*top, instruction) : 0;
  out.push_back({top->place.module, script_address(top->place.number, line)});
  if (!frame.outermost) append_callers(look, frame.previous, out);
  return true;
}

// What a frame was called by, within the same call of the evaluator.
void PythonFrames::append_callers(PythonLook& look, uint64_t at,
                                  std::vector<stacks::StackFrame>& out) {
  auto& links = look.process.links;
  while (out.size() < kFramesMax) {
    python::Frame caller;
    const auto link = links.find(at);
    const bool is_read = python::read_frame(look.source, at, &caller) == base::Err::kOk;
    if (link != links.end() && link->second.place.module &&
        (is_read ? link->second.frame == caller : look.process.memory.gone())) {
      out.push_back(link->second.place);
      if (link->second.frame.outermost) return;
      at = link->second.frame.previous;
      continue;
    }
    if (is_read && caller.is_shim) return;
    const auto* known = is_read ? code_at(look, caller.code, caller.globals) : nullptr;
    if (!known || !known->place.module) {
      look.later = true;
      return;
    }
    const uint32_t line = line_of(*known, caller.instruction);
    out.push_back({known->place.module, script_address(known->place.number, line)});
    if (link != links.end()) {
      link->second = {caller, out.back()};
    } else if (links.size() < kLinksMax) {
      links[at] = {caller, out.back()};
    }
    if (caller.outermost) return;
    at = caller.previous;
  }
}

PythonFrames::Found PythonFrames::replace(PythonProcess& process, const RawSample& sample,
                                          const stacks::UnwoundStack& stack,
                                          std::vector<stacks::StackFrame>& out) {
  const PythonModule& module = *process.module;
  const unwind::ArchRegisters numbers = unwind::registers_of(unwind::kNativeArch);
  PythonLook look{.process = process,
                  .sample = sample,
                  .stack = stack,
                  .source = {.layout = module.layout,
                             .memory = {.context = &process.memory, .read = read_live},
                             .code_type = raw(module.code_type) + process.bias},
                  .stack_start = sample.registers.value[numbers.sp]};
  for (uint32_t i = 0; i < stack.frames.size(); ++i) {
    const stacks::StackFrame& frame = stack.frames[i];
    if (frame.module != process.mapped || frame.address < raw(module.evaluator) ||
        frame.address >= raw(module.evaluator_end)) {
      continue;
    }
    uint64_t cfa = i + 1 < stack.walked.size() ? stack.walked[i + 1].sp : 0;
    if (cfa != 0 && cfa - stack.walked[i].sp > kStackFrameBytesMax) cfa = 0;
    const bool is_inmost = look.activations.empty();
    look.activations.push_back(
        {.index = i,
         .inner = is_inmost ? 0 : look.activations.back().index,
         .is_inmost = is_inmost,
         .sp = i < stack.walked.size() ? stack.walked[i].sp : 0,
         .cfa = cfa,
         .began = i > 0 || frame.address - raw(module.evaluator) >= kPrologueBytes});
  }
  if (look.activations.empty()) return Found::kNone;
  if (stack.walked.size() != stack.frames.size()) {
    ++counts_.unseen;
    return Found::kNone;
  }
  ++counts_.samples;
  process.memory.begin();
  learn(look);
  out.clear();
  size_t next = 0;
  bool any = false;
  for (uint32_t i = 0; i < stack.frames.size(); ++i) {
    const bool is_evaluator = next < look.activations.size() && look.activations[next].index == i;
    if (is_evaluator && append(look, next++, out)) {
      any = true;
      continue;
    }
    if (is_evaluator) {
      ++counts_.unnamed;
      counts_.unread += process.memory.gone();
      counts_.refused += process.memory.refused();
    }
    out.push_back(stack.frames[i]);
  }
  if (any && look.later) ++counts_.later;
  return !any ? Found::kNone : look.later ? Found::kLater : Found::kAgreeing;
}

void PythonFrames::write_diagnostics() {
  const auto note = [&](std::string_view name, uint8_t severity, uint64_t count,
                        std::string_view detail) {
    if (count == 0) return;
    builder_.append(recording::DiagnosticRow{
        .name = name, .severity = severity, .count = count, .detail = detail});
  };
  note("python_samples", recording::kInfo, counts_.samples,
       "Python functions were read from the process, some milliseconds after each sample: the "
       "innermost is the sample's own, its callers those that were found then");
  note(
      "python_callers_later", recording::kNotice, counts_.later,
      "samples whose thread had run on when its Python frames were read: the innermost function is "
      "right where the stack's copy says it, callers are those of a moment later");
  note("python_frames_of_timers", recording::kNotice, counts_.unseen,
       "samples in Python's evaluator that were walked in the program: which functions it ran was "
       "not read");
  note("python_frames_unread", recording::kNotice, counts_.unread,
       "calls of Python's evaluator shown as such: the process was gone before they were read");
  note("python_frames_refused", recording::kNotice, counts_.refused,
       "calls of Python's evaluator shown as such: the process's memory may not be read by this "
       "user");
  note("python_frames_unknown", recording::kInfo,
       counts_.unnamed - counts_.unread - counts_.refused,
       "calls of Python's evaluator shown as such: what they ran was not found");
}

}  // namespace hone::capture
