#include "elf/debug_info.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <system_error>
#include <thread>

#include "elf/dwarf/constants.h"
#include "elf/dwarf/file.h"
#include "elf/dwarf/unit_reader.h"

namespace hone::elf {
namespace {

using dwarf::File;
using dwarf::Job;
using dwarf::JobResult;
using dwarf::MapTable;
using dwarf::UnitReader;

// Less DWARF than this is read before a second thread has started.
constexpr uint64_t kBytesForThreads = uint64_t{1} << 20;
// Units that say nothing of the addresses they hold are tried for addresses that no other holds.
constexpr size_t kUnrangedUnitsMax = 256;

struct SplitFile {
  std::string_view name;
  Image image;
  std::optional<File> file;
};

// Functions and code that the linker threw away keep entries with low addresses.
uint64_t text_begin(const Image& image) {
  uint64_t begin = ~uint64_t{0};
  for (const Segment& segment : image.segments()) {
    if (segment.executable) begin = std::min(begin, raw(segment.svma));
  }
  return begin == ~uint64_t{0} ? 0 : begin;
}

}  // namespace

struct DebugInfo::Files {
  std::optional<File> main, alternate, package;
  uint64_t text_begin = 0;

  std::vector<Job> find_jobs(std::span<const Svma> addresses) const;
  void attach_split(std::vector<Job>& jobs, OpenSplit open_split,
                    std::vector<std::unique_ptr<SplitFile>>& owned, DebugMap& out) const;
};

DebugInfo::DebugInfo(std::unique_ptr<Files> files) : files_(std::move(files)) {}
DebugInfo::DebugInfo(DebugInfo&&) noexcept = default;
DebugInfo& DebugInfo::operator=(DebugInfo&&) noexcept = default;
DebugInfo::~DebugInfo() = default;

Result<DebugInfo> DebugInfo::open(const Sources& sources) {
  auto files = std::make_unique<Files>();
  HONE_TRY_ASSIGN(files->main, File::open(*sources.image));
  // Without the dwz file or the package the rest still serves.
  if (sources.alternate) {
    if (auto file = File::open(*sources.alternate)) files->alternate = std::move(*file);
  }
  if (sources.package) {
    if (auto file = File::open(*sources.package)) files->package = std::move(*file);
  }
  files->text_begin = text_begin(*sources.image);
  return DebugInfo(std::move(files));
}

// One job for each unit that holds an address. Where several claim one, the first has it.
std::vector<Job> DebugInfo::Files::find_jobs(std::span<const Svma> addresses) const {
  std::vector<Job> jobs;
  std::vector<uint8_t> taken(addresses.size(), 0);
  std::vector<const dwarf::UnitHeader*> unranged;
  dwarf::Budget budget;
  for (const dwarf::UnitHeader& header : main->units()) {
    if (header.type != dwarf::kUnitCompile && header.type != dwarf::kUnitSkeleton) continue;
    dwarf::Unit unit(*main, header, nullptr, budget);
    if (!unit.load(false) || unit.root().tag == dwarf::kTagPartialUnit) continue;
    if (!unit.root().ranges && !unit.root().high_pc) {
      if (unit.root().has_children && unranged.size() < kUnrangedUnitsMax) {
        unranged.push_back(&header);
      }
      continue;
    }
    Job job;
    job.header = &header;
    unit.for_each_range(unit.root(), [&](uint64_t low, uint64_t high) {
      if (low < text_begin) return;
      auto at = std::lower_bound(addresses.begin(), addresses.end(), Svma{low});
      for (; at != addresses.end() && raw(*at) < high; ++at) {
        if (!budget.take()) return;
        const auto index = static_cast<uint32_t>(at - addresses.begin());
        if (!taken[index]) job.addresses.push_back(index);
        taken[index] = 1;
      }
    });
    if (job.addresses.empty()) continue;
    std::sort(job.addresses.begin(), job.addresses.end());
    jobs.push_back(std::move(job));
  }
  std::vector<uint32_t> left;
  for (uint32_t i = 0; i < taken.size(); ++i) {
    if (!taken[i]) left.push_back(i);
  }
  if (left.empty()) return jobs;
  for (const dwarf::UnitHeader* header : unranged) jobs.push_back({header, nullptr, {}, left});
  return jobs;
}

void DebugInfo::Files::attach_split(std::vector<Job>& jobs, OpenSplit open_split,
                                    std::vector<std::unique_ptr<SplitFile>>& owned,
                                    DebugMap& out) const {
  dwarf::Budget budget;
  for (Job& job : jobs) {
    dwarf::Unit skeleton(*main, *job.header, nullptr, budget);
    if (!skeleton.load(false)) continue;
    const std::string_view name = skeleton.dwo_name();
    if (name.empty()) continue;
    const uint64_t id = skeleton.dwo_id();
    if (package) {
      if (auto header = package->packaged_unit(id)) {
        job.split_file = &*package;
        job.split_header = *header;
        continue;
      }
    }
    const auto bytes = open_split(skeleton.comp_dir(), name);
    if (auto image = Image::parse(bytes)) {
      auto split = std::make_unique<SplitFile>();
      split->image = std::move(*image);
      if (auto file = File::open(split->image)) {
        split->file = std::move(*file);
        for (const dwarf::UnitHeader& header : split->file->units()) {
          dwarf::Unit unit(*split->file, header, nullptr, budget);
          if (!unit.load(false) || unit.dwo_id() != id) continue;
          job.split_file = &*split->file;
          job.split_header = header;
          break;
        }
        owned.push_back(std::move(split));
      }
    }
    if (!job.split_file) {
      ++out.split_missing_count;
      out.split_missing = name;
    }
  }
}

DebugMap DebugInfo::map(std::span<const Svma> addresses, unsigned threads,
                        OpenSplit open_split) const {
  DebugMap out;
  std::vector<Job> jobs = files_->find_jobs(addresses);
  std::vector<std::unique_ptr<SplitFile>> owned;
  files_->attach_split(jobs, open_split, owned, out);
  out.unit_count = static_cast<uint32_t>(jobs.size());

  uint64_t bytes = 0;
  std::vector<uint32_t> order(jobs.size());
  for (uint32_t i = 0; i < jobs.size(); ++i) {
    order[i] = i;
    bytes += jobs[i].bytes();
  }
  // Largest first, so that no thread is left alone with it at the end.
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return jobs[a].bytes() > jobs[b].bytes(); });
  if (bytes < kBytesForThreads) threads = 1;
  threads = std::clamp<unsigned>(threads, 1, static_cast<unsigned>(jobs.size()) + 1);

  const File* alternate = files_->alternate ? &*files_->alternate : nullptr;
  std::vector<std::unique_ptr<UnitReader>> readers;
  for (unsigned t = 0; t < threads; ++t) {
    readers.push_back(std::make_unique<UnitReader>(*files_->main, alternate, files_->text_begin));
  }
  std::vector<JobResult> results(jobs.size());
  std::atomic<size_t> next{0};
  const auto work = [&](unsigned self) {
    for (size_t i = next.fetch_add(1); i < jobs.size(); i = next.fetch_add(1)) {
      results[order[i]] = readers[self]->read(jobs[order[i]], addresses);
      results[order[i]].reader = self;
    }
  };
  {
    std::vector<std::jthread> helpers;
    try {
      for (unsigned t = 1; t < threads; ++t) helpers.emplace_back(work, t);
    } catch (const std::system_error&) {
      // No thread to be had: this one does all.
    }
    work(0);
  }
  MapTable table(readers.size());
  for (const JobResult& result : results) table.add(result, *readers[result.reader]);
  table.finish(out);
  return out;
}

}  // namespace hone::elf
