// Turns the tables of a recording into a Profile. Nothing in the tables is trusted: an id out of
// range, a stack that is its own ancestor or weights that overflow are mapped to none and counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "profile/profile.h"
#include "profile/redact.h"
#include "profile/tables.h"

namespace hone::profile {

class Loader {
 public:
  // `symboliser` may be null. Errors: LimitExceeded when a table has more rows than ids.
  static Result<Profile> build(Tables tables, const Profile::Symboliser* symboliser);
  // LimitExceeded when a table of so many rows has more of them than ids.
  static Result<void> check_rows(uint64_t row_count);
  // What the reader could not read, as diagnostics.
  static void add_salvage(Profile& profile, const recording::Reader& reader);
  // redact.h
  static std::vector<HiddenFile> redact(Profile& profile, const recording::Redaction& hide);

 private:
  explicit Loader(Tables tables);

  Result<void> check_limits() const;
  void read_strings();
  void read_meta();
  void read_modules();
  void read_processes();
  void read_threads();
  void read_frames();
  void take_stacks();
  void take_samples();
  void read_waits();
  void read_functions();
  void read_lines();
  void read_code();
  void read_tracks();
  void read_counters();
  void read_diagnostics();
  void read_pauses();
  void read_sites();
  void read_spans();
  void take_rare_spans(std::vector<int64_t>& long_ns);
  std::vector<size_t> count_span_rows();
  void number_spans(const std::vector<std::vector<Spans::Block>>& blocks);
  void read_gpu();
  void read_marks();
  void read_locks();
  void read_allocations();
  void read_costs();
  void read_measurements();
  void take_late_symbols(const LateSymbols& late);
  void name_functions();
  void merge_functions();
  void layout_lines();
  void add_unnamed_lines(std::vector<uint32_t>& row_count);

  StringId intern(std::string_view text);
  // Times that others are taken from: far from overflow, whatever a file says.
  static TimeNs believable(TimeNs time);
  // `id` when it is a row of a table of `count` entries (entry 0 included), else 0 and counted.
  template <class Id>
  Id checked(Id id, size_t count) {
    if (raw(id) < count) return id;
    ++bad_ids_;
    return Id{};
  }
  StringId string_id(StringId id) { return checked(id, profile_.strings_.size()); }
  std::string_view module_name(ModuleId id) const;
  bool is_unknown_place(FunctionId id) const;
  FunctionId unnamed_function(ModuleId module, uint64_t address);
  // Accounts of CPU time are summed without looking, so one that is not believable is not taken.
  bool accountable(int64_t ns);
  void count(std::string_view name, uint8_t severity, uint64_t times, std::string_view detail);

  // One row of the `lines` table or of late symbols, ids checked.
  struct LineRow {
    FrameId frame{};
    FunctionId function{};
    StringId file{};
    uint32_t line = 0;
    uint8_t inlined = 0;
  };

  Tables tables_;
  Profile profile_;
  int64_t cpu_left_;
  std::vector<LineRow> line_rows_;
  std::vector<FunctionId> canonical_;  // index = FunctionId
  std::unordered_map<std::string, FunctionId> unnamed_;
  uint64_t bad_ids_ = 0;
  uint64_t bad_stacks_ = 0;
  uint64_t bad_weights_ = 0;
  uint64_t bad_waits_ = 0;
  uint64_t repeated_lines_ = 0;
  uint64_t bad_readings_ = 0;
  uint64_t bad_spans_ = 0;
  uint64_t bad_locks_ = 0;
};

}  // namespace hone::profile
