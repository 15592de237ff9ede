#include "capture/instrumented_files.h"

#include "base/host/file.h"
#include "base/host/guarded_mapping.h"
#include "elf/hone_sites.h"

namespace hone::capture {
namespace {

bool holds_marked_places(const stacks::Module& module) {
  auto mapping = base::Mapping::of_file(module.fd.get(), module.path);
  if (!mapping) return false;
  // The program may cut its file short meanwhile.
  const base::GuardedMapping file(std::move(*mapping));
  const auto image = elf::Image::parse(file.bytes());
  return image && !elf::built_in_sites(*image).empty();
}

}  // namespace

void add_instrumented_files(recording::Builder& builder, const stacks::ModuleStore& modules) {
  for (const stacks::Module& module : modules.modules()) {
    const bool is_new = module.id == ModuleId::kNone && module.kind == stacks::ModuleKind::kFile;
    if (!is_new || !module.fd || !holds_marked_places(module)) continue;
    builder.append_id<ModuleId>(recording::ModuleRow{
        .path = builder.string(module.path, recording::TextKind::kPath),
        .build_id = {reinterpret_cast<const char*>(module.build_id.data()), module.build_id.size()},
        .kind = static_cast<uint8_t>(module.kind),
        .arch = static_cast<uint8_t>(module.arch),
        .image_base = module.image_base});
  }
}

}  // namespace hone::capture
