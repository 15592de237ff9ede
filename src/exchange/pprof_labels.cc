// Labels of pprof's samples: which of them tell a thread.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "exchange/named_rows.h"
#include "exchange/pprof_parts.h"
#include "exchange/words.h"

namespace hone::exchange::pprof {
namespace {

// Of one sample; what is beyond is left out.
constexpr size_t kLabelBytesMost = 64 << 10;
// Numbers that are made up: beyond those that a system gives.
constexpr int64_t kFirstMadeUp = int64_t{1} << 32;

enum class Role : uint8_t { kOther, kThreadName, kThreadNumber, kProcessName, kProcessNumber };

struct Key {
  std::string_view name;
  Role role;
};
constexpr auto kKeys = std::to_array<Key>({
    {"thread", Role::kThreadName},
    {"thread name", Role::kThreadName},
    {"thread_name", Role::kThreadName},
    {"tid", Role::kThreadNumber},
    {"thread id", Role::kThreadNumber},
    {"thread_id", Role::kThreadNumber},
    {"process", Role::kProcessName},
    {"process name", Role::kProcessName},
    {"process_name", Role::kProcessName},
    {"pid", Role::kProcessNumber},
    {"process id", Role::kProcessNumber},
    {"process_id", Role::kProcessNumber},
});

Role role_of(std::string_view key) {
  const Key* const known = find_named(kKeys, key);
  return known == nullptr ? Role::kOther : known->role;
}

struct Label {
  std::string_view key, text;
  int64_t number = 0;
};
Label read_label(std::string_view bytes, const Texts& texts) {
  Label out;
  for (ProtoReader message(bytes); message.next();) {
    if (message.field() == 1) out.key = texts.short_at(message.number());
    if (message.field() == 2) out.text = texts.at(message.number());
    if (message.field() == 3) out.number = message.integer();
  }
  return out;
}

// Numbers of threads and processes have 32 bits; others, and texts that are no number, are none.
int64_t number_of(const Label& label) {
  int64_t out = label.number;
  if (!label.text.empty() && !parse_number(label.text, out)) return -1;
  return out >= 0 && out <= UINT32_MAX ? out : -1;
}

// Whether a label that is to say a thread says one.
bool is_readable(Role role, const Label& label) {
  return role == Role::kThreadName || role == Role::kProcessName ? !label.text.empty()
                                                                 : number_of(label) >= 0;
}

struct Said {
  std::string_view thread, process;
  int64_t tid = -1, pid = -1;
  bool any() const { return !thread.empty() || !process.empty() || tid >= 0 || pid >= 0; }
};

}  // namespace

void Labels::add(std::string_view label) {
  if (now_.size() + label.size() > kLabelBytesMost) {
    ++too_many_;
    return;
  }
  // With its length in front, so that the next one can be found.
  const auto bytes = static_cast<uint32_t>(label.size());
  now_.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
  now_ += label;
}

uint32_t Labels::row() {
  if (now_.empty()) return 0;
  if (last_row_ != 0 && now_ == last_) return last_row_;
  const auto [at, is_new] = row_of_.try_emplace(now_, static_cast<uint32_t>(rows_.size()));
  if (is_new) {
    rows_.push_back(now_);
    held_ += kHeldOfEntry + 2 * now_.size() + kHeldOfThread;  // which it may become
  }
  last_ = now_;
  return last_row_ = at->second;
}

namespace {

template <class See>
void for_each_label(std::string_view row, See&& see) {
  while (row.size() > sizeof(uint32_t)) {
    uint32_t bytes = 0;
    std::memcpy(&bytes, row.data(), sizeof bytes);
    row.remove_prefix(sizeof bytes);
    see(row.substr(0, bytes));
    row.remove_prefix(std::min<size_t>(bytes, row.size()));
  }
}

int64_t made_up(std::unordered_map<std::string, int64_t>& numbers, std::string of) {
  const int64_t next = kFirstMadeUp + static_cast<int64_t>(numbers.size()) + 1;
  return numbers.try_emplace(std::move(of), next).first->second;
}

}  // namespace

Result<std::vector<ThreadId>> Labels::threads(Intake& to, const Texts& texts, HeldBytes& held) {
  std::vector<ThreadId> out(rows_.size());
  // Of threads and processes that have none, by what is said of them.
  std::unordered_map<std::string, int64_t> tids, pids;
  for (size_t row = 1; row < rows_.size(); ++row) {
    Said said;
    for_each_label(rows_[row], [&](std::string_view bytes) {
      const Label label = read_label(bytes, texts);
      const Role role = role_of(label.key);
      if (role == Role::kOther || !is_readable(role, label)) return;
      switch (role) {
        case Role::kThreadName:
          said.thread = label.text;
          break;
        case Role::kThreadNumber:
          said.tid = number_of(label);
          break;
        case Role::kProcessName:
          said.process = label.text;
          break;
        case Role::kProcessNumber:
          said.pid = number_of(label);
          break;
        case Role::kOther:
          break;
      }
    });
    if (!said.any()) continue;
    HONE_TRY(held.add(2 * (said.thread.size() + said.process.size())));
    if (said.pid < 0 && said.process.empty()) said.pid = 0;
    if (said.pid < 0) said.pid = made_up(pids, std::string(said.process));
    if (said.tid < 0) said.tid = made_up(tids, fmt::format("{}/{}", said.pid, said.thread));
    out[row] = to.thread(said.pid, said.tid);
    if (!said.thread.empty()) to.name_thread(said.pid, said.tid, said.thread);
    if (!said.process.empty()) to.name_process(said.pid, said.process);
  }
  to.left("pprof.thread_numbers",
          "threads have no number in the file: they are numbered as they were met", tids.size(),
          recording::kInfo);
  to.left("pprof.process_numbers",
          "processes have no number in the file: they are numbered as they were met", pids.size(),
          recording::kInfo);
  return out;
}

void Labels::count_left(Intake& to, const Texts& texts, const std::vector<uint64_t>& uses) const {
  constexpr size_t kKeysShown = 5;
  std::vector<std::string> keys;
  uint64_t count = 0, unread = 0;
  for (size_t row = 1; row < rows_.size() && row < uses.size(); ++row) {
    for_each_label(rows_[row], [&](std::string_view bytes) {
      const Label label = read_label(bytes, texts);
      const std::string_view key = label.key;
      if (const Role role = role_of(key); role != Role::kOther) {
        unread += is_readable(role, label) ? 0 : uses[row];
        return;
      }
      count += uses[row];
      const bool is_known = std::find(keys.begin(), keys.end(), key) != keys.end();
      if (!is_known && keys.size() < kKeysShown) keys.emplace_back(key);
    });
  }
  std::string named;
  for (const std::string& key : keys) named += (named.empty() ? "" : ", ") + key;
  to.left("pprof.labels",
          fmt::format("labels of samples that are no thread's are left out ({})", named), count);
  to.left("pprof.unread_labels",
          "labels of samples are called as those of threads and say no name or number of one",
          unread, recording::kDataLoss);
  to.left("pprof.too_many_labels", "labels beyond 64 KiB of one sample are left out", too_many_,
          recording::kDataLoss);
}

}  // namespace hone::exchange::pprof
