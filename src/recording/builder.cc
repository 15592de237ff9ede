#include "recording/builder.h"

#include <xxhash.h>

#include <vector>

#include "base/host/check.h"

namespace hone::recording {
namespace {

constexpr size_t kSlotsMin = 1024;
// What is held of stacks to find them again. A program whose stacks never end to be new ones has
// some of them written twice instead of filling the memory: beyond this, all are forgotten.
constexpr size_t kStackNodesMax = 2 << 20;
constexpr size_t kFurtherCalleesMax = 1 << 20;

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
  size_t size() const { return used_; }

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
  std::vector<Node> nodes{1};         // index = StackId - first_id; [0]: above all roots
  uint32_t first_id = 0;              // of those before it only the further callees are known
  IdTable<uint64_t> further_callees;  // key: parent, frame
  Path last;

  // Null: of one that was forgotten, or none.
  Node* node_of(StackId id) {
    const size_t at = size_t{raw(id)} - first_id;
    return raw(id) >= first_id && at < nodes.size() ? &nodes[at] : nullptr;
  }
  // Those to come get ids as before; what came of the forgotten ones is looked up by hash.
  void forget_stacks() {
    first_id += static_cast<uint32_t>(nodes.size());
    nodes.clear();
    further_callees = {};
  }
};

Builder::Builder(Writer writer) : writer_(std::move(writer)), tables_(std::make_unique<Tables>()) {}
Builder::Builder(Writer writer, const Redaction& redaction)
    : writer_(std::move(writer)), redaction_(redaction), tables_(std::make_unique<Tables>()) {
  const std::string words = redaction_.words();
  if (redaction_.any()) append(MetaRow{.key = "redaction", .value = words});
}
Builder::Builder(Builder&&) noexcept = default;
Builder& Builder::operator=(Builder&&) noexcept = default;
Builder::~Builder() = default;

void Builder::append(const MetaRow& row) {
  if (!redaction_.any()) return writer_.append(row);
  if (redaction_.drops_fact(row.key)) return;
  const std::string value = redaction_.fact(row.key, row.value);
  writer_.append(MetaRow{.key = row.key, .value = value});
}

void Builder::append(const DiagnosticRow& row) {
  if (!redaction_.any()) return writer_.append(row);
  const std::string detail = redaction_.text(row.detail, TextKind::kSentence);
  DiagnosticRow told = row;
  told.detail = detail;
  writer_.append(told);
}

StringId Builder::string(std::string_view text, TextKind kind) {
  return redaction_.any() ? intern(redaction_.text(text, kind)) : intern(text);
}

StringId Builder::intern(std::string_view text) {
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
  Tables& t = *tables_;
  if (t.nodes.size() > kStackNodesMax || t.further_callees.size() > kFurtherCalleesMax) {
    t.forget_stacks();
  }
  const StackId added{static_cast<uint32_t>(writer_.row_count(Table::kStacks)) + 1};
  Tables::Node* node = t.node_of(parent);
  if (node && node->first_callee == StackId::kNone) {
    node->first_callee = added;
  } else {
    if (node && t.node_of(node->first_callee)->frame == frame) return node->first_callee;
    const uint64_t key = uint64_t{raw(parent)} << 32 | raw(frame);
    uint32_t& id = t.further_callees.slot(mix(raw(parent), raw(frame)), key,
                                          [&](uint64_t other) { return other == key; });
    if (id != 0) return StackId{id};
    id = raw(added);
  }
  t.nodes.push_back({.frame = frame});
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
