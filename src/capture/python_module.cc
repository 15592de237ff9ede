#include "capture/python_module.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/host/guarded_mapping.h"
#include "elf/image.h"

namespace hone::capture {
namespace {

constexpr uint32_t kVotesNeeded = 3, kVotesEnough = 64;
constexpr size_t kSlotsMax = 64;

struct Found {
  Svma address{};
  uint64_t bytes = 0;
};

// Calls f(name, address, bytes) for what the file exports.
template <class F>
void for_each_export(const elf::Image& image, F&& f) {
  const elf::SectionView* symbols = image.section(".dynsym");
  const elf::SectionView* names = image.section(".dynstr");
  if (!symbols || !names) return;
  const auto* text = reinterpret_cast<const char*>(names->bytes.data());
  for (size_t at = 0; at + sizeof(Elf64_Sym) <= symbols->bytes.size(); at += sizeof(Elf64_Sym)) {
    Elf64_Sym symbol;
    std::memcpy(&symbol, symbols->bytes.data() + at, sizeof symbol);
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= names->bytes.size()) continue;
    const size_t room = names->bytes.size() - symbol.st_name;
    f(std::string_view(text + symbol.st_name, ::strnlen(text + symbol.st_name, room)),
      Svma{symbol.st_value}, symbol.st_size);
  }
}

}  // namespace

void LearnedSlot::vote(uint64_t offset) {
  if (settled_ || offset == 0) return;
  auto at = std::find_if(votes_.begin(), votes_.end(),
                         [&](const Votes& votes) { return votes.offset == offset; });
  if (at == votes_.end()) {
    if (votes_.size() >= kSlotsMax) return;
    at = votes_.insert(votes_.end(), {offset, 0});
  }
  ++at->count;
  std::stable_sort(votes_.begin(), votes_.end(),
                   [](const Votes& a, const Votes& b) { return a.count > b.count; });
  offsets_.clear();
  for (const Votes& votes : votes_) {
    if (votes.count < kVotesNeeded || offsets_.size() == kOffsetsMax) break;
    offsets_.push_back(votes.offset);
  }
  settled_ = votes_.front().count >= kVotesEnough;
}

std::optional<PythonModule> find_python(const stacks::Module& module) {
  if (module.kind != stacks::ModuleKind::kFile || !module.fd) return {};
  const std::string_view path = module.path;
  if (path.substr(path.rfind('/') + 1).find("python") == std::string_view::npos) return {};
  auto file = base::Mapping::of_file(module.fd.get(), module.path);
  if (!file) return {};
  const base::GuardedMapping mapping(std::move(*file));
  const auto image = elf::Image::parse(mapping.bytes());
  if (!image) return {};
  Found evaluator, runtime, code_type, version;
  for_each_export(*image, [&](std::string_view name, Svma address, uint64_t bytes) {
    if (name == "_PyEval_EvalFrameDefault") evaluator = {address, bytes};
    if (name == "_PyRuntime") runtime = {address, bytes};
    if (name == "PyCode_Type") code_type = {address, bytes};
    if (name == "Py_Version") version = {address, bytes};
  });
  if (raw(evaluator.address) == 0 || evaluator.bytes == 0 || raw(runtime.address) == 0) return {};
  PythonModule out{.evaluator = evaluator.address,
                   .evaluator_end = Svma{raw(evaluator.address) + evaluator.bytes},
                   .runtime = runtime.address,
                   .code_type = code_type.address};
  const auto bytes = image->bytes_at(version.address, sizeof out.version);
  if (raw(version.address) != 0 && bytes.size() == sizeof out.version) {
    std::memcpy(&out.version, bytes.data(), sizeof out.version);
    if (raw(code_type.address) != 0) out.layout = python::layout_of(out.version);
  }
  return out;
}

}  // namespace hone::capture
