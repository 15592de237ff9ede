// Tables of code: modules, functions, places in them, and stacks of these.
#include <algorithm>
#include <array>

#include "base/host/text.h"
#include "query/columns.h"
#include "query/tables.h"

namespace hone::query {
namespace {

const profile::Module& module(const Source& s, size_t i) {
  return s.profile().modules()[i + 1];
}
constexpr std::array<std::string_view, 7> kModuleKinds = {
    "", "file", "vdso", "kernel", "kernel module", "anonymous", "script"};
constexpr std::array<std::string_view, 3> kArchitectures = {"", "x86-64", "aarch64"};
constexpr std::array<std::string_view, 7> kSymbolStates = {
    "", "lines", "names", "exports", "stripped", "no file", "mismatch"};
constexpr ColumnSpec kModules[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the module.", Role::kId),
    text_column("path", HONE_TEXT(s.string(module(s, i).path)),
                "As mapped in the program: /usr/bin/xz, [vdso], [kernel]."),
    text_column("name", HONE_TEXT(s.profile().module_name(ModuleId{static_cast<uint32_t>(i + 1)})),
                "The path's last part.", Role::kName),
    some_column(
        "build_id", Type::kText, HONE_PUT({
          const std::string& id = module(s, i).build_id;
          to.copied(base::hex_text({reinterpret_cast<const uint8_t*>(id.data()), id.size()}));
        }),
        "In hexadecimal; empty when it has none."),
    text_column("kind", HONE_TEXT(text_of(module(s, i).kind, kModuleKinds)),
                "file, vdso, kernel, kernel module, anonymous (or of a JIT compiler) or script."),
    text_column("arch", HONE_TEXT(text_of(module(s, i).arch, kArchitectures)),
                "x86-64 or aarch64."),
    whole("image_base", HONE_NUMBER(raw(module(s, i).image_base)),
          "Linked address of the first segment."),
    text_column("symbols", HONE_TEXT(text_of(module(s, i).symbol_state, kSymbolStates)),
                "How well it is known: lines, names, exports, stripped, no file, mismatch."),
    whole("optimised", HONE_NUMBER(module(s, i).optimised ? 1 : 0),
          "0 when the compiler's flags say that it was not."),
    text_column("debug_file", HONE_TEXT(s.string(module(s, i).debug_file)),
                "Where debug information came from; empty when the module itself."),
    text_column("producer", HONE_TEXT(s.string(module(s, i).producer)),
                "The compiler and its flags; empty when not known."),
    text_column("missing", HONE_TEXT(s.string(module(s, i).missing)),
                "What was looked for and not found."),
};

const profile::Function& function(const Source& s, size_t i) {
  return s.profile().functions()[i + 1];
}
const Source::FunctionTimes& times(const Source& s, size_t i) {
  return s.function_times()[i + 1];
}
constexpr std::array<std::string_view, 11> kNameSources = {
    "",           "dwarf",   "symtab", "dynsym", "minidebuginfo", "plt",
    "frame info", "unknown", "kernel", "jit",    "script"};
constexpr ColumnSpec kFunctions[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the function.", Role::kId),
    text_column("name", HONE_TEXT(s.string(function(s, i).name)),
                "Demangled; module+0x1234 where it has none.", Role::kName),
    nanoseconds("self_time", HONE_NUMBER(times(s, i).self_ns),
                "CPU time that was sampled in it, inlined calls being functions of their own."),
    nanoseconds("total_time", HONE_NUMBER(times(s, i).total_ns),
                "The same in it and in what it calls; recursion counts once."),
    whole("self_samples", HONE_NUMBER(times(s, i).self_samples), "Samples that ended in it."),
    whole("total_samples", HONE_NUMBER(times(s, i).total_samples), "Samples that went through it."),
    some_column("module", Type::kInteger, HONE_PUT(to.id(raw(function(s, i).module))),
                "Of modules.id."),
    text_column("module_name", HONE_TEXT(s.profile().module_name(function(s, i).module)),
                "Of its module."),
    text_column("file", HONE_TEXT(s.string(function(s, i).file)),
                "Where it is declared; empty when not known."),
    whole("line", HONE_NUMBER(function(s, i).line), "Of the declaration; 0 when not known."),
    whole("start", HONE_NUMBER(function(s, i).start),
          "Linked address; 0 when inlined only or not known."),
    bytes_column("bytes", HONE_NUMBER(function(s, i).bytes), "Of its code."),
    text_column("mangled", HONE_TEXT(s.string(function(s, i).mangled)),
                "As linked; empty when it is the name."),
    text_column("source", HONE_TEXT(text_of(function(s, i).source, kNameSources)),
                "Where the name came from: dwarf, symtab, dynsym, minidebuginfo, plt, frame info, "
                "kernel, jit, script."),
    some_column("key", Type::kText, HONE_PUT({
                  std::array<uint8_t, 8> bytes{};
                  for (size_t k = 0; k < 8; ++k) {
                    bytes[k] = static_cast<uint8_t>(function(s, i).key >> (56 - 8 * k));
                  }
                  to.copied(base::hex_text(bytes));
                }),
                "The same for the function of that name and module in every recording."),
};

// A frame has at least one row of lines, the innermost first.
uint32_t innermost(const Source& s, FrameId frame) {
  return s.profile().frames().first_line[raw(frame)];
}
FunctionId function_of(const Source& s, FrameId frame) {
  return s.profile().lines().function[innermost(s, frame)];
}
std::string_view function_name(const Source& s, FunctionId id) {
  return s.string(s.profile().functions()[raw(id)].name);
}
FrameId frame(size_t i) {
  return FrameId{static_cast<uint32_t>(i + 1)};
}
constexpr ColumnSpec kFrames[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the place.", Role::kId),
    some_column("module", Type::kInteger, HONE_PUT(to.id(raw(s.profile().frames().module[i + 1]))),
                "Of modules.id; NULL where none is known."),
    text_column("module_name",
                HONE_TEXT(s.profile().module_name(s.profile().frames().module[i + 1])),
                "Of its module."),
    whole("address", HONE_NUMBER(s.profile().frames().address[i + 1]),
          "As linked; return addresses less one."),
    some_column("function", Type::kInteger, HONE_PUT(to.id(raw(function_of(s, frame(i))))),
                "Of functions.id: the innermost of those inlined there."),
    text_column("name", HONE_TEXT(function_name(s, function_of(s, frame(i)))), "Of that function.",
                Role::kName),
    text_column("file", HONE_TEXT(s.string(s.profile().lines().file[innermost(s, frame(i))])),
                "Of the source; empty when not known."),
    whole("line", HONE_NUMBER(s.profile().lines().line[innermost(s, frame(i))]),
          "0 when not known."),
    whole("kernel", HONE_NUMBER(s.profile().in_kernel(s.profile().frames().module[i + 1]) ? 1 : 0),
          "1 in the kernel."),
};

// The frame whose rows hold row `i` of the lines; row 0 is of no frame.
uint32_t frame_of_line(const Source& s, size_t i) {
  const std::vector<uint32_t>& first = s.profile().frames().first_line;
  return static_cast<uint32_t>(std::upper_bound(first.begin(), first.end(), i) - first.begin()) - 1;
}
constexpr ColumnSpec kLines[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the row.", Role::kId),
    whole("frame", HONE_NUMBER(frame_of_line(s, i + 1)),
          "Of frames.id. Rows of one frame stand together."),
    whole("level", HONE_NUMBER(i + 1 - s.profile().frames().first_line[frame_of_line(s, i + 1)]),
          "0 the innermost; each is inlined into the next."),
    some_column("function", Type::kInteger,
                HONE_PUT(to.id(raw(s.profile().lines().function[i + 1]))), "Of functions.id."),
    text_column("name", HONE_TEXT(function_name(s, s.profile().lines().function[i + 1])),
                "Of the function.", Role::kName),
    text_column("file", HONE_TEXT(s.string(s.profile().lines().file[i + 1])),
                "Of the source; empty when not known."),
    whole("line", HONE_NUMBER(s.profile().lines().line[i + 1]), "0 when not known."),
    whole("inlined", HONE_NUMBER(s.profile().lines().inlined[i + 1]),
          "1 where it was inlined into the next level's."),
};

int64_t depth_of(const Source& s, size_t i) {
  int64_t depth = 0;
  for (uint32_t at = static_cast<uint32_t>(i + 1); at != 0;
       at = raw(s.profile().stacks().parent[at])) {
    ++depth;
  }
  return depth;
}
constexpr ColumnSpec kStacks[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the stack. Callers have smaller ones.", Role::kId),
    some_column("parent", Type::kInteger, HONE_PUT(to.id(raw(s.profile().stacks().parent[i + 1]))),
                "Of stacks.id: the caller's; NULL for the outermost."),
    some_column("frame", Type::kInteger, HONE_PUT(to.id(raw(s.profile().stacks().frame[i + 1]))),
                "Of frames.id: its innermost place."),
    text_column("name",
                HONE_TEXT(function_name(s, function_of(s, s.profile().stacks().frame[i + 1]))),
                "Of the innermost function.", Role::kName),
    whole("depth", HONE_NUMBER(depth_of(s, i)), "How many frames it has; inlined calls are none."),
};

const profile::Code& code(const Source& s, size_t i) {
  return s.profile().code()[i];
}
constexpr ColumnSpec kCode[] = {
    some_column("function", Type::kInteger, HONE_PUT(to.id(raw(code(s, i).function))),
                "Of functions.id."),
    text_column("name", HONE_TEXT(function_name(s, code(s, i).function)), "Of the function.",
                Role::kName),
    whole("start", HONE_NUMBER(code(s, i).start), "Linked address of the first byte."),
    some_column("bytes", Type::kBlob, HONE_PUT(to.bytes(code(s, i).bytes)), "The code."),
};

const profile::CodeLine& code_line(const Source& s, size_t i) {
  return s.profile().code_lines()[i];
}
constexpr ColumnSpec kCodeLines[] = {
    some_column("function", Type::kInteger, HONE_PUT(to.id(raw(code_line(s, i).function))),
                "Of functions.id."),
    text_column("name", HONE_TEXT(function_name(s, code_line(s, i).function)), "Of the function.",
                Role::kName),
    whole("address", HONE_NUMBER(code_line(s, i).address),
          "First linked address of the range, which ends at the next row's."),
    text_column("file", HONE_TEXT(s.string(code_line(s, i).file)), "Of the source."),
    whole("line", HONE_NUMBER(code_line(s, i).line), "0 when not known."),
};

}  // namespace

constexpr TableSpec kModulesTable = {
    .name = "modules",
    .doc = "Files, and the kernel, the vDSO and code without a file, that held code.",
    .columns = kModules,
    .rows = [](const Source& s) { return s.profile().modules().size() - 1; }};
constexpr TableSpec kFunctionsTable = {
    .name = "functions",
    .doc = "Functions that were met, with the CPU time that samples saw in them.",
    .columns = kFunctions,
    .rows = [](const Source& s) { return s.profile().functions().size() - 1; }};
constexpr TableSpec kFramesTable = {
    .name = "frames",
    .doc = "Places in code, of which stacks are made. (Frames that a program draws: frame_times.)",
    .columns = kFrames,
    .rows = [](const Source& s) { return s.profile().frames().size() - 1; }};
constexpr TableSpec kLinesTable = {
    .name = "lines",
    .doc = "The source lines of frames, with calls that were inlined.",
    .columns = kLines,
    .rows = [](const Source& s) { return s.profile().lines().function.size() - 1; }};
constexpr TableSpec kStacksTable = {
    .name = "stacks",
    .doc = "A tree: each row is a place that was called from its parent's. See stack_text(id).",
    .columns = kStacks,
    .rows = [](const Source& s) { return s.profile().stacks().size() - 1; }};
constexpr TableSpec kCodeTable = {
    .name = "code",
    .doc = "Machine code of hot functions.",
    .columns = kCode,
    .rows = [](const Source& s) { return s.profile().code().size(); }};
constexpr TableSpec kCodeLinesTable = {
    .name = "code_lines",
    .doc = "The source line of every range of instructions in `code`.",
    .columns = kCodeLines,
    .rows = [](const Source& s) { return s.profile().code_lines().size(); }};

}  // namespace hone::query
