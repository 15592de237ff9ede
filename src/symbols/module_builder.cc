#include "symbols/module_builder.h"

namespace hone::symbols {

ModuleBuilder::ModuleBuilder() {
  out_.first_frame.push_back(0);
  file("");
}

uint32_t ModuleBuilder::file(const std::string& path) {
  const auto [slot, is_new] = files_.try_emplace(path, static_cast<uint32_t>(out_.files.size()));
  if (is_new) out_.files.push_back(path);
  return slot->second;
}

uint32_t ModuleBuilder::function(Function function) {
  std::string key = function.mangled.empty() ? function.name : function.mangled;
  key += '\0' + std::to_string(raw(function.start)) + '\0' + std::to_string(function.line) + '\0' +
         function.file;
  const auto [slot, is_new] =
      functions_.try_emplace(std::move(key), static_cast<uint32_t>(out_.functions.size()));
  if (is_new) out_.functions.push_back(std::move(function));
  return slot->second;
}

void ModuleBuilder::add_frames_of(const ResolvedModule& from, size_t index, Remap& remap) {
  for (uint32_t at = from.first_frame[index]; at < from.first_frame[index + 1]; ++at) {
    SourceFrame frame = from.frames[at];
    uint32_t& function_id = remap.functions[frame.function];
    if (function_id == Remap::kNone) function_id = function(from.functions[frame.function]);
    uint32_t& file_id = remap.files[frame.file];
    if (file_id == Remap::kNone) file_id = file(from.files[frame.file]);
    frame.function = function_id;
    frame.file = file_id;
    out_.frames.push_back(frame);
  }
}

void ModuleBuilder::end_address() {
  out_.first_frame.push_back(static_cast<uint32_t>(out_.frames.size()));
}

void copy_facts(const ResolvedModule& from, ResolvedModule& to) {
  to.state = from.state;
  to.debug_file = from.debug_file;
  to.producer = from.producer;
  to.optimised = from.optimised;
  to.missing = from.missing;
}

MergedModule merge_modules(std::span<const Svma> old_addresses, const ResolvedModule& old,
                           std::span<const Svma> fresh_addresses, const ResolvedModule& fresh) {
  MergedModule out;
  ModuleBuilder builder;
  ModuleBuilder::Remap old_ids(old), fresh_ids(fresh);
  size_t i = 0, j = 0;
  while (i < old_addresses.size() || j < fresh_addresses.size()) {
    const bool from_old = j == fresh_addresses.size() ||
                          (i < old_addresses.size() && old_addresses[i] < fresh_addresses[j]);
    out.addresses.push_back(from_old ? old_addresses[i] : fresh_addresses[j]);
    if (from_old) {
      builder.add_frames_of(old, i++, old_ids);
    } else {
      builder.add_frames_of(fresh, j++, fresh_ids);
    }
    builder.end_address();
  }
  out.module = std::move(builder).take();
  copy_facts(fresh, out.module);
  // Of a few more addresses the producer says less than that of the first ones, and the state
  // less still: code without debug info beside code that has it.
  if (!old.producer.empty()) {
    out.module.producer = old.producer;
    out.module.optimised = old.optimised;
  }
  if (old.state < fresh.state) {
    out.module.state = old.state;
    out.module.missing = old.missing;
    out.module.debug_file = old.debug_file;
  }
  return out;
}

}  // namespace hone::symbols
