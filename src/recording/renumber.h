// The ids of recordings as a copy of them has them: what is referred to is taken over when it is
// first met, and all that is not, never is. Private to the copier.
//
//   Renumber ids(builder, options);
//   HONE_TRY(ids.read(reader));         // the next input's
//   ids.renumber(row);                  // a row of it: what it refers to is in the copy now
//
// Nothing in the input is trusted: an id of nothing becomes none.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "recording/copy.h"

namespace hone::recording {

template <class T>
inline constexpr bool kIsId =
    std::is_same_v<T, StringId> || std::is_same_v<T, ModuleId> || std::is_same_v<T, ProcessId> ||
    std::is_same_v<T, ThreadId> || std::is_same_v<T, FrameId> || std::is_same_v<T, StackId> ||
    std::is_same_v<T, FunctionId> || std::is_same_v<T, TrackId> || std::is_same_v<T, SiteId> ||
    std::is_same_v<T, GpuQueueId> || std::is_same_v<T, MetricId>;
// A column of another strong type would be copied as it is: new kinds of ids are said above.
template <class T>
inline constexpr bool kIsPlain = !std::is_enum_v<T> || std::is_same_v<T, TimeNs> ||
                                 std::is_same_v<T, DurationNs> || std::is_same_v<T, Svma>;

class Renumber {
 public:
  // `out` and `options` outlive this.
  Renumber(Builder& out, const CopyOptions& options) : out_(out), options_(options) {}

  // `shift_ns` is added to its times.
  Result<void> read(const Reader& in, int64_t shift_ns);
  // An id of the input that is one of the copy already.
  template <class Id>
  void assign(Id from, Id to) {
    if (raw(from) < ids<Id>().size()) ids<Id>()[raw(from)] = to;
  }
  // A time of the input, on the clock of the copy; what is no time stays none.
  TimeNs shifted(TimeNs time) const {
    int64_t out = 0;
    if (shift_ns_ == 0 || raw(time) == 0) return time;
    return __builtin_add_overflow(raw(time), shift_ns_, &out) ? TimeNs{} : TimeNs{out};
  }

  // Of the input at hand: how many ids there are, none among them, and the row of one that is.
  template <class Id>
  size_t count() {
    return ids<Id>().size();
  }
  template <class Row>
  Row row(size_t id) const {
    Row out;
    size_t at = 0;
    visit(out, [&](auto& field) { detail::get(rows(Row::kTable).columns[at++], id - 1, field); });
    return out;
  }
  // The id that was given, or none: for rows that only describe.
  template <class Id>
  Id known(Id id) {
    const std::vector<Id>& map = ids<Id>();
    return raw(id) < map.size() ? map[raw(id)] : Id{};
  }

  // The id that it has in the copy from now on.
  ModuleId take(ModuleId id);
  ProcessId take(ProcessId id);
  ThreadId take(ThreadId id);
  TrackId take(TrackId id);
  FunctionId take(FunctionId id);
  SiteId take(SiteId id);
  GpuQueueId take(GpuQueueId id);
  MetricId take(MetricId id);
  FrameId take(FrameId id);
  StackId take(StackId id);
  // Gives every id of a row anew. `column` counts along, for the kind of text.
  template <class Row>
  void renumber(Row& row) {
    size_t column = 0;
    visit(row, [&](auto& field) {
      using Field = std::remove_cvref_t<decltype(field)>;
      static_assert(kIsId<Field> || kIsPlain<Field>);
      if constexpr (std::is_same_v<Field, StringId>) {
        field = text(field, text_kind(spec_of(Row::kTable).columns[column].name));
      } else if constexpr (kIsId<Field>) {
        field = take(field);
      } else if constexpr (std::is_same_v<Field, TimeNs>) {
        field = shifted(field);
      }
      ++column;
    });
  }

 private:
  const Columns& rows(Table table) const { return tables_[static_cast<size_t>(table)]; }
  template <class Id>
  std::vector<Id>& ids() {
    if constexpr (std::is_same_v<Id, ModuleId>) return modules_;
    if constexpr (std::is_same_v<Id, ProcessId>) return processes_;
    if constexpr (std::is_same_v<Id, ThreadId>) return threads_;
    if constexpr (std::is_same_v<Id, FrameId>) return frames_;
    if constexpr (std::is_same_v<Id, StackId>) return stacks_;
    if constexpr (std::is_same_v<Id, FunctionId>) return functions_;
    if constexpr (std::is_same_v<Id, TrackId>) return tracks_;
    if constexpr (std::is_same_v<Id, SiteId>) return sites_;
    if constexpr (std::is_same_v<Id, GpuQueueId>) return gpu_queues_;
    if constexpr (std::is_same_v<Id, MetricId>) return metrics_;
  }
  StringId text(StringId id, TextKind kind);
  template <class Id>
  Id take_row(Id id);

  Builder& out_;
  const CopyOptions& options_;
  size_t input_count_ = 0;
  int64_t shift_ns_ = 0;
  // Of the input at hand; index = its ids.
  std::array<Columns, static_cast<size_t>(Table::kCount)> tables_;
  std::array<std::vector<StringId>, 4> texts_;
  std::vector<ModuleId> modules_;
  std::vector<ProcessId> processes_;
  std::vector<ThreadId> threads_;
  std::vector<FrameId> frames_;
  std::vector<StackId> stacks_;
  std::vector<FunctionId> functions_;
  std::vector<TrackId> tracks_;
  std::vector<SiteId> sites_;
  std::vector<GpuQueueId> gpu_queues_;
  std::vector<MetricId> metrics_;
  std::vector<StackId> path_;
  // Of the copy.
  std::unordered_map<std::string, uint32_t> by_key_;
};

}  // namespace hone::recording
