#include "capture/scripts.h"

namespace hone::capture {
namespace {
// A program may make code without end (exec, eval).
constexpr size_t kFunctionsMax = 1 << 20;
constexpr size_t kFilesMax = 1 << 16;
}  // namespace

ScriptPlace Scripts::place(const Function& function) {
  if (files_.size() >= kFilesMax || function_count_ >= kFunctionsMax) return {};
  stacks::Module* module = modules_.script(function.file);
  if (module->id == ModuleId::kNone) {
    module->id = builder_.append_id<ModuleId>(
        recording::ModuleRow{.path = builder_.string(module->path),
                             .kind = static_cast<uint8_t>(module->kind),
                             .arch = static_cast<uint8_t>(module->arch)});
  }
  File& known = files_[module];
  auto [entry, is_new] =
      known.number_of.try_emplace(function.name + ' ' + std::to_string(function.line), 0u);
  if (is_new) {
    known.functions.push_back({.name = function.name, .line = function.line});
    known.has_unit.push_back(false);
    entry->second = static_cast<uint32_t>(known.functions.size());
    ++function_count_;
  }
  const size_t index = entry->second - 1;
  const bool gains_unit = !function.unit.empty() && !known.has_unit[index];
  if (gains_unit) {
    known.functions[index].name = function.unit + "." + function.name;
    known.has_unit[index] = true;
  }
  if (is_new || gains_unit) {
    builder_.append(
        recording::ScriptFunctionRow{.module = module->id,
                                     .number = entry->second,
                                     .name = builder_.string(known.functions[index].name),
                                     .line = function.line});
  }
  return {module, entry->second};
}

std::span<const ScriptFunction> Scripts::functions_of(const stacks::Module& module) const {
  const auto found = files_.find(&module);
  if (found == files_.end()) return {};
  return found->second.functions;
}

}  // namespace hone::capture
