// Stretches of code, each described whole: its line rows and its inlined calls, so that every
// address inside it has its frames, whether it was asked for or not.
//
//   map.for_each_frame(sorted_addresses, [&](size_t index, const CodeMap::Frame& frame) { ... });
//
// Functions and files are numbers of the one who keeps the map. After settle() the extents are
// sorted and share no address.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/host/function_ref.h"
#include "base/types.h"

namespace hone::elf {

struct CodeMap {
  static constexpr uint32_t kNone = ~uint32_t{0};

  // Holds from its offset in the extent up to the next row's. File and line 0: nothing is known.
  struct Row {
    uint32_t offset = 0;
    uint32_t file = 0;
    uint32_t line = 0;
  };
  // One range of an inlined call; outer calls stand before those inside them.
  struct Call {
    uint32_t begin = 0, end = 0;  // offsets in the extent
    uint32_t depth = 0;           // grows inwards
    uint32_t function = 0;        // that was inlined
    uint32_t file = 0, line = 0;  // of the call
  };
  // A part of a function (GCC cuts some in a hot and a cold one), or code of no known function.
  struct Extent {
    Svma begin{}, end{};  // less than 4 GiB apart
    Svma anchor{};        // the address that it was made for
    uint32_t function = kNone;
    uint32_t first_row = 0, row_count = 0;
    uint32_t first_call = 0, call_count = 0;
  };
  struct Frame {
    uint32_t function = kNone;
    uint32_t file = 0;
    uint32_t line = 0;
    bool inlined = false;  // into the next frame
  };

  std::vector<Extent> extents;
  std::vector<Row> rows;
  std::vector<Call> calls;

  // Appends an extent with no rows or calls yet; those appended next to `rows` and `calls` are its
  // own once close() is called.
  void open(Svma begin, Svma end, Svma anchor, uint32_t function);
  void close();
  // Appends an extent of another map, its rows and calls with it.
  void append(const CodeMap& from, const Extent& extent);
  // Cuts an extent, and what belongs to it, down to [begin, end), which must lie inside it.
  void narrow(Extent& extent, Svma begin, Svma end);
  // Sorts the extents. Where two share addresses, the one that was there first keeps them, and the
  // other what is left around its anchor.
  void settle();

  // These need a settled map.
  const Extent* find(Svma address) const;
  std::span<const Row> rows_of(const Extent& extent) const {
    return {rows.data() + extent.first_row, extent.row_count};
  }
  // The frames of each address that an extent holds, innermost first. An extent without a function
  // gives none where its line is not known either.
  void for_each_frame(std::span<const Svma> sorted,
                      base::FunctionRef<void(size_t, const Frame&)> frame) const;

 private:
  struct Link {
    uint32_t call, outer, depth;
  };
  void link_calls(const Extent& extent, std::span<const Svma> sorted,
                  std::vector<uint32_t>& innermost, std::vector<Link>& links) const;
};

}  // namespace hone::elf
