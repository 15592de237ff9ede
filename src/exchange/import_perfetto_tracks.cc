#include "exchange/import_perfetto_tracks.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {
namespace {

// Of tracks below tracks; some file may have a ring of them.
constexpr int kParentsMost = 16;

// track_descriptor.proto and what stands in it
namespace described {
enum : uint32_t {
  kNumber = 1,
  kName = 2,
  kProcess = 3,
  kThread = 4,
  kParent = 5,
  kChromeProcess = 6,
  kCounter = 8,
  kStaticName = 10,
  kAtraceName = 13,
};
}

// Of chrome_process_descriptor.proto and process_descriptor.proto.
std::string_view chrome_process(uint64_t type) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "", "Browser", "Renderer", "Utility", "Zygote", "SandboxHelper", "GPU Process", "PPAPI"};
  return type < kNames.size() ? kNames[type] : std::string_view();
}

void take_counter(std::string_view message, Track& track) {
  track.is_counter = true;
  ProtoReader at(message);
  while (at.next()) {
    switch (at.field()) {
      case 1:
        track.is_of_thread_time = at.number() == 1 || at.number() == 2;
        break;
      case 3:
        track.unit = at.number() == 1 ? "ns" : at.number() == 3 ? "bytes" : "";
        break;
      case 4:
        track.scale = at.number() == 0 ? 1 : static_cast<double>(at.integer());
        break;
      case 5:
        track.is_incremental = at.number() != 0;
        break;
      case 6:
        track.unit = at.bytes();
        break;
      default:
        break;
    }
  }
}

}  // namespace

std::string_view name_of_command(std::string_view command) {
  // Kept as one text, or in parts that end with a zero.
  command = command.substr(0, command.find('\0'));
  if (const size_t options = command.find(" -"); options != command.npos) {
    command = command.substr(0, options);
  }
  const size_t folder = command.rfind('/');
  return folder == command.npos ? command : command.substr(folder + 1);
}

Tracks::Numbers Tracks::take_process(std::string_view message) {
  Numbers out;
  std::string_view name, command;
  uint64_t type = 0;
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() == 1) out.pid = at.integer();
    if (at.field() == 2 && command.empty()) command = at.bytes();
    if (at.field() == 4) type = at.number();
    if (at.field() == 6) name = at.bytes();
  }
  if (name.empty()) name = chrome_process(type);
  if (name.empty()) name = name_of_command(command);
  if (!name.empty()) to_.name_process(out.pid, name);
  return out;
}

Tracks::Numbers Tracks::take_thread(std::string_view message) {
  Numbers out;
  std::string_view name;
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() == 1) out.pid = at.integer();
    if (at.field() == 2) out.tid = at.integer();
    if (at.field() == 5) name = at.bytes();
    if (at.field() == 6) out.time_us = at.integer();
  }
  if (!name.empty()) to_.name_thread(out.pid, out.tid, name);
  return out;
}

Track& Tracks::find(uint64_t number) {
  const auto [at, is_new] = tracks_.try_emplace(number);
  if (is_new) {
    held_ += kHeldOfEntry + sizeof(Track) + sizeof(Made);
    at->second.number = number;
  }
  last_ = &at->second;
  return at->second;
}

void Tracks::describe(std::string_view message) {
  uint64_t number = 0;
  ProtoReader first(message);
  while (first.next()) {
    if (first.field() == described::kNumber) number = first.number();
  }
  Track& of = track(number);
  const bool is_late = !of.is_described && (of.home != ThreadId::kNone || of.plot != SiteId::kNone);
  of.is_described = true;
  ++descriptions_;
  held_ -= of.name.size();
  ProtoReader at(message);
  uint64_t chrome_type = 0;
  while (at.next()) {
    switch (at.field()) {
      case described::kParent:
        of.parent = at.number();
        break;
      case described::kName:
      case described::kStaticName:
      case described::kAtraceName:
        of.name = at.bytes();
        break;
      case described::kProcess:
        of.is_process = true;
        of.pid = take_process(at.bytes()).pid;
        break;
      case described::kThread: {
        const Numbers numbers = take_thread(at.bytes());
        of.is_thread = true;
        of.pid = numbers.pid;
        of.tid = numbers.tid;
        break;
      }
      case described::kChromeProcess: {
        ProtoReader chrome(at.bytes());
        while (chrome.next()) {
          if (chrome.field() == 1) chrome_type = chrome.number();
        }
        break;
      }
      case described::kCounter:
        take_counter(at.bytes(), of);
        break;
      default:
        break;
    }
  }
  held_ += of.name.size();
  if (of.is_process && !chrome_process(chrome_type).empty()) {
    to_.name_process(of.pid, chrome_process(chrome_type));
  }
  // A thread that was made for it stays its own, and is moved to where it belongs at the end. What
  // was written of a thread that has a number, or of a counter, is another's than what comes now.
  if (is_late && (of.is_thread || of.plot != SiteId::kNone)) {
    ++late_;
    of.home = ThreadId::kNone;
    of.plot = SiteId::kNone;
  }
}

