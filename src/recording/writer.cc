#include "recording/writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "base/host/check.h"
#include "base/host/clock.h"
#include "base/host/text.h"
#include "recording/chunk.h"
#include "recording/errors.h"

namespace hone::recording {
namespace {

constexpr size_t kTableCount = static_cast<size_t>(Table::kCount);
// Rows of a table that fill a chunk in less time are packed fast rather than small: packing them as
// others would take a CPU for itself.
constexpr int64_t kFastChunkNs = 200'000'000;
// A table's rows are put out when their texts and blobs reach this many bytes.
constexpr size_t kHeapBytesFlush = 4u << 20;

// Opens and locks `path` if it may be written over.
Result<base::UniqueFd> take_file(const std::string& path) {
  HONE_TRY_ASSIGN(base::UniqueFd fd, base::open_file(path, O_RDWR | O_CREAT));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno(path, errno);
  if (S_ISCHR(status.st_mode)) return fd;  // /dev/null: to measure what recording costs
  if (!S_ISREG(status.st_mode)) return tl::unexpected(would_overwrite(path));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return tl::unexpected(busy(path));
    return fail_errno("cannot lock " + path, errno);
  }
  // Looked at under the lock: another recorder may have just begun.
  if (::fstat(fd.get(), &status) != 0) return fail_errno(path, errno);
  if (status.st_size > 0) {
    uint64_t magic = 0;
    if (::pread(fd.get(), &magic, sizeof(magic), 0) != sizeof(magic) || magic != kFileMagic) {
      return tl::unexpected(would_overwrite(path));
    }
    if (::ftruncate(fd.get(), 0) != 0) return fail_errno("cannot write " + path, errno);
  }
  return fd;
}

}  // namespace

struct Writer::Pending {
  const TableSpec* spec = nullptr;
  std::vector<PendingColumn> columns;
  uint64_t rows_written = 0;
  uint64_t rows_waiting = 0;
  size_t heap_bytes = 0;
  TimeNs last_full{};  // when a chunk of it was full

  void clear() {
    for (PendingColumn& column : columns) {
      column.numbers.clear();
      column.heap.clear();
    }
    rows_written += rows_waiting;
    rows_waiting = 0;
    heap_bytes = 0;
  }
};

struct Writer::State {
  State(base::UniqueFd file, std::string file_path, const WriterOptions& settings)
      : fd(std::move(file)),
        path(std::move(file_path)),
        options(settings),
        packer(settings.compression_level) {
    options.chunk_rows_max = std::clamp(options.chunk_rows_max, 1u, kWriterRowsMax);
    for (const TableSpec& spec : tables()) {
      Pending& table = pending[static_cast<size_t>(spec.table)];
      table.spec = &spec;
      table.columns.resize(spec.columns.size());
    }
  }

  base::UniqueFd fd;
  std::string path;
  WriterOptions options;
  Packer packer;
  std::array<Pending, kTableCount> pending;
  std::vector<uint8_t> out;        // whole chunks that wait for write()
  std::vector<size_t> out_ends;    // where each of them ends
  std::vector<int64_t> out_times;  // and the latest time that it holds, 0 when none
  std::vector<uint8_t> index;      // rows of the index chunk so far
  uint64_t chunk_count = 0;
  uint64_t bytes_safe = 0;  // whole chunks on disk
  int64_t time_first = std::numeric_limits<int64_t>::max();
  int64_t time_safe = 0;
  uint64_t values_cut = 0;
  bool finished = false;
  std::optional<Error> error;

  void put_header();
  void put_rows(Pending& table, Effort effort = Effort::kSmall);
  void put_up_to(size_t table, Effort effort = Effort::kSmall);
  void note(const ChunkHeader& header);
  Result<void> write_out();
  void set_error(int sys_errno);
  Result<void> result() const {
    if (error) return tl::unexpected(*error);
    return {};
  }
};

void Writer::State::put_header() {
  FileHeader header{};
  header.major = kMajorVersion;
  header.minor = kMinorVersion;
  const std::string_view version = writer_version();
  std::memcpy(header.writer, version.data(), std::min(version.size(), sizeof(header.writer)));
  seal(header);
  out.resize(sizeof(header));
  std::memcpy(out.data(), &header, sizeof(header));
  note(write_plain_chunk(ChunkKind::kSchema, own_schema_payload(), packer, out));
}

// Keeps the books on the chunk that ends `out`.
void Writer::State::note(const ChunkHeader& header) {
  const uint64_t bytes = sizeof(ChunkHeader) + header.stored_bytes;
  put_uleb(index, bytes_safe + out.size() - bytes);
  put_uleb(index, header.header_checksum);
  ++chunk_count;
  out_ends.push_back(out.size());
  out_times.push_back(header.time_last);
  if (header.time_first != 0) time_first = std::min(time_first, header.time_first);
}

void Writer::State::put_rows(Pending& table, Effort effort) {
  if (table.rows_waiting == 0) return;
  if (!error) {
    note(write_chunk(*table.spec, table.columns, table.rows_written, packer, effort, out));
  }
  table.clear();
}

// Tables stand in the schema after those that they refer to, so this order keeps every prefix of
// the file free of ids that it does not hold.
void Writer::State::put_up_to(size_t table, Effort effort) {
  for (size_t i = 1; i <= table; ++i) {
    if (i == table) {
      put_rows(pending[i], effort);
    } else if (pending[i].spec->kind == TableKind::kIds) {
      put_rows(pending[i]);
    }
  }
}

