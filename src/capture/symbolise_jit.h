// Names for code that was made while the program ran: by the jitdump of its maker where there is
// one, else by its perf map. Called by name_frames() and write_names().
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "capture/symbolise.h"

namespace hone::capture {

// Addresses of one module, and the frames that they are of.
struct AddressGroup {
  std::vector<uint64_t> addresses;  // sorted, unique
};

void name_jit_code(const SymbolInput& input, const AddressGroup& group,
                   const std::unordered_map<uint64_t, uint32_t>& frame_of_address,
                   NamedFrames& out);

// The code's bytes as the jitdump has them; empty when it has not.
std::vector<uint8_t> read_jit_code(const SymbolInput& input, uint64_t code_at, uint64_t bytes);

}  // namespace hone::capture
