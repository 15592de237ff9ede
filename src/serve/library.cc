#include "serve/library.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>

namespace hone::serve {
namespace {

std::string file_name(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::string without_ending(std::string name) {
  constexpr std::string_view kEnd = ".hone";
  if (name.size() > kEnd.size() && name.compare(name.size() - kEnd.size(), kEnd.size(), kEnd) == 0)
    name.resize(name.size() - kEnd.size());
  return name;
}

void look_at(RecordingEntry& entry) {
  struct stat status {};
  if (::stat(entry.path.c_str(), &status) != 0) return;
  entry.bytes = static_cast<uint64_t>(status.st_size);
  entry.modified_s = status.st_mtim.tv_sec;
}

}  // namespace

Library::~Library() {
  for (std::thread& thread : threads_) thread.join();
}

std::string Library::add(const std::string& path) {
  const std::lock_guard lock(mutex_);
  for (const Slot& slot : slots_) {
    if (slot.entry.path == path) return slot.entry.id;
  }
  RecordingEntry entry{.name = file_name(path), .path = path};
  const std::string base = without_ending(entry.name);
  entry.id = base;
  for (int number = 2; find(entry.id) != nullptr; ++number) {
    entry.id = fmt::format("{}-{}", base, number);
  }
  look_at(entry);
  std::string id = entry.id;
  if (slots_.size() < kEntriesMax) slots_.push_back({.entry = std::move(entry), .opened = {}});
  return id;
}

std::vector<RecordingEntry> Library::entries() const {
  const std::lock_guard lock(mutex_);
  std::vector<RecordingEntry> out;
  out.reserve(slots_.size());
  for (const Slot& slot : slots_) out.push_back(slot.entry);
  return out;
}

Library::Slot* Library::find(std::string_view id) {
  for (Slot& slot : slots_) {
    if (slot.entry.id == id) return &slot;
  }
  return nullptr;
}

Result<std::shared_ptr<const Opened>> Library::get(std::string_view id, int64_t wait_ns) {
  std::unique_lock lock(mutex_);
  Slot* slot = find(id);
  if (slot == nullptr) {
    return fail(Code::NotFound, fmt::format("there is no recording '{}' here", id));
  }
  slot->used = ++uses_;
  if (slot->entry.state == RecordingState::kClosed) {
    slot->entry.state = RecordingState::kLoading;
    slot->entry.stage = "reading the recording";
    const auto index = static_cast<size_t>(std::distance(
        slots_.begin(), std::find_if(slots_.begin(), slots_.end(),
                                     [&](const Slot& other) { return &other == slot; })));
    threads_.emplace_back([this, index] { load(index); });
  }
  changed_.wait_for(lock, std::chrono::nanoseconds(wait_ns),
                    [&] { return slot->entry.state != RecordingState::kLoading; });
  switch (slot->entry.state) {
    case RecordingState::kReady:
      return slot->opened;
    case RecordingState::kFailed:
      return tl::unexpected(slot->entry.error);
    default:
      break;
  }
  return fail(Code::Cancelled, slot->entry.stage);
}

// On a thread of its own.
void Library::load(size_t index) {
  std::string id, path;
  {
    const std::lock_guard lock(mutex_);
    id = slots_[index].entry.id;
    path = slots_[index].entry.path;
  }
  Result<Loaded> loaded = open_(path);
  std::shared_ptr<Opened> opened;
  if (loaded) {
    opened = std::make_shared<Opened>(id, path, std::move(loaded->profile));
    opened->note = std::move(loaded->note);
  }
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_[index];
  slot.entry.stage.clear();
  if (opened) {
    slot.opened = std::move(opened);
    slot.entry.state = RecordingState::kReady;
    let_go_of_old();
  } else {
    slot.entry.error = std::move(loaded.error());
    slot.entry.state = RecordingState::kFailed;
  }
  changed_.notify_all();
}

void Library::let_go_of_old() {
  while (true) {
    Slot* oldest = nullptr;
    size_t open = 0;
    for (Slot& slot : slots_) {
      if (slot.entry.state != RecordingState::kReady) continue;
      ++open;
      if (oldest == nullptr || slot.used < oldest->used) oldest = &slot;
    }
    if (open <= kOpenMax) return;
    oldest->opened.reset();
    oldest->entry.state = RecordingState::kClosed;
  }
}

}  // namespace hone::serve
