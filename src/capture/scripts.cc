#include "capture/scripts.h"

namespace hone::capture {
namespace {
// A program may make code without end (exec, eval).
constexpr size_t kFunctionsMax = 1 << 20;
constexpr size_t kFilesMax = 1 << 16;
}  // namespace

ScriptPlace Scripts::place(const std::string& file, const std::string& name, uint32_t line) {
  if (files_.size() >= kFilesMax || function_count_ >= kFunctionsMax) return {};
  stacks::Module* module = modules_.script(file);
  if (module->id == ModuleId::kNone) {
    module->id = builder_.append_id<ModuleId>(
        recording::ModuleRow{.path = builder_.string(module->path),
                             .kind = static_cast<uint8_t>(module->kind),
                             .arch = static_cast<uint8_t>(module->arch)});
  }
  File& known = files_[module];
  auto [entry, is_new] = known.number_of.try_emplace(name + ' ' + std::to_string(line), 0u);
  if (is_new) {
    known.functions.push_back({.name = name, .line = line});
    entry->second = static_cast<uint32_t>(known.functions.size());
    ++function_count_;
    builder_.append(recording::ScriptFunctionRow{.module = module->id,
                                                 .number = entry->second,
                                                 .name = builder_.string(name),
                                                 .line = line});
  }
  return {module, entry->second};
}

std::span<const ScriptFunction> Scripts::functions_of(const stacks::Module& module) const {
  const auto found = files_.find(&module);
  if (found == files_.end()) return {};
  return found->second.functions;
}

}  // namespace hone::capture