Result<void> Writer::State::write_out() {
  size_t done = 0;
  while (!error && done < out.size()) {
    const ssize_t n = ::write(fd.get(), out.data() + done, out.size() - done);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n == 0 || errno != EINTR) {
      const int sys_errno = n == 0 ? ENOSPC : errno;
      // Count what is whole before saying how much is safe.
      size_t safe = 0;
      for (size_t i = 0; i < out_ends.size() && out_ends[i] <= done; ++i) {
        safe = out_ends[i];
        time_safe = std::max(time_safe, out_times[i]);
      }
      bytes_safe += safe;
      set_error(sys_errno);
    }
  }
  if (!error) {
    bytes_safe += out.size();
    for (int64_t time : out_times) time_safe = std::max(time_safe, time);
  }
  out.clear();
  out_ends.clear();
  out_times.clear();
  return result();
}

void Writer::State::set_error(int sys_errno) {
  // The half chunk behind the last whole one is of no use to anyone.
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes_safe)) != 0) errno = 0;
  const bool full = sys_errno == ENOSPC || sys_errno == EDQUOT;
  Error failed;
  failed.code = Code::Io;
  failed.sys_errno = sys_errno;
  failed.message = (full ? std::string("disk full")
                         : "cannot write: " + std::system_category().message(sys_errno)) +
                   ": " + base::bytes_text(bytes_safe) + " written";
  if (time_safe > time_first) {
    failed.message +=
        ", up to " + base::duration_text(DurationNs{time_safe - time_first}) + ", is readable";
  }
  failed.message += " (" + path + ")";
  failed.effect = "nothing after that was recorded";
  failed.fixes = {full ? "free space, or record into another place with -o FILE"
                       : "record into another place with -o FILE"};
  error = std::move(failed);
}

Writer::Writer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

Result<Writer> Writer::create(const std::string& path, const WriterOptions& options) {
  HONE_TRY_ASSIGN(base::UniqueFd fd, take_file(path));
  Writer writer(std::make_unique<State>(std::move(fd), path, options));
  writer.state_->put_header();
  HONE_TRY(writer.state_->write_out());
  return writer;
}

uint64_t Writer::row_count(Table table) const {
  const Pending& pending = state_->pending[static_cast<size_t>(table)];
  return pending.rows_written + pending.rows_waiting;
}

uint64_t Writer::bytes_written() const {
  return state_->bytes_safe;
}

Writer::RowSink Writer::begin_row(Table table) {
  return {&state_->pending[static_cast<size_t>(table)], 0};
}

void Writer::put_number(RowSink& sink, uint64_t value) {
  sink.pending->columns[sink.column++].numbers.push_back(value);
}

void Writer::put_bytes(RowSink& sink, std::string_view bytes) {
  if (bytes.size() > kValueBytesMax) {
    bytes = bytes.substr(0, kValueBytesMax);
    ++state_->values_cut;
  }
  PendingColumn& column = sink.pending->columns[sink.column++];
  column.numbers.push_back(bytes.size());
  column.heap.append(bytes);
  sink.pending->heap_bytes += bytes.size();
}

void Writer::end_row(RowSink& sink) {
  Pending& table = *sink.pending;
  HONE_DCHECK(sink.column == table.columns.size());
  ++table.rows_waiting;
  if (table.rows_waiting < state_->options.chunk_rows_max && table.heap_bytes < kHeapBytesFlush) {
    return;
  }
  const TimeNs now = base::monotonic_now();
  const TimeNs before = std::exchange(table.last_full, now);
  const bool is_fast = raw(before) != 0 && raw(now - before) < kFastChunkNs;
  state_->put_up_to(static_cast<size_t>(table.spec->table),
                    is_fast ? Effort::kFast : Effort::kSmall);
  // A failure is kept, and given by the next flush() or finish().
  (void)state_->write_out();
}

void Writer::append_encoded(Table table, uint32_t rows, TimeNs time_first, TimeNs time_last,
                            std::span<const EncodedColumn> columns) {
  Pending& pending = state_->pending[static_cast<size_t>(table)];
  HONE_DCHECK(columns.size() == pending.columns.size() && rows <= kWriterRowsMax);
  if (rows == 0) return;
  // What waits goes first: the table's own rows, and all that these may refer to.
  state_->put_up_to(static_cast<size_t>(table));
  if (!state_->error) {
    state_->note(write_encoded_chunk(*pending.spec, columns, rows, time_first, time_last,
                                     pending.rows_written, state_->packer, state_->out));
  }
  pending.rows_written += rows;
  (void)state_->write_out();
}

int Writer::descriptor() const {
  return state_->fd.get();
}

Result<void> Writer::flush() {
  for (Pending& table : state_->pending) {
    if (table.spec) state_->put_rows(table);
  }
  return state_->write_out();
}

Result<void> Writer::finish() {
  State& state = *state_;
  HONE_TRY(state.result());
  if (state.finished) return {};
  if (state.values_cut > 0) {
    append(DiagnosticRow{.name = "value_cut",
                         .severity = kDataLoss,
                         .count = state.values_cut,
                         .detail = "texts or blobs over 16 MiB were cut to that"});
  }
  HONE_TRY(flush());
  EndMark mark{};
  mark.chunk_count = state.chunk_count;
  if (state.index.size() <= kChunkBytesMax) {
    mark.index_offset = state.bytes_safe;
    write_plain_chunk(ChunkKind::kIndex, state.index, state.packer, state.out);
  }
  seal(mark);
  const auto* bytes = reinterpret_cast<const uint8_t*>(&mark);
  state.out.insert(state.out.end(), bytes, bytes + sizeof(mark));
  HONE_TRY(state.write_out());
  state.finished = true;
  // Closing says what a network file system kept to itself so far, and gives the lock back.
  if (::close(state.fd.release()) != 0) {
    state.set_error(errno);
    return state.result();
  }
  return {};
}

}  // namespace hone::recording
