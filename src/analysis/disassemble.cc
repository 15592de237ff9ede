#include "analysis/disassemble.h"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include <algorithm>

namespace hone::analysis {
namespace {

class Disassembler {
 public:
  explicit Disassembler(uint8_t arch) {
    const bool x86 = arch == 1;
    step_ = x86 ? 1 : 4;
    if (cs_open(x86 ? CS_ARCH_X86 : CS_ARCH_ARM64, x86 ? CS_MODE_64 : CS_MODE_LITTLE_ENDIAN,
                &handle_) == CS_ERR_OK) {
      instruction_ = cs_malloc(handle_);
    }
  }
  Disassembler(const Disassembler&) = delete;
  Disassembler& operator=(const Disassembler&) = delete;
  ~Disassembler() {
    if (instruction_ != nullptr) cs_free(instruction_, 1);
    if (handle_ != 0) cs_close(&handle_);
  }

  std::vector<Instruction> run(std::span<const uint8_t> code, uint64_t address) {
    std::vector<Instruction> all;
    const uint8_t* at = code.data();
    size_t left = code.size();
    while (left > 0) {
      if (instruction_ != nullptr && cs_disasm_iter(handle_, &at, &left, &address, instruction_)) {
        const std::string_view operands = instruction_->op_str;
        all.push_back({instruction_->address, instruction_->size,
                       operands.empty()
                           ? std::string(instruction_->mnemonic)
                           : fmt::format("{:<6} {}", instruction_->mnemonic, operands)});
        continue;
      }
      const size_t skip = std::min(left, step_);
      all.push_back({address, static_cast<uint32_t>(skip), {}});
      at += skip;
      left -= skip;
      address += skip;
    }
    return all;
  }

 private:
  csh handle_ = 0;
  cs_insn* instruction_ = nullptr;
  size_t step_ = 1;
};

}  // namespace

std::vector<Instruction> disassemble(std::span<const uint8_t> code, uint64_t address,
                                     uint8_t arch) {
  if (arch != 1 && arch != 2) return {};
  return Disassembler(arch).run(code, address);
}

}  // namespace hone::analysis
