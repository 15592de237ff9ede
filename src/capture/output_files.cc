#include "capture/output_files.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <system_error>
#include <thread>

#include "recording/copy.h"
#include "recording/reader.h"

namespace hone::capture {
namespace {

using recording::Builder;
using recording::Writer;

// A flight recorder's time is held in that many parts: it holds at most one more than is wanted.
constexpr int64_t kPartsWanted = 8;
constexpr int64_t kPartNsMin = 250'000'000;
constexpr uint64_t kHeldBytesMax = 128 << 20;

void write_facts(Builder& builder, const Facts& facts) {
  for (const auto& [key, value] : facts) {
    builder.append(recording::MetaRow{.key = key, .value = value});
  }
}

Result<void> write_end(Builder& builder, const PartEnd& end,
                       std::span<const int64_t> self_ns_by_frame) {
  HONE_TRY(builder.writer().flush());
  const NamedFrames names = name_frames(builder.frames(), end.inputs, {});
  write_names(builder, names, end.inputs, self_ns_by_frame);
  write_facts(builder, end.facts);
  return {};
}

std::string fd_path(int fd) {
  return fmt::format("/proc/self/fd/{}", fd);
}

// A part that is held in memory.
struct Held {
  std::shared_ptr<base::UniqueFd> fd;  // shared with a snapshot that is being written
  TimeNs start{}, end{};
  uint64_t bytes = 0;
  int64_t recorder_cpu_ns = 0;
};

// Gives the count of samples.
Result<uint64_t> join(const std::vector<Held>& parts, Builder& out, PartEnd end) {
  recording::Copier copier(out, {.from = end.start, .parts = true});
  for (const Held& part : parts) {
    HONE_TRY_ASSIGN(const auto reader, recording::Reader::open(fd_path(part.fd->get())));
    HONE_TRY(copier.add(reader));
  }
  copier.finish();
  std::erase_if(end.inputs, [&](SymbolInput& input) {
    input.module = copier.module_of(input.module);
    return input.module == ModuleId::kNone;
  });
  HONE_TRY(write_end(out, end, copier.self_ns_by_frame()));
  return copier.sample_count();
}

// Names of scripts and of JIT code are those of the collector, which goes on to learn more of them.
bool changes(const PartEnd& end) {
  return std::any_of(end.inputs.begin(), end.inputs.end(), [](const SymbolInput& input) {
    return !input.script.empty() || input.jit != nullptr;
  });
}

// One piece of work beside the recording; or, where no thread can be made, in its place.
class Beside {
 public:
  ~Beside() { wait(); }
  bool busy() const { return thread_.joinable() && !done_; }
  // `in_place`: not beside, since the work looks at what the recording goes on to change.
  void begin(std::function<Result<void>()> work, bool in_place) {
    wait();
    done_ = false;
    const auto run = [this, work = std::move(work)] {
      result_ = work();
      done_ = true;
    };
    if (in_place) return run();
    try {
      thread_ = std::thread(run);
    } catch (const std::system_error&) {
      run();
    }
  }
  Result<void> wait() {
    if (thread_.joinable()) thread_.join();
    return result_;
  }

 private:
  std::thread thread_;
  std::atomic<bool> done_{true};
  Result<void> result_{};
};

}  // namespace

std::string numbered_path(const std::string& path, uint32_t number) {
  constexpr std::string_view kEnd = ".hone";
  const bool plain = path.ends_with(kEnd);
  const std::string stem = plain ? path.substr(0, path.size() - kEnd.size()) : path;
  return fmt::format("{}.{}{}", stem, number, plain ? kEnd : "");
}

struct OutputFiles::State {
  explicit State(const OutputOptions& settings) : options(settings) {}

  Result<Writer> new_writer();
  void drop_held(TimeNs now);

