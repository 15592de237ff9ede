#include "exchange/import_perf_data_file.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace hone::exchange::perf_data {
namespace {

constexpr std::string_view kMagic = "PERFILE2", kMagicSwapped = "2ELIFREP";
constexpr size_t kPipeHeaderBytes = 16, kFileHeaderBytes = 104;
constexpr size_t kFlagsBytes = kFeatureBits / 8;
constexpr size_t kSectionBytes = 16;
constexpr size_t kHeaderBytes = sizeof(perf_event_header);
// Of records of kind kEventUpdate (PERF_EVENT_UPDATE__NAME).
constexpr uint64_t kUpdateOfName = 2;

std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

// One stream of zstd through all packed records: what one holds may end within a record.
struct File::Unpacker {
  struct Free {
    void operator()(ZSTD_DStream* of) const { ZSTD_freeDStream(of); }
  };
  static constexpr size_t kStep = 256 << 10;
  std::unique_ptr<ZSTD_DStream, Free> stream{ZSTD_createDStream()};
  std::vector<uint8_t> bytes;  // not yet taken
  size_t count = 0;
};

File::File(Input& in, Intake& to) : in_(in), to_(to) {}
File::~File() = default;

tl::unexpected<Error> File::corrupt(std::string_view what) const {
  return tl::unexpected(Error{.code = Code::Corrupt,
                              .message = fmt::format("{}: {}", in_.name(), what),
                              .offset = in_.offset()});
}

Result<void> File::open() {
  HONE_TRY(in_.fill(kFileHeaderBytes));
  if (in_.rest().starts_with(kMagicSwapped)) {
    return tl::unexpected(
        Error{.code = Code::Unsupported,
              .message = in_.name() + ": was made on a machine of the other byte order",
              .offset = 0,
              .fixes = {"perf script -F +pid > FILE   on that machine, and import FILE"}});
  }
  if (in_.rest().size() < kPipeHeaderBytes || !in_.rest().starts_with(kMagic)) {
    return corrupt("is no perf.data");
  }
  base::ByteReader header(in_.rest().data(), in_.rest().size());
  header.skip(kMagic.size());
  const uint64_t header_bytes = header.u64();
  if (header_bytes == kPipeHeaderBytes) {
    in_.take(kPipeHeaderBytes);
    return {};
  }
  if (header_bytes != kFileHeaderBytes && header_bytes != kFileHeaderBytes - kFlagsBytes) {
    return corrupt(fmt::format("has a header of {} bytes", header_bytes));
  }
  return open_file();
}

Result<void> File::open_file() {
  if (in_.rest().size() < kFileHeaderBytes) return corrupt("ends within its header");
  base::ByteReader header(in_.rest().data(), kFileHeaderBytes);
  header.skip(kMagic.size());
  const uint64_t header_bytes = header.u64(), entry_bytes = header.u64();
  const auto section = [&] {
    const uint64_t offset = header.u64();
    return Section{offset, header.u64()};
  };
  const Section attrs = section(), data = section();
  section();  // names of events, long gone
  if (header_bytes == kFileHeaderBytes) {
    for (uint64_t& bits : feature_bits_) bits = header.u64();
  }
  if (data.offset < header_bytes || data.offset > kHeadBytesMost ||
      data.bytes > UINT64_MAX - data.offset) {
    return corrupt("says that its records lie where they cannot");
  }
  HONE_TRY(in_.fill(data.offset));
  if (in_.rest().size() < data.offset) return corrupt("ends before its records");
  HONE_TRY(read_attrs(attrs, entry_bytes));
  has_end_ = data.bytes != 0;
  if (has_end_) {
    data_end_ = data.offset + data.bytes;
    look_at_features();
  } else {
    to_.left("perf_data.not_closed",
             "file that perf record did not finish: what it wrote is taken, and what it would have "
             "said of the machine and of modules is not there",
             1, recording::kDataLoss);
  }
  in_.take(data.offset);
  return {};
}

Result<void> File::read_attrs(const Section& attrs, uint64_t entry_bytes) {
  const std::span<const uint8_t> head = as_bytes(in_.rest());
  const auto lies_within = [&](const Section& part) {
    return part.offset <= head.size() && part.bytes <= head.size() - part.offset;
  };
  if (entry_bytes < PERF_ATTR_SIZE_VER0 + kSectionBytes || !lies_within(attrs)) {
    return corrupt("says that its events lie where they cannot");
  }
  uint64_t id_bytes = 0;
  for (uint64_t at = 0; attrs.bytes - at >= entry_bytes; at += entry_bytes) {
    const std::span<const uint8_t> entry = head.subspan(attrs.offset + at, entry_bytes);
    base::ByteReader in(entry.data() + entry_bytes - kSectionBytes, kSectionBytes);
    const uint64_t offset = in.u64();
    const Section ids{offset, in.u64()};
    if (!lies_within(ids)) return corrupt("says that the ids of an event lie where they cannot");
    // Each event has ids of its own, so that all of them together are a part of the file.
    id_bytes += ids.bytes;
    if (id_bytes > head.size()) return corrupt("has events that share their ids");
    HONE_TRY(
        add_event(entry.first(entry_bytes - kSectionBytes), head.subspan(ids.offset, ids.bytes)));
  }
  if (events_.empty()) return corrupt("has no events");
  return {};
}

Result<void> File::add_event(std::span<const uint8_t> attr_bytes, std::span<const uint8_t> ids) {
  Event event;
  if (!read_attr(attr_bytes, event.attr)) return corrupt("has an event that is too short");
  event.name = event_name(event.attr);
  if (!events_.empty()) {
    const perf_event_attr& first = events_.front().attr;
    if (id_place_in_sample(first) != id_place_in_sample(event.attr) ||
        (first.sample_id_all != 0 && event.attr.sample_id_all != 0 &&
         id_place_from_end(first) != id_place_from_end(event.attr))) {
      return corrupt("has events whose samples cannot be told apart");
    }
  }
  const auto number = static_cast<uint32_t>(events_.size());
  base::ByteReader in(ids.data(), ids.size());
  for (size_t i = 0; i < ids.size() / sizeof(uint64_t); ++i) event_of_id_[in.u64()] = number;
  events_.push_back(std::move(event));
  return {};
}

uint32_t File::event_of_id(uint64_t id) const {
  if (id == 0) return 0;
  const auto known = event_of_id_.find(id);
  return known == event_of_id_.end() ? kNoEvent : known->second;
}

uint32_t File::event_of_sample(std::span<const uint8_t> body) const {
  if (events_.size() < 2) return events_.empty() ? kNoEvent : 0;
  const auto place = id_place_in_sample(events_.front().attr);
  if (!place) return 0;
  if (*place + sizeof(uint64_t) > body.size()) return kNoEvent;
  return event_of_id(Words{body.data() + *place, 1}[0]);
}

uint32_t File::event_of_other(std::span<const uint8_t> body) const {
  if (events_.size() < 2) return events_.empty() ? kNoEvent : 0;
  const auto place = id_place_from_end(events_.front().attr);
  if (!place) return 0;
  if (*place > body.size()) return kNoEvent;
  return event_of_id(Words{body.data() + body.size() - *place, 1}[0]);
}

void File::take_one_feature(uint32_t feature, std::span<const uint8_t> bytes) {
  const size_t names_before = features_.events.size();
  if (!take_feature(feature, bytes, features_)) {
    to_.left("perf_data.feature_damaged", "parts that say something of the run make no sense", 1,
             recording::kDataLoss);
  }
  if (feature == static_cast<uint32_t>(Feature::kEvents)) {
    name_events(std::min(names_before, features_.events.size()));
  }
}

void File::name_events(size_t first) {
  for (size_t i = first; i < features_.events.size(); ++i) {
    const NamedEvent& named = features_.events[i];
    for (const uint64_t id : named.ids) {
      const auto known = event_of_id_.find(id);
      if (known != event_of_id_.end() && !named.name.empty()) {
        events_[known->second].name = named.name;
      }
    }
  }
  // One event alone needs no id.
  if (features_.events.size() == 1 && events_.size() == 1 && !features_.events[0].name.empty()) {
    events_[0].name = features_.events[0].name;
  }
}

// Build ids and names of events stand behind the records that need them.
void File::look_at_features() {
  uint64_t at = data_end_;
  for (uint32_t feature = 0; feature < kFeatureBits; ++feature) {
    if ((feature_bits_[feature / 64] >> feature % 64 & 1) == 0) continue;
    const auto place = in_.look_at(at, kSectionBytes);
    if (!place || place->size() < kSectionBytes) return;
    at += kSectionBytes;
    looked_ahead_ = true;
    base::ByteReader in(place->data(), place->size());
    const uint64_t offset = in.u64(), bytes = in.u64();
    if (!is_wanted(feature) || bytes > kFeatureBytesMost) continue;
    const auto content = in_.look_at(offset, bytes);
    if (!content) continue;
    take_one_feature(feature, as_bytes(*content));
  }
}

// The same where the input goes by once.
Result<void> File::read_features_behind() {
  struct Place {
    uint32_t feature;
    Section section;
  };
  std::vector<Place> places;
  for (uint32_t feature = 0; feature < kFeatureBits; ++feature) {
    if ((feature_bits_[feature / 64] >> feature % 64 & 1) == 0) continue;
    HONE_TRY(in_.fill(kSectionBytes));
    if (in_.rest().size() < kSectionBytes) break;
    base::ByteReader in(in_.rest().data(), kSectionBytes);
    const uint64_t offset = in.u64(), bytes = in.u64();
    in_.take(kSectionBytes);
    if (is_wanted(feature) && bytes <= kFeatureBytesMost) {
      places.push_back({feature, {offset, bytes}});
    }
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.section.offset < b.section.offset;
  });
  for (const Place& place : places) {
    if (place.section.offset < in_.offset()) continue;
    HONE_TRY(skip(place.section.offset - in_.offset()));
    HONE_TRY(in_.fill(place.section.bytes));
    if (in_.rest().size() < place.section.bytes) break;
    take_one_feature(place.feature, as_bytes(in_.rest().substr(0, place.section.bytes)));
    in_.take(place.section.bytes);
  }
  return {};
}

