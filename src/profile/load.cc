#include <utility>

#include "profile/loader.h"
#include "profile/profile.h"

namespace hone::profile {
namespace {

// What a Profile is made of besides samples and stacks; other tables are for other readers.
constexpr recording::Table kTables[] = {
    recording::Table::kMeta,          recording::Table::kDiagnostics,
    recording::Table::kStrings,       recording::Table::kModules,
    recording::Table::kModuleSymbols, recording::Table::kProcesses,
    recording::Table::kProcessEnds,   recording::Table::kThreads,
    recording::Table::kThreadNames,   recording::Table::kThreadEnds,
    recording::Table::kFrames,        recording::Table::kFunctions,
    recording::Table::kLines,         recording::Table::kCodeBytes,
    recording::Table::kCodeLines,     recording::Table::kUnsampledCpu,
    recording::Table::kTracks,        recording::Table::kCounters,
    recording::Table::kWaits,         recording::Table::kPauses,
    recording::Table::kSites,         recording::Table::kSpanArguments,
    recording::Table::kFrameMarks,    recording::Table::kPlots,
    recording::Table::kMessages,      recording::Table::kGpuQueues,
    recording::Table::kGpuClocks,     recording::Table::kGpuSpans,
    recording::Table::kFlows,         recording::Table::kLocks,
    recording::Table::kAllocations,   recording::Table::kSpanCounts,
    recording::Table::kMetrics,       recording::Table::kCosts,
    recording::Table::kMeasurements,
};

// Columns by their place in the schema.
enum SampleColumn : size_t { kTime, kThread, kStack, kWeight, kCpu, kEnd, kFlags };
enum StackColumn : size_t { kParent, kFrame };

// Cuts the numbers of a column to its type and puts them where their rows are.
template <class T>
void narrow(const recording::ChunkRows& rows, size_t column, size_t first, LargeVector<T>& to) {
  const std::vector<uint64_t>& from = rows.columns[column];
  T* out = to.data() + first + rows.first_row;
  for (size_t i = 0; i < rows.row_count; ++i) out[i] = static_cast<T>(from[i]);
}

Result<void> read_samples(const recording::Reader& reader, unsigned threads, Samples& out) {
  HONE_TRY_ASSIGN(const uint64_t count, reader.sound_row_count(recording::Table::kSamples));
  HONE_TRY(Loader::check_rows(count));
  out.time.resize(count);
  out.thread.resize(count);
  out.stack.resize(count);
  out.weight_ns.resize(count);
  out.cpu.resize(count);
  out.end.resize(count);
  out.flags.resize(count);
  return reader.for_each_chunk(recording::Table::kSamples, threads,
                               [&](const recording::ChunkRows& rows) {
                                 narrow(rows, kTime, 0, out.time);
                                 narrow(rows, kThread, 0, out.thread);
                                 narrow(rows, kStack, 0, out.stack);
                                 narrow(rows, kWeight, 0, out.weight_ns);
                                 narrow(rows, kCpu, 0, out.cpu);
                                 narrow(rows, kEnd, 0, out.end);
                                 narrow(rows, kFlags, 0, out.flags);
                               });
}

Result<void> read_stacks(const recording::Reader& reader, unsigned threads, Stacks& out) {
  HONE_TRY_ASSIGN(const uint64_t count, reader.sound_row_count(recording::Table::kStacks));
  HONE_TRY(Loader::check_rows(count));
  // Made anew, as resizing would copy what is there: only the first, which is none.
  out.parent = LargeVector<StackId>(count + 1);
  out.frame = LargeVector<FrameId>(count + 1);
  out.parent[0] = StackId::kNone;
  out.frame[0] = FrameId::kNone;
  return reader.for_each_chunk(recording::Table::kStacks, threads,
                               [&](const recording::ChunkRows& rows) {
                                 narrow(rows, kParent, 1, out.parent);
                                 narrow(rows, kFrame, 1, out.frame);
                               });
}

Result<Profile> load_with(const recording::Reader& reader, const LoadOptions& options,
                          const Profile::Symboliser* symboliser) {
  Tables tables;
  for (const recording::Table table : kTables) {
    HONE_TRY_ASSIGN(tables[table], reader.columns(table, options.threads));
  }
  HONE_TRY(read_samples(reader, options.threads, tables.samples));
  HONE_TRY(read_stacks(reader, options.threads, tables.stacks));
  const SpanIds ids{.threads = tables[recording::Table::kThreads].row_count + 1,
                    .sites = tables[recording::Table::kSites].row_count + 1};
  HONE_TRY_ASSIGN(tables.spans, SpanRows::read(reader, options.threads, ids));
  HONE_TRY_ASSIGN(Profile profile, Loader::build(std::move(tables), symboliser));
  Loader::add_salvage(profile, reader);
  return profile;
}

}  // namespace

Result<Profile> Profile::load(const recording::Reader& reader, const LoadOptions& options) {
  return load_with(reader, options, nullptr);
}

Result<Profile> Profile::load(const recording::Reader& reader, const LoadOptions& options,
                              Symboliser symboliser) {
  return load_with(reader, options, &symboliser);
}

void Loader::add_salvage(Profile& profile, const recording::Reader& reader) {
  profile.file_bytes_ = reader.file_bytes();
  const recording::Salvage& salvage = reader.salvage();
  const auto add = [&](std::string name, uint8_t severity, uint64_t count, std::string detail) {
    profile.diagnostics_.push_back({.name = std::move(name),
                                    .detail = std::move(detail),
                                    .severity = severity,
                                    .count = count,
                                    .first_time = {}});
  };
  if (!salvage.finished) {
    add("recording_cut", recording::kDataLoss, salvage.bytes_unreadable,
        "the recording has no end mark: the recorder was stopped or the file was cut; bytes after "
        "the last whole chunk are counted");
  }
  if (salvage.chunks_damaged != 0) {
    add("chunks_damaged", recording::kDataLoss, salvage.chunks_damaged,
        "chunks with a bad checksum or contradictory content were left out");
  }
  if (salvage.version_newer != 0) {
    add("recording_newer", recording::kNotice, salvage.version_newer,
        "written by a newer Hone: what this one does not know is left out");
  }
}

}  // namespace hone::profile
