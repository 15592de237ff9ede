// The parts of import_pprof.cc: a profile.proto's tables, which refer to each other by numbers that
// need not be in order, and to texts that stand at the file's end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exchange/code_files.h"
#include "exchange/code_places.h"
#include "exchange/held_bytes.h"
#include "exchange/intake.h"
#include "exchange/proto_reader.h"
#include "exchange/rows_by_number.h"

namespace hone::exchange::pprof {

using Rows = RowsByNumber;

class Texts {
 public:
  void add(std::string_view text);
  // "" for a number of none, which is counted.
  std::string_view at(uint64_t number) const;
  // Of what is written more often than it stands there: a long one is cut.
  std::string_view short_at(uint64_t number) const { return at(number).substr(0, kShortMost); }
  size_t size() const { return ends_.size(); }
  uint64_t wrong() const { return wrong_; }
  uint64_t held() const { return all_.capacity() + ends_.capacity() * sizeof(uint64_t); }

 private:
  static constexpr size_t kShortMost = 4096;
  std::string all_;
  std::vector<uint64_t> ends_;
  mutable uint64_t wrong_ = 0;
};

// Mappings, locations and functions, as they stand in the file; then frames of the locations that
// samples named, in the order in which they did.
class Code {
 public:
  void add_mapping(ProtoReader message);
  void add_location(ProtoReader message);
  void add_function(ProtoReader message);

  // The frame that a location will be.
  FrameId frame(uint64_t location) {
    const uint32_t row = used_rows_.find(location);
    return row != Rows::kNone ? FrameId{row + 1} : new_frame(location);
  }
  // Gives the frames their rows. Nobody else may have made frames.
  Result<void> write(Intake& to, const Texts& texts, HeldBytes& held);
  uint64_t held() const;

 private:
  struct Mapping {
    uint64_t start = 0, limit = 0, offset = 0;
    uint64_t file = 0, build_id = 0;  // texts
    ModuleId module{};
    bool is_known = false;
  };
  struct Location {
    uint64_t mapping = 0, address = 0;
    uint32_t first_line = 0, line_count = 0;
  };
  struct Line {
    uint64_t function = 0;
    uint32_t line = 0;
  };
  struct Function {
    uint64_t name = 0, system_name = 0, file = 0;
    uint32_t line = 0;
  };

  FrameId new_frame(uint64_t location);
  ModuleId module_of(Mapping& mapping, CodePlaces& places, const Texts& texts);
  Result<void> write_frame(uint32_t row, CodePlaces& places, Intake& to, const Texts& texts,
                           HeldBytes& held);
  Result<void> read_levels(const Location& location, ModuleId module, CodePlaces& places,
                           const Texts& texts, HeldBytes& held);
  uint64_t linked_address(const Location& location, const Texts& texts);
  void count_left(Intake& to) const;

  std::vector<Mapping> mappings_;
  std::vector<Location> locations_;
  std::vector<Line> lines_;
  std::vector<Function> functions_;
  Rows mapping_rows_, location_rows_, function_rows_, used_rows_;
  std::vector<uint64_t> used_;  // locations, by frame
  std::vector<CodePlaces::Level> levels_;
  CodeFiles files_;
  uint64_t repeated_ = 0, missing_ = 0, unnamed_ = 0, without_build_id_ = 0, lines_left_ = 0;
};

// Which thread a sample is of, by its labels.
class Labels {
 public:
  // What is said of one sample: the bytes of its labels, one after the other.
  void clear() { now_.clear(); }
  void add(std::string_view label);
  uint32_t row();  // of what was added: the same labels are the same row

  // Index = row.
  Result<std::vector<ThreadId>> threads(Intake& to, const Texts& texts, HeldBytes& held);
  // Labels that say no thread, in all samples; `row` was used so often.
  void count_left(Intake& to, const Texts& texts, const std::vector<uint64_t>& uses) const;
  uint64_t held() const { return held_; }

 private:
  std::string now_, last_;
  uint64_t held_ = 0, too_many_ = 0;
  uint32_t last_row_ = 0;
  std::vector<std::string> rows_{""};
  std::unordered_map<std::string, uint32_t> row_of_;
};

}  // namespace hone::exchange::pprof
