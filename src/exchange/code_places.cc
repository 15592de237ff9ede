#include "exchange/code_places.h"

#include "exchange/held_bytes.h"

namespace hone::exchange {
namespace {

void append_text(std::string& key, std::string_view text) {
  key += text;
  key += '\0';
}

void append_bytes(std::string& key, uint64_t number) {
  for (int i = 0; i < 8; ++i) key += static_cast<char>(number >> (8 * i));
}

uint8_t kind_by_name(std::string_view path) {
  if (path.starts_with("[kernel") || path.starts_with("[guest.kernel")) {
    return recording::kModuleKernel;
  }
  if (path == "[vdso]") return recording::kModuleVdso;
  return path.starts_with('/') ? recording::kModuleFile : recording::kModuleAnonymous;
}

}  // namespace

// The key, and its texts in the recording's own table.
void CodePlaces::hold() {
  held_ += kHeldOfEntry + 2 * key_.size();
}

ModuleId CodePlaces::module(std::string_view path, std::string_view build_id) {
  key_.clear();
  append_text(key_, path);
  key_ += build_id;
  const auto [at, is_new] = modules_.try_emplace(key_, ModuleId::kNone);
  if (is_new) {
    hold();
    at->second = out_.append_id<ModuleId>(
        recording::ModuleRow{.path = out_.string(path, recording::TextKind::kPath),
                             .build_id = build_id,
                             .kind = kind_by_name(path)});
  }
  return at->second;
}

FunctionId CodePlaces::function(const Function& of) {
  key_.clear();
  append_bytes(key_, uint64_t{raw(of.module)} << 32 | of.line);
  append_text(key_, of.name);
  append_text(key_, of.mangled);
  key_ += of.file;
  const auto [at, is_new] = functions_.try_emplace(key_, FunctionId::kNone);
  if (is_new) {
    hold();
    const bool has_other_name = !of.mangled.empty() && of.mangled != of.name;
    at->second = out_.append_id<FunctionId>(recording::FunctionRow{
        .module = of.module,
        .name = out_.string(of.name),
        .mangled = has_other_name ? out_.string(of.mangled) : StringId::kNone,
        .file = out_.string(of.file, recording::TextKind::kPath),
        .line = of.line});
  }
  return at->second;
}

void CodePlaces::write_levels(FrameId frame, std::span<const Level> levels) {
  for (size_t i = 0; i < levels.size(); ++i) {
    const Level& level = levels[i];
    out_.append(recording::LineRow{.frame = frame,
                                   .function = level.function,
                                   .file = out_.string(level.file, recording::TextKind::kPath),
                                   .line = level.line,
                                   .inlined = static_cast<uint8_t>(i + 1 < levels.size())});
  }
}

FrameId CodePlaces::frame(ModuleId module, std::span<const Level> levels) {
  key_.clear();
  append_bytes(key_, raw(module));
  for (const Level& level : levels) {
    append_bytes(key_, uint64_t{raw(level.function)} << 32 | level.line);
    append_text(key_, level.file);
  }
  const auto known = frames_.find(key_);
  if (known != frames_.end()) return known->second;
  // Nothing has an address there: each is given one, so that it is a place of its own.
  const FrameId frame = out_.frame(module, next_address_++);
  frames_.emplace(key_, frame);
  hold();
  write_levels(frame, levels);
  return frame;
}

}  // namespace hone::exchange