  OutputOptions options;
  std::string path;
  uint32_t files = 0;  // that were begun, snapshots among them
  uint64_t bytes_before = 0;
  TimeNs part_start{};
  std::optional<Builder> builder;
  std::optional<Writer> last_file;  // of a flight recorder: taken at the start, filled at the end
  base::UniqueFd memory;            // of the part at hand
  std::deque<Held> held;
  std::string snapshot_path;
  bool snapshot_begun = false;
  std::optional<uint64_t> joined;
  Beside beside;  // last: it ends before what it works on
};

Result<Writer> OutputFiles::State::new_writer() {
  if (options.last_ns > 0) {
    memory = base::UniqueFd{::memfd_create("hone-part", MFD_CLOEXEC)};
    if (!memory) return fail_errno("memfd_create", errno);
    return Writer::create(fd_path(memory.get()), {});
  }
  ++files;
  path = options.rotates() ? numbered_path(options.path, files) : options.path;
  auto writer = Writer::create(path, {});
  if (writer && options.keep > 0 && files > options.keep) {
    ::unlink(numbered_path(options.path, files - options.keep).c_str());
  }
  return writer;
}

// Parts that ended before the time that is wanted began.
void OutputFiles::State::drop_held(TimeNs now) {
  const uint64_t most = options.size_max > 0 ? options.size_max : kHeldBytesMax;
  uint64_t bytes = 0;
  for (const Held& part : held) bytes += part.bytes;
  while (!held.empty() && (raw(held.front().end) <= raw(now) - options.last_ns || bytes > most)) {
    bytes -= held.front().bytes;
    held.pop_front();
  }
}

Result<OutputFiles> OutputFiles::create(const OutputOptions& options) {
  auto state = std::make_unique<State>(options);
  if (options.last_ns > 0) {
    HONE_TRY_ASSIGN(Writer last, Writer::create(options.path, {}));
    state->last_file.emplace(std::move(last));
    state->path = options.path;
  }
  HONE_TRY_ASSIGN(Writer writer, state->new_writer());
  state->builder.emplace(std::move(writer), options.redaction);
  return OutputFiles(std::move(state));
}

OutputFiles::OutputFiles(std::unique_ptr<State> state) : state_(std::move(state)) {}
OutputFiles::OutputFiles(OutputFiles&&) noexcept = default;
OutputFiles::~OutputFiles() = default;

Builder& OutputFiles::builder() {
  return *state_->builder;
}

const std::string& OutputFiles::path() const {
  return state_->path;
}

uint32_t OutputFiles::file_count() const {
  return state_->files;
}

uint64_t OutputFiles::bytes_written() const {
  return state_->bytes_before + state_->builder->writer().bytes_written();
}

const OutputOptions& OutputFiles::options() const {
  return state_->options;
}

bool OutputFiles::busy() const {
  return state_->beside.busy();
}

OutputFiles::Due OutputFiles::due(TimeNs now) const {
  const State& s = *state_;
  const OutputOptions& o = s.options;
  const uint64_t bytes = s.builder->writer().bytes_written();
  if (o.one_file()) return o.size_max > 0 && bytes >= o.size_max ? Due::kEnd : Due::kNothing;
  if (busy() || raw(s.part_start) == 0) return Due::kNothing;
  const int64_t age_ns = raw(now - s.part_start);
  if (o.last_ns > 0) {
    const uint64_t most = (o.size_max > 0 ? o.size_max : kHeldBytesMax) / kPartsWanted;
    const bool old = age_ns >= std::max(kPartNsMin, o.last_ns / kPartsWanted);
    return old || bytes >= most ? Due::kNextPart : Due::kNothing;
  }
  const bool full = o.rotate_bytes > 0 && bytes >= o.rotate_bytes;
  const bool old = o.rotate_ns > 0 && age_ns >= o.rotate_ns;
  return full || old ? Due::kNextPart : Due::kNothing;
}

void OutputFiles::begin(TimeNs start) {
  state_->part_start = start;
}

TimeNs OutputFiles::held_since(TimeNs start, TimeNs now) const {
  const State& s = *state_;
  if (s.options.last_ns == 0) return start;
  const TimeNs held = s.held.empty() ? s.part_start : s.held.front().start;
  return std::max({start, held, TimeNs{raw(now) - s.options.last_ns}});
}

Result<void> OutputFiles::next_part(PartEnd end, TimeNs now) {
  State& s = *state_;
  s.part_start = now;
  base::UniqueFd memory = std::move(s.memory);
  auto writer = s.new_writer();
  if (!writer) {
    s.memory = std::move(memory);
    return tl::unexpected(std::move(writer.error()));
  }
  auto done = std::make_shared<Builder>(std::move(*s.builder));
  *s.builder = Builder(std::move(*writer), s.options.redaction);
  if (s.options.last_ns > 0) {
    HONE_TRY(done->writer().finish());
    s.held.push_back({.fd = std::make_shared<base::UniqueFd>(std::move(memory)),
                      .start = end.start,
                      .end = end.end,
                      .bytes = done->writer().bytes_written(),
                      .recorder_cpu_ns = end.recorder_cpu_ns});
    s.drop_held(now);
    return {};
  }
  HONE_TRY(s.beside.wait());
  HONE_TRY(done->writer().flush());
  s.bytes_before += done->writer().bytes_written();
  const bool in_place = changes(end);
  s.beside.begin(
      [done, end = std::move(end)]() -> Result<void> {
        HONE_TRY(write_end(*done, end, end.self_ns_by_frame));
        return done->writer().finish();
      },
      in_place);
  return {};
}

Result<void> OutputFiles::begin_snapshot(const PartEnd& end) {
  State& s = *state_;
  s.snapshot_path = numbered_path(s.options.path, ++s.files);
  HONE_TRY_ASSIGN(Writer writer, Writer::create(s.snapshot_path, {}));
  auto out = std::make_shared<Builder>(std::move(writer), s.options.redaction);
  std::vector<Held> parts(s.held.begin(), s.held.end());
  s.snapshot_begun = true;
  s.beside.begin(
      [out, parts = std::move(parts), end]() -> Result<void> {
        HONE_TRY(join(parts, *out, end));
        return out->writer().finish();
      },
      changes(end));
  return {};
}

std::optional<Result<std::string>> OutputFiles::take_snapshot() {
  State& s = *state_;
  if (!s.snapshot_begun || busy()) return std::nullopt;
  s.snapshot_begun = false;
  if (auto done = s.beside.wait(); !done) {
    return Result<std::string>(tl::unexpected(std::move(done.error())));
  }
  return Result<std::string>(s.snapshot_path);
}

int64_t OutputFiles::held_recorder_cpu_ns() const {
  int64_t sum_ns = 0;
  for (const Held& part : state_->held) sum_ns += part.recorder_cpu_ns;
  return sum_ns;
}

std::optional<uint64_t> OutputFiles::joined_samples() const {
  return state_->joined;
}

Result<void> OutputFiles::finish(PartEnd end, base::FunctionRef<Facts()> last_facts) {
  State& s = *state_;
  auto before = s.beside.wait();
  Builder& out = *s.builder;
  if (s.options.last_ns == 0) {
    HONE_TRY(write_end(out, end, end.self_ns_by_frame));
  } else {
    HONE_TRY(out.writer().finish());
    s.held.push_back({.fd = std::make_shared<base::UniqueFd>(std::move(s.memory)),
                      .start = end.start,
                      .end = end.end,
                      .bytes = out.writer().bytes_written(),
                      .recorder_cpu_ns = end.recorder_cpu_ns});
    s.drop_held(end.end);
    out = Builder(std::move(*s.last_file), s.options.redaction);
    const std::vector<Held> parts(s.held.begin(), s.held.end());
    end.start = held_since({}, end.end);
    HONE_TRY_ASSIGN(s.joined, join(parts, out, std::move(end)));
  }
  write_facts(out, last_facts());
  HONE_TRY(out.writer().finish());
  return before;
}

}  // namespace hone::capture
