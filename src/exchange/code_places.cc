#include "exchange/code_places.h"

#include "exchange/held_bytes.h"

namespace hone::exchange {
namespace {

using recording::TextKind;

void append_number(std::string& key, uint64_t number) {
  for (int i = 0; i < 8; ++i) key += static_cast<char>(number >> (8 * i));
}

void append_id(std::string& key, uint32_t id) {
  for (int i = 0; i < 4; ++i) key += static_cast<char>(id >> (8 * i));
}

uint8_t kind_of_module(std::string_view path) {
  if (path.starts_with("[kernel") || path.starts_with("[guest.kernel")) {
    return recording::kModuleKernel;
  }
  if (path == "[vdso]") return recording::kModuleVdso;
  return path.starts_with('/') ? recording::kModuleFile : recording::kModuleAnonymous;
}

}  // namespace

// The key; and the texts that it stands for, in the recording's own table.
void CodePlaces::hold(size_t text_bytes) {
  held_ += kHeldOfEntry + sizeof(std::string) + key_.size() + text_bytes;
}

ModuleId CodePlaces::module(std::string_view path, std::string_view build_id) {
  // Frames that stand together are mostly of one.
  if (last_module_ != ModuleId::kNone && build_id.empty() && path == last_path_) {
    return last_module_;
  }
  const StringId text = out_->string(path, TextKind::kPath);
  key_.clear();
  append_id(key_, raw(text));
  key_ += build_id;
  const auto [at, is_new] = modules_.try_emplace(key_, ModuleId::kNone);
  if (is_new) {
    hold(path.size());
    at->second = out_->append_id<ModuleId>(
        recording::ModuleRow{.path = text, .build_id = build_id, .kind = kind_of_module(path)});
  }
  if (build_id.empty()) {
    last_path_ = path;
    last_module_ = at->second;
  }
  return at->second;
}

FunctionId CodePlaces::function(const Function& of) {
  const bool has_other_name = !of.mangled.empty() && of.mangled != of.name;
  const StringId name = out_->string(of.name);
  const StringId mangled = has_other_name ? out_->string(of.mangled) : StringId::kNone;
  const StringId file = out_->string(of.file, TextKind::kPath);
  key_.clear();
  append_id(key_, raw(of.module));
  append_id(key_, of.line);
  append_id(key_, raw(name));
  append_id(key_, raw(mangled));
  append_id(key_, raw(file));
  const auto [at, is_new] = functions_.try_emplace(key_, FunctionId::kNone);
  if (is_new) {
    hold(of.name.size() + of.mangled.size() + of.file.size());
    at->second = out_->append_id<FunctionId>(recording::FunctionRow{
        .module = of.module, .name = name, .mangled = mangled, .file = file, .line = of.line});
  }
  return at->second;
}

void CodePlaces::write_levels(FrameId frame, std::span<const Level> levels) {
  for (size_t i = 0; i < levels.size(); ++i) {
    const Level& level = levels[i];
    out_->append(recording::LineRow{.frame = frame,
                                    .function = level.function,
                                    .file = out_->string(level.file, TextKind::kPath),
                                    .line = level.line,
                                    .inlined = static_cast<uint8_t>(i + 1 < levels.size())});
  }
}

FrameId CodePlaces::frame(const Function& of, uint32_t line) {
  const Place place{raw(of.module), raw(out_->string(of.name)),
                    raw(out_->string(of.file, TextKind::kPath)), line};
  const auto [at, is_new] = places_.try_emplace(place, FrameId::kNone);
  if (is_new) {
    held_ += kHeldOfEntry + sizeof(Place) + sizeof(FrameId);
    const Level level{.function = function({.module = of.module, .name = of.name, .file = of.file}),
                      .file = of.file,
                      .line = line};
    at->second = frame(of.module, {&level, 1});
  }
  return at->second;
}

FrameId CodePlaces::frame(ModuleId module, std::span<const Level> levels) {
  key_.clear();
  append_id(key_, raw(module));
  for (const Level& level : levels) {
    append_number(key_, uint64_t{raw(level.function)} << 32 | level.line);
    append_id(key_, raw(out_->string(level.file, TextKind::kPath)));
  }
  const auto known = frames_.find(key_);
  if (known != frames_.end()) return known->second;
  // Nothing has an address there: each is given one, so that it is a place of its own.
  const FrameId frame = out_->frame(module, next_address_++);
  frames_.emplace(key_, frame);
  hold(0);
  write_levels(frame, levels);
  return frame;
}

}  // namespace hone::exchange