Result<void> File::read(Take take) {
  while (in_.offset() < data_end_) {
    HONE_TRY(in_.fill(kHeaderBytes));
    if (in_.rest().empty() && !has_end_) break;
    perf_event_header header{};
    bool is_whole = in_.rest().size() >= kHeaderBytes;
    if (is_whole) {
      std::memcpy(&header, in_.rest().data(), sizeof header);
      if (header.size < kHeaderBytes) return corrupt("has a record without a length");
      HONE_TRY(in_.fill(header.size));
      is_whole = in_.rest().size() >= header.size && data_end_ - in_.offset() >= header.size;
    }
    if (!is_whole) {
      note_cut();
      return {};
    }
    const std::span<const uint8_t> bytes = as_bytes(in_.rest().substr(0, header.size));
    const Record record{header.type, header.misc, bytes.subspan(kHeaderBytes), in_.offset()};
    HONE_TRY(dispatch(record, take));
  }
  if (unpacker_ && unpacker_->count > 0) note_cut();
  if (has_end_ && !looked_ahead_) return read_features_behind();
  return {};
}

void File::note_cut() {
  to_.left("perf_data.cut", "file that ends within its records; what is before that is taken", 1,
           recording::kDataLoss);
}

// The record is taken from the input within: `record` is of no use then.
Result<void> File::dispatch(const Record& record, Take take) {
  base::ByteReader in(record.body.data(), record.body.size());
  const size_t bytes = kHeaderBytes + record.body.size();
  uint64_t behind = 0;  // bytes that belong to the record, and are not within it
  switch (Kind{record.kind}) {
    case Kind::kAttr:
      HONE_TRY(take_attr(record));
      break;
    case Kind::kEventUpdate:
      take_update(record);
      break;
    case Kind::kFeature: {
      const uint64_t feature = in.u64();
      if (in.ok() && feature < kFeatureBits && is_wanted(static_cast<uint32_t>(feature))) {
        take_one_feature(static_cast<uint32_t>(feature), {in.cursor(), in.remaining()});
      }
      break;
    }
    case Kind::kBuildId:
      take_build_id(record.misc, record.body, features_);
      break;
    case Kind::kTracingData:
      behind = in.u32();
      break;
    case Kind::kAuxtrace:
      behind = in.u64();
      to_.left("perf_data.traces_of_instructions",
               "blocks of a trace of instructions (Intel PT and the like) are skipped");
      break;
    case Kind::kCompressed:
    case Kind::kCompressed2:
      HONE_TRY(unpack(record, take));
      break;
    default:
      HONE_TRY(take(record));
      break;
  }
  in_.take(bytes);
  return skip(behind);
}

