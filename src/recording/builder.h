// A Writer with the dictionaries of a recording: strings, frames and stacks are given dense ids at
// first use. Shared by everything that makes recordings. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "recording/redaction.h"
#include "recording/writer.h"

namespace hone::recording {

class Builder {
 public:
  explicit Builder(Writer writer);
  // What is written from then on passes `redaction`.
  Builder(Writer writer, const Redaction& redaction);
  Builder(Builder&&) noexcept;
  Builder& operator=(Builder&&) noexcept;
  ~Builder();

  Writer& writer() { return writer_; }
  const Writer& writer() const { return writer_; }
  const Redaction& redaction() const { return redaction_; }
  template <class Row>
  void append(const Row& row) {
    writer_.append(row);
  }
  void append(const MetaRow& row);
  void append(const DiagnosticRow& row);
  // Appends to a table of kind Ids and gives the new row's id.
  template <class Id, class Row>
  Id append_id(const Row& row) {
    writer_.append(row);
    return Id{static_cast<uint32_t>(writer_.row_count(Row::kTable))};
  }

  // kNone for the empty text.
  StringId string(std::string_view text, TextKind kind = TextKind::kPlain);
  FrameId frame(ModuleId module, uint64_t address);

  // A stack that was written, root first: what the next one of the same thread mostly shares.
  struct Path {
    std::vector<FrameId> frames;
    std::vector<StackId> ids;
  };
  // `frames` innermost first, as a walk gives them. kNone for no frames. `path`: the stack before
  // of this Builder, or empty; becomes this one.
  StackId stack(std::span<const FrameId> frames, Path& path);
  StackId stack(std::span<const FrameId> frames);  // with a path of its own
  // One frame called from a stack that was given out; kNone: from none.
  StackId callee(StackId parent, FrameId frame);

  struct FrameKey {
    ModuleId module;
    uint64_t address;
  };
  // All frames so far; index = id - 1. What symbolisation works through at the end.
  std::span<const FrameKey> frames() const;

 private:
  struct Tables;
  StringId intern(std::string_view text);
  Writer writer_;
  Redaction redaction_;
  std::unique_ptr<Tables> tables_;
};

}  // namespace hone::recording
