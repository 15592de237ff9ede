// perf.data files made by hand, for tests: records as the kernel and perf lay them out, as a file
// or as what comes from a pipe.
#pragma once

#include <linux/perf_event.h>
#include <zstd.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace hone::exchange::perf_data {

class Bytes {
 public:
  template <class T>
  Bytes& add(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Bytes& u32(uint64_t value) { return add(static_cast<uint32_t>(value)); }
  Bytes& u64(uint64_t value) { return add(value); }
  Bytes& text(std::string_view text) {  // ended and filled up to whole words
    bytes_ += text;
    bytes_.append(8 - text.size() % 8, '\0');
    return *this;
  }
  Bytes& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  const std::string& str() const { return bytes_; }

 private:
  std::string bytes_;
};

inline std::string record(uint32_t kind, uint16_t misc, std::string_view body) {
  return Bytes()
      .u32(kind)
      .add(misc)
      .add(static_cast<uint16_t>(body.size() + sizeof(perf_event_header)))
      .raw(body)
      .str();
}

// IP, TID, TIME, ID, PERIOD and CALLCHAIN.
inline perf_event_attr attr_of(uint32_t type, uint64_t config) {
  perf_event_attr out{};
  out.type = type;
  out.size = sizeof out;
  out.config = config;
  out.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID |
                    PERF_SAMPLE_PERIOD | PERF_SAMPLE_CALLCHAIN;
  out.sample_id_all = 1;
  out.freq = 1;
  out.sample_freq = 1000;
  return out;
}
inline perf_event_attr cpu_clock() {
  return attr_of(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK);
}

struct Who {
  int32_t pid = 0, tid = 0;
  uint64_t time = 0, id = 1;
};
inline std::string trailer(const Who& who) {
  return Bytes().add(who.pid).add(who.tid).u64(who.time).u64(who.id).str();
}
inline std::string sample(const Who& who, uint64_t period, const std::vector<uint64_t>& chain,
                          uint16_t misc = PERF_RECORD_MISC_USER) {
  Bytes body;
  body.u64(chain.size() > 1 ? chain[1] : 0).add(who.pid).add(who.tid).u64(who.time).u64(who.id);
  body.u64(period).u64(chain.size());
  for (const uint64_t address : chain) body.u64(address);
  return record(PERF_RECORD_SAMPLE, misc, body.str());
}
inline std::string comm(const Who& who, std::string_view name, bool exec = false) {
  return record(PERF_RECORD_COMM, exec ? PERF_RECORD_MISC_COMM_EXEC : 0,
                Bytes().add(who.pid).add(who.tid).text(name).raw(trailer(who)).str());
}
inline std::string mmap2(const Who& who, uint64_t begin, uint64_t bytes, std::string_view path,
                         uint32_t protection = 5) {
  return record(PERF_RECORD_MMAP2, PERF_RECORD_MISC_USER,
                Bytes()
                    .add(who.pid)
                    .add(who.tid)
                    .u64(begin)
                    .u64(bytes)
                    .u64(0)
                    .u32(8)
                    .u32(1)
                    .u64(77)
                    .u64(0)
                    .u32(protection)
                    .u32(2)
                    .text(path)
                    .raw(trailer(who))
                    .str());
}
inline std::string task(uint32_t kind, const Who& who, int32_t parent) {
  return record(kind, 0,
                Bytes()
                    .add(who.pid)
                    .add(parent)
                    .add(who.tid)
                    .add(parent)
                    .u64(who.time)
                    .raw(trailer(who))
                    .str());
}
inline std::string round_end() {
  return record(68, 0, {});
}

struct EventOfFile {
  perf_event_attr attr{};
  std::vector<uint64_t> ids;
};
struct FeatureOfFile {
  unsigned bit = 0;
  std::string bytes;
};

inline std::string file_of(const std::vector<EventOfFile>& events, std::string_view records,
                           const std::vector<FeatureOfFile>& features = {}) {
  constexpr uint64_t kHeader = 104;
  Bytes ids, attrs;
  for (const EventOfFile& event : events) {
    for (const uint64_t id : event.ids) ids.u64(id);
  }
  const uint64_t attrs_at = kHeader + ids.str().size();
  uint64_t at = kHeader;
  for (const EventOfFile& event : events) {
    attrs.raw({reinterpret_cast<const char*>(&event.attr), sizeof event.attr});
    attrs.u64(at).u64(event.ids.size() * 8);
    at += event.ids.size() * 8;
  }
  const uint64_t data_at = attrs_at + attrs.str().size();
  uint64_t bits[4] = {};
  for (const FeatureOfFile& feature : features) {
    bits[feature.bit / 64] |= uint64_t{1} << feature.bit % 64;
  }
  Bytes out;
  out.raw("PERFILE2").u64(kHeader).u64(sizeof(perf_event_attr) + 16);
  out.u64(attrs_at).u64(attrs.str().size()).u64(data_at).u64(records.size()).u64(0).u64(0);
  for (const uint64_t word : bits) out.u64(word);
  out.raw(ids.str()).raw(attrs.str()).raw(records);
  uint64_t feature_at = data_at + records.size() + 16 * features.size();
  for (const FeatureOfFile& feature : features) {
    out.u64(feature_at).u64(feature.bytes.size());
    feature_at += feature.bytes.size();
  }
  for (const FeatureOfFile& feature : features) out.raw(feature.bytes);
  return out.str();
}

inline std::string pipe_of(const std::vector<EventOfFile>& events, std::string_view records) {
  Bytes out;
  out.raw("PERFILE2").u64(16);
  for (const EventOfFile& event : events) {
    Bytes body;
    body.raw({reinterpret_cast<const char*>(&event.attr), sizeof event.attr});
    for (const uint64_t id : event.ids) body.u64(id);
    out.raw(record(64, 0, body.str()));
  }
  return out.raw(records).str();
}

// As perf record -z has it: one stream, cut anywhere.
inline std::string packed(std::string_view records, size_t step, bool newer) {
  std::string all(ZSTD_compressBound(records.size()), '\0');
  all.resize(ZSTD_compress(all.data(), all.size(), records.data(), records.size(), 3));
  std::string out;
  for (size_t at = 0; at < all.size(); at += step) {
    const std::string part = all.substr(at, step);
    Bytes body;
    if (newer) body.u64(part.size());
    body.raw(part);
    // The newer kind is filled up to whole words.
    if (newer) body.raw(std::string((8 - part.size() % 8) % 8, '\0'));
    out += record(newer ? 83 : 81, 0, body.str());
  }
  return out;
}

inline std::string feature_text(std::string_view text) {
  const std::string padded = Bytes().text(text).str();
  return Bytes().u32(padded.size()).raw(padded).str();
}

}  // namespace hone::exchange::perf_data
