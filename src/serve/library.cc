#include "serve/library.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

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

struct Library::Parts {
  struct Slot {
    RecordingEntry entry;
    std::shared_ptr<const Opened> opened;
    uint64_t used = 0;  // the greatest last
  };
  explicit Parts(Open opener) : open(opener) {}
  Slot* find(std::string_view id);
  void load(size_t index);
  void let_go_of_old();

  const Open open;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Slot> slots;  // none is ever removed, so that an index holds
  std::vector<std::thread> threads;
  uint64_t uses = 0;
};

Library::Library(Open open) : parts_(std::make_unique<Parts>(open)) {}

Library::~Library() {
  for (std::thread& thread : parts_->threads) thread.join();
}

std::string Library::add(const std::string& path) {
  const std::lock_guard lock(parts_->mutex);
  for (const Parts::Slot& slot : parts_->slots) {
    if (slot.entry.path == path) return slot.entry.id;
  }
  RecordingEntry entry{.name = file_name(path), .path = path};
  const std::string base = without_ending(entry.name);
  entry.id = base;
  for (int number = 2; parts_->find(entry.id) != nullptr; ++number) {
    entry.id = fmt::format("{}-{}", base, number);
  }
  look_at(entry);
  std::string id = entry.id;
  if (parts_->slots.size() < kEntriesMax)
    parts_->slots.push_back({.entry = std::move(entry), .opened = {}});
  return id;
}

std::string Library::add(const std::string& path, Loaded loaded) {
  std::string id = add(path);
  auto opened = std::make_shared<Opened>(id, path, std::move(loaded.profile));
  opened->note = std::move(loaded.note);
  const std::lock_guard lock(parts_->mutex);
  Parts::Slot* slot = parts_->find(id);
  if (slot == nullptr || slot->entry.state != RecordingState::kClosed) return id;
  slot->opened = std::move(opened);
  slot->entry.state = RecordingState::kReady;
  parts_->let_go_of_old();
  return id;
}

std::vector<RecordingEntry> Library::entries() const {
  const std::lock_guard lock(parts_->mutex);
  std::vector<RecordingEntry> out;
  out.reserve(parts_->slots.size());
  for (const Parts::Slot& slot : parts_->slots) out.push_back(slot.entry);
  return out;
}

Library::Parts::Slot* Library::Parts::find(std::string_view id) {
  for (Slot& slot : slots) {
    if (slot.entry.id == id) return &slot;
  }
  return nullptr;
}

Result<std::shared_ptr<const Opened>> Library::get(std::string_view id, int64_t wait_ns) {
  std::unique_lock lock(parts_->mutex);
  Parts::Slot* slot = parts_->find(id);
  if (slot == nullptr) {
    return fail(Code::NotFound, fmt::format("there is no recording '{}' here", id));
  }
  slot->used = ++parts_->uses;
  if (slot->entry.state == RecordingState::kClosed) {
    slot->entry.state = RecordingState::kLoading;
    slot->entry.stage = "reading the recording";
    const auto index = static_cast<size_t>(
        std::distance(parts_->slots.begin(),
                      std::find_if(parts_->slots.begin(), parts_->slots.end(),
                                   [&](const Parts::Slot& other) { return &other == slot; })));
    parts_->threads.emplace_back([parts = parts_.get(), index] { parts->load(index); });
  }
  parts_->changed.wait_for(lock, std::chrono::nanoseconds(wait_ns),
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
void Library::Parts::load(size_t index) {
  std::string id, path;
  {
    const std::lock_guard lock(mutex);
    id = slots[index].entry.id;
    path = slots[index].entry.path;
  }
  Result<Loaded> loaded = open(path);
  std::shared_ptr<Opened> opened;
  if (loaded) {
    opened = std::make_shared<Opened>(id, path, std::move(loaded->profile));
    opened->note = std::move(loaded->note);
  }
  const std::lock_guard lock(mutex);
  Slot& slot = slots[index];
  slot.entry.stage.clear();
  if (opened) {
    slot.opened = std::move(opened);
    slot.entry.state = RecordingState::kReady;
    let_go_of_old();
  } else {
    slot.entry.error = std::move(loaded.error());
    slot.entry.state = RecordingState::kFailed;
  }
  changed.notify_all();
}

void Library::Parts::let_go_of_old() {
  while (true) {
    Slot* oldest = nullptr;
    size_t ready = 0;
    for (Slot& slot : slots) {
      if (slot.entry.state != RecordingState::kReady) continue;
      ++ready;
      if (oldest == nullptr || slot.used < oldest->used) oldest = &slot;
    }
    if (ready <= kOpenMax) return;
    oldest->opened.reset();
    oldest->entry.state = RecordingState::kClosed;
  }
}

}  // namespace hone::serve
