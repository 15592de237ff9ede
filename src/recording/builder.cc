#include "recording/builder.h"

#include <xxhash.h>

#include <vector>

namespace hone::recording {
namespace {

constexpr size_t kSlotsMin = 1024;

// Open addressing with linear steps, at most half full. A slot with id 0 is free.
template <class Key>
class IdTable {
 public:
  // The slot of `key`: with its id, or with id 0 for the caller to fill in. Valid until the next
  // call.
  template <class Equal>
  uint32_t& slot(uint64_t hash, const Key& key, Equal&& equal) {
    if (2 * used_ >= slots_.size()) grow();
    const size_t mask = slots_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
      Slot& slot = slots_[at];
      if (slot.id == 0) {
        slot.key = key;
        slot.hash = static_cast<uint32_t>(hash);
        ++used_;
        return slot.id;
      }
      if (slot.hash == static_cast<uint32_t>(hash) && equal(slot.key)) return slot.id;
    }
  }

 private:
  struct Slot {
    Key key{};
    uint32_t hash = 0;  // its low half: enough to grow by, ids being 32 bits
    uint32_t id = 0;
  };

  void grow() {
    std::vector<Slot> old(slots_.empty() ? kSlotsMin : 2 * slots_.size());
    old.swap(slots_);
    const size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.id == 0) continue;
      size_t at = slot.hash & mask;
      while (slots_[at].id != 0) at = (at + 1) & mask;
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

uint64_t mix(uint64_t a, uint64_t b) {
  // The two halves of one wide product: cheap, and good enough at half load.
  const auto product =
      static_cast<unsigned __int128>(a ^ 0x9e37'79b9'7f4a'7c15) * (b ^ 0xd1b5'4a32'd192'ed03);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

struct TextAt {
  uint64_t begin = 0;
  uint64_t bytes = 0;
};

}  // namespace

struct Builder::Tables {
  IdTable<TextAt> strings;
  std::string texts;  // of all strings, end to end
  IdTable<FrameKey> frames;
  std::vector<FrameKey> frame_list;
  // A stack and its first callee. A new path's nodes lie side by side, so that a walk along it
  // stays in few cache lines; only where paths part, further callees are looked up by hash.
  struct Node {
    FrameId frame{};
    StackId first_callee{};
  };
  std::vector<Node> nodes{1};         // index = StackId; [0]: above all roots
  IdTable<uint64_t> further_callees;  // key: parent, frame
  Path last;
};

Builder::Builder(Writer writer) : writer_(std::move(writer)), tables_(std::make_unique<Tables>()) {}
Builder::Builder(Builder&&) noexcept = default;
Builder::~Builder() = default;

StringId Builder::string(std::string_view text) {
  if (text.empty()) return StringId::kNone;
  std::string& texts = tables_->texts;
  uint32_t& id = tables_->strings.slot(
      XXH3_64bits(text.data(), text.size()), TextAt{texts.size(), text.size()},
      [&](const TextAt& at) { return std::string_view(texts).substr(at.begin, at.bytes) == text; });
  if (id == 0) {
    texts.append(text);
    id = static_cast<uint32_t>(writer_.row_count(Table::kStrings)) + 1;
    writer_.append(StringRow{.text = text});
  }
  return StringId{id};
}

FrameId Builder::frame(ModuleId module, uint64_t address) {
  const FrameKey key{module, address};
  uint32_t& id = tables_->frames.slot(mix(address, raw(module)), key, [&](const FrameKey& other) {
    return other.address == address && other.module == module;
  });
  if (id == 0) {
    tables_->frame_list.push_back(key);
    id = static_cast<uint32_t>(tables_->frame_list.size());
    writer_.append(FrameRow{.module = module, .address = address});
  }
  return FrameId{id};
}

StackId Builder::callee(StackId parent, FrameId frame) {
  std::vector<Tables::Node>& nodes = tables_->nodes;
  Tables::Node& node = nodes[raw(parent)];
  const StackId added{static_cast<uint32_t>(nodes.size())};
  if (node.first_callee == StackId::kNone) {
    node.first_callee = added;
  } else {
    if (nodes[raw(node.first_callee)].frame == frame) return node.first_callee;
    const uint64_t key = uint64_t{raw(parent)} << 32 | raw(frame);
    uint32_t& id = tables_->further_callees.slot(mix(raw(parent), raw(frame)), key,
                                                 [&](uint64_t other) { return other == key; });
    if (id != 0) return StackId{id};
    id = raw(added);
  }
  nodes.push_back({.frame = frame});
  writer_.append(StackRow{.parent = parent, .frame = frame});
  return added;
}

StackId Builder::stack(std::span<const FrameId> frames, Path& path) {
  const size_t depth = frames.size();
  size_t shared = 0;
  while (shared < depth && shared < path.frames.size() &&
         path.frames[shared] == frames[depth - 1 - shared]) {
    ++shared;
  }
  path.frames.resize(depth);
  path.ids.resize(depth);
  StackId at = shared == 0 ? StackId::kNone : path.ids[shared - 1];
  for (size_t i = shared; i < depth; ++i) {
    path.frames[i] = frames[depth - 1 - i];
    path.ids[i] = at = callee(at, path.frames[i]);
  }
  return at;
}

StackId Builder::stack(std::span<const FrameId> frames) {
  return stack(frames, tables_->last);
}

std::span<const Builder::FrameKey> Builder::frames() const {
  return tables_->frame_list;
}

}  // namespace hone::recording
