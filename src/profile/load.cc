#include <utility>

#include "profile/loader.h"
#include "profile/profile.h"

namespace hone::profile {
namespace {

// What a Profile is made of; other tables are for other readers.
constexpr recording::Table kTables[] = {
    recording::Table::kSamples,     recording::Table::kMeta,
    recording::Table::kDiagnostics, recording::Table::kStrings,
    recording::Table::kModules,     recording::Table::kModuleSymbols,
    recording::Table::kProcesses,   recording::Table::kProcessEnds,
    recording::Table::kThreads,     recording::Table::kThreadNames,
    recording::Table::kThreadEnds,  recording::Table::kFrames,
    recording::Table::kStacks,      recording::Table::kFunctions,
    recording::Table::kLines,       recording::Table::kCodeBytes,
    recording::Table::kCodeLines,   recording::Table::kUnsampledCpu,
};

Result<Profile> load_with(const recording::Reader& reader, const LoadOptions& options,
                          const Profile::Symboliser* symboliser) {
  Tables tables;
  for (const recording::Table table : kTables) {
    HONE_TRY_ASSIGN(tables[table], reader.columns(table, options.threads));
  }
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