Result<void> File::skip(uint64_t bytes) {
  while (bytes > 0) {
    const uint64_t step = std::min<uint64_t>(bytes, in_.rest().size());
    in_.take(step);
    bytes -= step;
    if (bytes == 0) break;
    HONE_TRY_ASSIGN(const bool more, in_.more());
    if (!more) break;
  }
  return {};
}

Result<void> File::take_attr(const Record& record) {
  // Its own length says where the ids begin.
  base::ByteReader in(record.body.data(), record.body.size());
  in.u32();
  const uint32_t attr_bytes = in.u32();
  if (!in.ok() || attr_bytes < PERF_ATTR_SIZE_VER0 || attr_bytes > record.body.size()) {
    return corrupt("has an event that is too short");
  }
  return add_event(record.body.first(attr_bytes), record.body.subspan(attr_bytes));
}

void File::take_update(const Record& record) {
  base::ByteReader in(record.body.data(), record.body.size());
  const uint64_t what = in.u64(), id = in.u64();
  if (!in.ok() || what != kUpdateOfName) return;
  const auto known = event_of_id_.find(id);
  const char* name = in.c_string();
  if (name != nullptr && *name != '\0' && known != event_of_id_.end()) {
    events_[known->second].name = name;
  }
}

Result<void> File::unpack(const Record& record, Take take) {
  std::span<const uint8_t> packed = record.body;
  if (Kind{record.kind} == Kind::kCompressed2) {
    base::ByteReader in(packed.data(), packed.size());
    const uint64_t bytes = in.u64();
    if (!in.ok() || bytes > in.remaining()) return corrupt("has a packed record that is too short");
    packed = packed.subspan(sizeof bytes, bytes);
  }
  if (!unpacker_) unpacker_ = std::make_unique<Unpacker>();
  Unpacker& to = *unpacker_;
  if (!to.stream) return fail(Code::LimitExceeded, "no memory for zstd");
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  while (true) {
    if (to.bytes.size() < to.count + Unpacker::kStep) to.bytes.resize(to.count + Unpacker::kStep);
    ZSTD_outBuffer out{to.bytes.data(), to.bytes.size(), to.count};
    const size_t before = in.pos;
    if (ZSTD_isError(ZSTD_decompressStream(to.stream.get(), &out, &in)) != 0) {
      return corrupt("has a packed record that is damaged");
    }
    const bool moved = in.pos > before || out.pos > to.count;
    const bool is_full = out.pos == out.size;
    to.count = out.pos;
    HONE_TRY(take_unpacked(record.offset, take));
    if (!moved || (in.pos == in.size && !is_full)) break;
  }
  return {};
}

Result<void> File::take_unpacked(uint64_t offset, Take take) {
  Unpacker& from = *unpacker_;
  size_t at = 0;
  while (from.count - at >= kHeaderBytes) {
    perf_event_header header{};
    std::memcpy(&header, from.bytes.data() + at, sizeof header);
    if (header.size < kHeaderBytes) return corrupt("has a packed record without a length");
    if (from.count - at < header.size) break;
    const Record record{header.type,
                        header.misc,
                        {from.bytes.data() + at + kHeaderBytes, header.size - kHeaderBytes},
                        offset};
    at += header.size;
    // Only what the kernel writes is packed, and the marks between.
    const bool is_plain = header.type < static_cast<uint32_t>(Kind::kFirstOfPerf) ||
                          Kind{header.type} == Kind::kFinishedRound;
    if (!is_plain) {
      to_.left("perf_data.unknown_records", "records of kinds that are not known are skipped");
      continue;
    }
    HONE_TRY(take(record));
  }
  from.count -= at;
  std::memmove(from.bytes.data(), from.bytes.data() + at, from.count);
  return {};
}

}  // namespace hone::exchange::perf_data
