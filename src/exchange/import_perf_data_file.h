// A perf.data file, as it lies on the disk or comes from a pipe: its events, what it says of the
// machine, and its records one after the other, unpacked.
//
//   File file(in, to);
//   HONE_TRY(file.open());
//   HONE_TRY(file.read([&](const Record& record) -> Result<void> {...}));
//
// Format: tools/perf/Documentation/perf.data-file-format.txt of the kernel. Goes through the input
// once; where the file may be looked into anywhere, what stands behind its records is read first.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "exchange/import_perf_data_features.h"
#include "exchange/import_perf_data_records.h"
#include "exchange/input.h"
#include "exchange/intake.h"

namespace hone::exchange::perf_data {

struct Event {
  perf_event_attr attr{};
  std::string name;
};

class File {
 public:
  using Take = base::FunctionRef<Result<void>(const Record&)>;
  static constexpr uint32_t kNoEvent = UINT32_MAX;
  // What stands before the records: attributes, and an id for each event and CPU.
  static constexpr uint64_t kHeadBytesMost = 256 << 20;

  File(Input& in, Intake& to);
  ~File();

  // Errors: Unsupported for the other byte order, Corrupt.
  Result<void> open();
  // All records but those that say what the others are. Errors: of `take`; Corrupt.
  Result<void> read(Take take);

  const std::vector<Event>& events() const { return events_; }
  const Features& features() const { return features_; }
  // kNoEvent: none that the file has.
  uint32_t event_of_sample(std::span<const uint8_t> body) const;
  uint32_t event_of_other(std::span<const uint8_t> body) const;

 private:
  struct Section {
    uint64_t offset = 0, bytes = 0;
  };
  struct Unpacker;
  tl::unexpected<Error> corrupt(std::string_view what) const;
  Result<void> open_file();
  Result<void> read_attrs(const Section& attrs, uint64_t entry_bytes);
  Result<void> add_event(std::span<const uint8_t> attr_bytes, std::span<const uint8_t> ids);
  void look_at_features();
  Result<void> read_features_behind();
  void take_one_feature(uint32_t feature, std::span<const uint8_t> bytes);
  void note_cut();
  void name_events(size_t first);  // from the first of the features' names on
  uint32_t event_of_id(uint64_t id) const;
  Result<void> read_file_end();
  Result<void> dispatch(const Record& record, Take take);
  Result<void> take_attr(const Record& record);
  void take_update(const Record& record);
  Result<void> skip(uint64_t bytes);
  Result<void> unpack(const Record& record, Take take);
  Result<void> take_unpacked(uint64_t offset, Take take);

  Input& in_;
  Intake& to_;
  bool looked_ahead_ = false, has_end_ = false;
  uint64_t data_end_ = UINT64_MAX;
  uint64_t feature_bits_[kFeatureBits / 64] = {};
  std::vector<Event> events_;
  std::unordered_map<uint64_t, uint32_t> event_of_id_;
  Features features_;
  std::unique_ptr<Unpacker> unpacker_;
};

}  // namespace hone::exchange::perf_data
