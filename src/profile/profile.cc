#include "profile/profile.h"

namespace hone::profile {

std::string_view Profile::string(StringId id) const {
  return raw(id) < strings_.size() ? strings_[raw(id)] : std::string_view{};
}

std::string_view Profile::meta(std::string_view key) const {
  for (const auto& [name, value] : meta_) {
    if (name == key) return value;
  }
  return {};
}

std::string_view Profile::module_name(ModuleId id) const {
  return raw(id) < modules_.size() ? file_name(string(modules_[raw(id)].path)) : std::string_view{};
}

bool Profile::in_kernel(ModuleId id) const {
  if (raw(id) >= modules_.size()) return false;
  const uint8_t kind = modules_[raw(id)].kind;
  return kind == recording::kModuleKernel || kind == recording::kModuleKernelModule;
}

std::string_view file_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  // A path that ends in a slash has no file name to show.
  return slash == std::string_view::npos || slash + 1 == path.size() ? path
                                                                     : path.substr(slash + 1);
}

}  // namespace hone::profile
