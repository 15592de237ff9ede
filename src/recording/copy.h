// Writes what recordings hold into another: a range of time of one, or several that follow each
// other as one. Ids are given anew, and what nothing in the range refers to is left out.
//
//   Copier copier(builder, {.from = from, .to = to});
//   HONE_TRY(copier.add(reader));
//   copier.finish();                    // accounts and ends; then the caller's own facts
//
// Events are cut by their times. Of processes and threads those are kept that lived in the range.
// Nothing in the input is trusted: an id of nothing becomes none. A table that this version does
// not know cannot be copied, since its ids could not be; it is counted in the diagnostics.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "recording/builder.h"
#include "recording/reader.h"

namespace hone::recording {

struct CopyOptions {
  TimeNs from{INT64_MIN}, to{INT64_MAX};  // both within
  // The inputs are parts of one recording: in all of them a module of one id is the same one, and
  // so are processes and threads of one kernel's id and start.
  bool parts = false;
  // Nothing is cut: what is known of CPU time holds for the copy, too.
  bool whole = false;
  // The inputs are recordings of their own, beside each other: facts of the second on bear its
  // number, counts add up, and none is a fact of the whole.
  bool merge = false;
};

// How an input stands to the first one, in a merge.
struct CopyInput {
  int64_t shift_ns = 0;    // added to its times
  bool same_boot = true;   // its clocks are the first one's
  bool same_pids = false;  // a pid that lived at the same time was the same process
};

class Copier {
 public:
  // `out` must outlive this.
  Copier(Builder& out, const CopyOptions& options);
  Copier(Copier&&) noexcept;
  ~Copier();

  // In the order of time. Errors are the reader's; what was read until then is in the copy.
  Result<void> add(const Reader& in) { return add(in, {}); }
  Result<void> add(const Reader& in, const CopyInput& input);
  // Once, at the end.
  void finish();

  uint64_t sample_count() const;
  // Weight of samples by innermost frame, index = FrameId of the copy.
  std::span<const int64_t> self_ns_by_frame() const;
  // The id in the copy of a module of the last input, or of all parts; none when nothing refers to
  // it.
  ModuleId module_of(ModuleId id) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hone::recording
