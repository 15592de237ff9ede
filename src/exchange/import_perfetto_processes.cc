#include "exchange/import_perfetto_processes.h"

#include "exchange/import_perfetto_tracks.h"
#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {

void Processes::take_tree(std::string_view message) {
  ProtoReader at(message);
  while (at.next()) {
    int64_t tid = 0, pid = 0;
    std::string_view text;
    if (at.field() == 1) {  // a process
      ProtoReader process(at.bytes());
      while (process.next()) {
        if (process.field() == 1) pid = process.integer();
        if (process.field() == 3 && text.empty()) text = process.bytes();
      }
      is_of(pid, pid);
      if (!text.empty()) processes_[pid] = name_of_command(text);
    }
    if (at.field() == 2) {  // a thread
      ProtoReader thread(at.bytes());
      while (thread.next()) {
        if (thread.field() == 1) tid = thread.integer();
        if (thread.field() == 2) text = thread.bytes();
        if (thread.field() == 3) pid = thread.integer();
      }
      is_of(tid, pid);
      rename(tid, text);
    }
  }
}

void Processes::take_stats(std::string_view message) {
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() != 1) continue;
    int64_t pid = 0;
    ProtoReader process(at.bytes());
    while (process.next()) {
      if (process.field() == 1) pid = process.integer();
    }
    ProtoReader again(at.bytes());
    while (again.next()) {
      if (again.field() != 11) continue;
      ProtoReader thread(again.bytes());
      while (thread.next()) {
        if (thread.field() == 1) is_of(thread.integer(), pid);
      }
    }
  }
}

void Processes::finish() {
  for (const auto& [tid, name] : threads_) to_.offer_thread_name(process_of(tid), tid, name);
  for (const auto& [pid, name] : processes_) to_.offer_process_name(pid, name);
  // One whose command nobody told is called as its main thread.
  for (const auto& [tid, name] : threads_) {
    if (process_of(tid) == tid) to_.offer_process_name(tid, name);
  }
}

}  // namespace hone::exchange::perfetto_import