Tracks::Whose Tracks::whose(const Track& track) {
  const Track* at = &track;
  for (int i = 0; i < kParentsMost; ++i) {
    if (at->is_thread) return {true, true, at->pid, at->tid};
    if (at->is_process) return {true, false, at->pid, 0};
    if (at->parent == 0 || at->parent == at->number) break;
    const auto above = tracks_.find(at->parent);
    if (above == tracks_.end()) break;
    at = &above->second;
  }
  return {};
}

std::string Tracks::name_of(const Track& track) {
  if (!track.name.empty()) return track.name;
  if (track.is_process) return "(of the process)";
  if (track.number == 0) return "(of no track)";
  if (track.is_described) return "(a track without a name)";
  return fmt::format("(track {}, not described)", track.number);
}

ThreadId Tracks::make_thread(int64_t pid, std::string_view name) {
  const ThreadId made = to_.make_thread();
  to_.name_made_thread(made, name);
  move(made, pid);
  return made;
}

void Tracks::move(ThreadId made, int64_t pid) {
  if (pid == kNoProcess && !has_no_process_) {
    has_no_process_ = true;
    to_.name_process(pid, "(of no process)");
  }
  to_.move_thread(made, pid);
}

ThreadId Tracks::find_home(Track& track, std::string_view slice) {
  if (track.is_thread) return track.home = to_.thread(track.pid, track.tid);
  const bool is_unnamed = track.is_described && track.name.empty() && !track.is_process;
  if (is_unnamed) {
    track.name = slice;
    held_ += slice.size();
  }
  track.home = to_.make_thread();
  made_.push_back({track.home, &track});
  return track.home;
}

// Of a process any of its threads would do: its main thread is always there.
ThreadId Tracks::owner(Track& counter) {
  const bool is_settled = counter.home != counters_ || counter.asked == descriptions_;
  if (counter.home != ThreadId::kNone && is_settled) return counter.home;
  counter.asked = descriptions_;
  const Whose of = whose(counter);
  // Values stand with their thread as they are written: what came before is another's.
  if (counter.home != ThreadId::kNone && of.is_known) {
    ++late_;
    counter.plot = SiteId::kNone;
  }
  if (of.is_thread) return counter.home = to_.thread(of.pid, of.tid);
  if (of.is_known) return counter.home = to_.thread(of.pid, of.pid);
  if (counters_ == ThreadId::kNone) counters_ = make_thread(kNoProcess, "counters");
  return counter.home = counters_;
}

void Tracks::finish() {
  for (const Made& each : made_) {
    const Whose of = whose(*each.of);
    to_.name_made_thread(each.thread,
                         each.of->is_thread
                             ? fmt::format("(track {}, before it was described)", each.of->number)
                             : name_of(*each.of));
    move(each.thread, of.is_known ? of.pid : kNoProcess);
  }
  if (counters_ != ThreadId::kNone) {
    for (const auto& [number, track] : tracks_) {
      late_ += track.home == counters_ && whose(track).is_known ? 1 : 0;
    }
  }
  to_.left("import.tracks_described_late",
           "tracks of threads and counters that are described, they or what they are part of, "
           "behind their first events: those before it stand apart",
           late_);
}

SiteId Tracks::plot(Track& counter) {
  if (counter.plot == SiteId::kNone) {
    const Whose of = whose(counter);
    // A thread's counter of its own: others of the process may have one of the same name.
    std::string name = name_of(counter);
    if (of.is_thread) name += fmt::format(" ({})", of.tid);
    counter.plot = to_.site({.name = name, .unit = counter.unit, .kind = HONE_SITE_PLOT});
  }
  return counter.plot;
}

}  // namespace hone::exchange::perfetto_import
