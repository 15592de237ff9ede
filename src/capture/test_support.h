// For this room's tests: event records as the kernel writes them, buffers that hold them, and the
// rows of the recording that comes out.
#pragma once

#include <linux/perf_event.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/file.h"
#include "capture/collector.h"
#include "capture/perf_events.h"
#include "capture/perf_ring.h"
#include "recording/builder.h"
#include "recording/reader.h"

namespace hone::capture {

// One record, field by field; records but samples end with who, when and where.
class Record {
 public:
  explicit Record(uint32_t type, uint16_t misc = 0) {
    const perf_event_header header{type, misc, 0};
    bytes_.resize(sizeof header);
    std::memcpy(bytes_.data(), &header, sizeof header);
  }
  Record& u32(uint64_t value) { return number(value, 4); }
  Record& u64(uint64_t value) { return number(value, 8); }
  Record& text(std::string_view words) {
    bytes_.insert(bytes_.end(), words.begin(), words.end());
    bytes_.resize((bytes_.size() + 8) / 8 * 8);  // at least one zero
    return *this;
  }
  Record& trailer(uint32_t pid, uint32_t tid, uint64_t time) {
    return u32(pid).u32(tid).u64(time).u64(0);
  }
  const std::vector<uint8_t>& bytes() {
    const auto size = static_cast<uint16_t>(bytes_.size());
    std::memcpy(bytes_.data() + offsetof(perf_event_header, size), &size, sizeof size);
    return bytes_;
  }

  static Record fork(uint32_t pid, uint32_t parent, uint32_t tid, uint64_t time) {
    return Record(PERF_RECORD_FORK)
        .u32(pid)
        .u32(parent)
        .u32(tid)
        .u32(parent)
        .u64(time)
        .trailer(parent, parent, time);
  }
  static Record exit(uint32_t pid, uint32_t tid, uint64_t time) {
    return Record(PERF_RECORD_EXIT)
        .u32(pid)
        .u32(1)
        .u32(tid)
        .u32(1)
        .u64(time)
        .trailer(pid, tid, time);
  }
  static Record comm(uint32_t pid, uint32_t tid, std::string_view name, bool exec, uint64_t time) {
    return Record(PERF_RECORD_COMM, exec ? PERF_RECORD_MISC_COMM_EXEC : 0)
        .u32(pid)
        .u32(tid)
        .text(name)
        .trailer(pid, tid, time);
  }
  static Record read(uint32_t pid, uint32_t tid, uint64_t cpu_ns, uint64_t time) {
    return Record(PERF_RECORD_READ).u32(pid).u32(tid).u64(cpu_ns).trailer(pid, tid, time);
  }
  static Record lost(uint64_t count, uint64_t time) {
    return Record(PERF_RECORD_LOST).u64(1).u64(count).trailer(1, 1, time);
  }
  // In or out; `pid` is that of the thread that is switched.
  static Record switched(uint32_t pid, uint32_t tid, bool out, bool preempted, uint64_t time) {
    const int misc = (out ? PERF_RECORD_MISC_SWITCH_OUT : 0) |
                     (preempted ? PERF_RECORD_MISC_SWITCH_OUT_PREEMPT : 0);
    return Record(PERF_RECORD_SWITCH_CPU_WIDE, static_cast<uint16_t>(misc))
        .u32(1)
        .u32(1)
        .trailer(pid, tid, time);
  }
  // A sample of sched_waking whose field `pid` stands at 8.
  static Record waking(uint32_t by_pid, uint32_t by_tid, uint32_t tid, uint64_t time,
                       uint64_t context = 0) {
    return Record(PERF_RECORD_SAMPLE)
        .u64(0)
        .u32(by_pid)
        .u32(by_tid)
        .u64(time)
        .u64(0)
        .u32(16)  // bytes of the tracepoint
        .u64(context << 16)
        .u32(tid)
        .u64(0);
  }
  // Without kernel frames, registers or a stack.
  static Record sample(uint32_t pid, uint32_t tid, uint64_t time) {
    return Record(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER)
        .u64(0x1234)
        .u32(pid)
        .u32(tid)
        .u64(time)
        .u64(3)   // CPU
        .u64(0);  // PERF_SAMPLE_REGS_ABI_NONE
  }

 private:
  Record& number(uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) bytes_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }
  std::vector<uint8_t> bytes_;
};

// A buffer that the test fills in the kernel's place.
class TestRing {
 public:
  explicit TestRing(size_t data_bytes = 1 << 16) : data_bytes_(data_bytes) {
    auto memory = base::Mapping::anonymous(kPageBytes + data_bytes);
    page_ = reinterpret_cast<perf_event_mmap_page*>(memory->data());
    data_ = memory->data() + kPageBytes;
    ring_ = PerfRing::over(std::move(*memory), data_bytes);
  }
  void put(const std::vector<uint8_t>& bytes) {
    for (const uint8_t byte : bytes) data_[page_->data_head++ % data_bytes_] = byte;
  }
  void put(Record record) { put(record.bytes()); }
  perf_event_mmap_page& page() { return *page_; }
  PerfRing& ring() { return ring_; }

  static constexpr size_t kPageBytes = 4096;

 private:
  size_t data_bytes_;
  perf_event_mmap_page* page_;
  uint8_t* data_;
  PerfRing ring_;
};

// A recording in a file that goes away.
class TestRecording {
 public:
  TestRecording() {
    char name[] = "/tmp/hone-capture-XXXXXX";
    const int fd = ::mkstemp(name);
    ::close(fd);
    path_ = name;
    builder_ = std::make_unique<recording::Builder>(*recording::Writer::create(path_, {}));
  }
  ~TestRecording() { ::unlink(path_.c_str()); }
  recording::Builder& builder() { return *builder_; }

  // All rows of a table, when nothing more is written. Texts of the rows live as long as this.
  template <class Row>
  std::vector<Row> rows() {
    finish();
    std::vector<Row> out;
    const auto columns = reader_->columns(Row::kTable);
    columns_.push_back(std::move(*columns));
    const recording::Columns& all = columns_.back();
    for (size_t i = 0; i < all.row_count; ++i) {
      Row row;
      size_t at = 0;
      visit(row, [&](auto& field) { recording::detail::get(all.columns[at++], i, field); });
      out.push_back(row);
    }
    return out;
  }
  std::string text(StringId id) {
    for (uint32_t at = 0; const auto& row : rows<recording::StringRow>()) {
      if (++at == raw(id)) return std::string(row.text);
    }
    return {};
  }

 private:
  void finish() {
    if (reader_) return;
    (void)builder_->writer().finish();
    reader_ = std::make_unique<recording::Reader>(*recording::Reader::open(path_));
  }
  std::string path_;
  std::unique_ptr<recording::Builder> builder_;
  std::unique_ptr<recording::Reader> reader_;
  std::deque<recording::Columns> columns_;
};

}  // namespace hone::capture
