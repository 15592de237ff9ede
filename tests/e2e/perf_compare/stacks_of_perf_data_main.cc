// Unwinds the samples of a perf.data file (perf record --call-graph dwarf) as Hone unwinds its own,
// and prints them with what `perf script` knows of them: one line a sample, "TID TIME complete"
// (or "cut", where the copy of the stack ends, or "broken"), then a tab and "OFFSET FILE" for each
// frame, innermost first: the offset in the file that is mapped there. Reads just enough of the
// format for that.
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/host/file.h"
#include "stacks/unwinder.h"

namespace {

using namespace hone;

constexpr uint64_t kPerfFileMagic = 0x32454c4946524550;  // "PERFILE2"
// DWARF numbers of perf's registers, in the order of their bits.
constexpr int kDwarfNumbers[] = {0,  3,  2,  1,  4, 5, 6,  7,  16, -1, -1, -1,
                                 -1, -1, -1, -1, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr uint64_t kTrailerBits = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID |
                                  PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU | PERF_SAMPLE_IDENTIFIER;

struct Record {
  uint64_t time = 0;
  const uint8_t* bytes = nullptr;
  perf_event_header header{};
};

struct FileRange {
  uint64_t begin = 0, end = 0, offset = 0;
  std::string path;
};

struct Process {
  stacks::AddressSpace space;
  std::vector<FileRange> ranges;  // the latest last
};

class Replay {
 public:
  explicit Replay(const perf_event_attr& attr) : attr_(attr), modules_({}), unwinder_(modules_) {}

  void run(const std::vector<Record>& records) {
    for (const Record& record : records) {
      base::ByteReader in(record.bytes + sizeof record.header,
                          record.header.size - sizeof record.header);
      switch (record.header.type) {
        case PERF_RECORD_MMAP2:
          map(in);
          break;
        case PERF_RECORD_FORK:
          fork(in);
          break;
        case PERF_RECORD_COMM:
          name(record, in);
          break;
        case PERF_RECORD_SAMPLE:
          sample(in);
          break;
        default:
          break;
      }
    }
  }

 private:
  void map(base::ByteReader in) {
    const uint32_t pid = in.u32();
    in.skip(4);
    const uint64_t begin = in.u64(), bytes = in.u64(), offset = in.u64();
    stacks::FileIdentity identity;
    const uint64_t major = in.u32(), minor = in.u32();
    identity.device = major << 32 | minor;
    identity.inode = in.u64();
    identity.generation = in.u64();
    in.skip(8);
    const char* name = in.c_string();
    const std::string path = name ? name : "";
    stacks::Module* module = nullptr;
    if (path == "[vdso]") {
      module = modules_.vdso();
    } else if (path.starts_with('/') && !path.starts_with("//")) {
      const std::string candidates[] = {path};
      module = modules_.of_file(identity, path, candidates);
    } else {
      module = modules_.anonymous(path);
    }
    Process& process = processes_[pid];
    process.space.map(begin, bytes, FileOffset{offset}, module);
    process.ranges.push_back({begin, begin + bytes, offset, path});
  }

  void fork(base::ByteReader in) {
    const uint32_t pid = in.u32(), parent = in.u32();
    if (pid != parent) processes_[pid] = processes_[parent];
  }

  void name(const Record& record, base::ByteReader in) {
    if (record.header.misc & PERF_RECORD_MISC_COMM_EXEC) processes_[in.u32()] = {};
  }

  void sample(base::ByteReader in) {
    const uint64_t type = attr_.sample_type;
    const auto skip_if = [&](uint64_t bit) {
      if (type & bit) in.skip(8);
    };
    skip_if(PERF_SAMPLE_IDENTIFIER);
    skip_if(PERF_SAMPLE_IP);
    const uint32_t pid = in.u32(), tid = in.u32();
    const uint64_t time = in.u64();
    skip_if(PERF_SAMPLE_ADDR);
    skip_if(PERF_SAMPLE_ID);
    skip_if(PERF_SAMPLE_STREAM_ID);
    skip_if(PERF_SAMPLE_CPU);
    skip_if(PERF_SAMPLE_PERIOD);
    if (type & PERF_SAMPLE_CALLCHAIN) in.skip(8 * in.u64());
    stacks::UnwindInput input;
    if (in.u64() != PERF_SAMPLE_REGS_ABI_64) return;
    for (int bit = 0; bit < 64; ++bit) {
      if (!(attr_.sample_regs_user >> bit & 1)) continue;
      const uint64_t value = in.u64();
      if (bit < static_cast<int>(std::size(kDwarfNumbers)) && kDwarfNumbers[bit] >= 0) {
        input.registers.set(static_cast<uint8_t>(kDwarfNumbers[bit]), value);
      }
    }
    const uint64_t size = in.u64();
    const uint8_t* stack = in.take(size);
    const uint64_t copied = size ? in.u64() : 0;
    if (!in.ok() || copied > size) return;
    input.stack = {stack, copied};
    Process& process = processes_[pid];
    const stacks::UnwoundStack unwound =
        unwinder_.unwind(process.space, input, stacks::Method::kDwarf);
    const char* end = unwound.end == unwind::WalkEnd::kComplete   ? "complete"
                      : unwound.end == unwind::WalkEnd::kStackEnd ? "cut"
                                                                  : "broken";
    std::printf("%u %" PRIu64 " %s", tid, time, end);
    for (const stacks::StackFrame& frame : unwound.frames) {
      print(process, frame);
    }
    std::printf("\n");
  }

  static void print(const Process& process, const stacks::StackFrame& frame) {
    uint64_t avma = frame.address;
    for (const stacks::MappedRange& range : process.space.ranges()) {
      const uint64_t here = frame.address + range.bias;
      if (range.module == frame.module && here >= range.begin && here < range.end) avma = here;
    }
    for (size_t i = process.ranges.size(); i-- > 0;) {
      const FileRange& range = process.ranges[i];
      if (avma < range.begin || avma >= range.end) continue;
      std::printf("\t%" PRIx64 " %s", avma - range.begin + range.offset, range.path.c_str());
      return;
    }
    std::printf("\t%" PRIx64 " ", avma);
  }

  perf_event_attr attr_;
  stacks::ModuleStore modules_;
  stacks::Unwinder unwinder_;
  std::map<uint32_t, Process> processes_;
};

// Where the time of a record stands, by its kind.
uint64_t time_of(const Record& record, uint64_t sample_type) {
  uint64_t time = 0;
  size_t at = 0;
  if (record.header.type == PERF_RECORD_SAMPLE) {
    at = sizeof record.header;
    for (const uint64_t bit : {PERF_SAMPLE_IDENTIFIER, PERF_SAMPLE_IP, PERF_SAMPLE_TID}) {
      if (sample_type & bit) at += 8;
    }
  } else {
    at = record.header.size -
         8 * static_cast<size_t>(__builtin_popcountll(sample_type & kTrailerBits));
    if (sample_type & PERF_SAMPLE_TID) at += 8;
  }
  if (at + sizeof time <= record.header.size) std::memcpy(&time, record.bytes + at, sizeof time);
  return time;
}

int run(const char* path) {
  auto text = base::read_file(path);
  if (!text) {
    std::fprintf(stderr, "cannot read %s\n", path);
    return 1;
  }
  const auto* bytes = reinterpret_cast<const uint8_t*>(text->data());
  base::ByteReader header(bytes, text->size());
  const uint64_t magic = header.u64();
  header.skip(8);
  const uint64_t attr_bytes = header.u64();
  const uint64_t attrs_at = header.u64(), attrs_size = header.u64();
  const uint64_t data_at = header.u64(), data_size = header.u64();
  if (!header.ok() || magic != kPerfFileMagic || attrs_at + attrs_size > text->size() ||
      data_at + data_size > text->size() || attr_bytes <= 16 || attrs_size < attr_bytes) {
    std::fprintf(stderr, "%s is no perf.data file\n", path);
    return 1;
  }
  // Of several events, the first is the one with samples: all have the same layout.
  perf_event_attr attr{};
  std::memcpy(&attr, bytes + attrs_at, std::min<size_t>(attr_bytes - 16, sizeof attr));
  std::vector<Record> records;
  for (uint64_t at = data_at; at + sizeof(perf_event_header) <= data_at + data_size;) {
    Record record;
    std::memcpy(&record.header, bytes + at, sizeof record.header);
    if (record.header.size < sizeof record.header) break;
    record.bytes = bytes + at;
    if (record.header.type < PERF_RECORD_MAX) {
      record.time = time_of(record, attr.sample_type);
      records.push_back(record);
    }
    at += record.header.size;
  }
  std::stable_sort(records.begin(), records.end(),
                   [](const Record& a, const Record& b) { return a.time < b.time; });
  Replay(attr).run(records);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: hone-perf-stacks perf.data\n");
    return 2;
  }
  return run(argv[1]);
}
