// How a recording that runs is told to pause, to go on, to show its state, to write a snapshot and
// to finish: by `hone ctl` and others through a Unix socket, and by the program itself through a
// descriptor. Nothing that comes in makes the recorder wait, and nobody but its own user and root
// is listened to (the program by its descriptor apart, which may pause and go on alone).
//
//   HONE_TRY_ASSIGN(Control control, Control::open());
//   ... poll control.fd() ...
//   control.receive([&](Order order) { control.answer(order, R"({"ok":true})"); });
//
// The socket speaks lines: one word in (start, stop, status, snapshot, finish), one JSON object
// out.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/file.h"
#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "base/types.h"

namespace hone::capture {

struct Order {
  enum class Verb : uint8_t { kStart, kStop, kStatus, kSnapshot, kFinish };
  Verb verb{};
  uint64_t from = 0;  // who is to be answered; 0: the program, which waits for nothing
};

// The word of a line, spaces around it apart. Any bytes.
std::optional<Order::Verb> order_verb(std::string_view line);
// The folder of the sockets of a user's recorders, as that user sees it: below $XDG_RUNTIME_DIR,
// or in /tmp. It may not be there.
std::string control_folder();
// All folders where the caller may find recorders: its own, and for root those of every user.
std::vector<std::string> control_folders();
// `text` as a JSON string, quotes included.
std::string json_text(std::string_view text);

class Control {
 public:
  // Errors: Permission, Io: no folder that is ours alone; Unsupported: no such sockets here.
  static Result<Control> open();
  Control(Control&&) noexcept = default;
  Control& operator=(Control&&) noexcept;
  ~Control();

  const std::string& path() const { return path_; }
  // Readable when somebody wants something.
  int fd() const { return poll_.get(); }

  // A descriptor for the program: what it writes there are lines, too. Never blocks the program,
  // nor ends it when the recorder is gone. At most once.
  Result<int> program_descriptor();

  // Takes what has come in; `take` is called for each order. An order with `from` is owed an
  // answer.
  void receive(base::FunctionRef<void(const Order&)> take);
  // One JSON object. Who does not read it loses it.
  void answer(const Order& order, std::string_view json);

 private:
  struct Client {
    uint64_t id = 0;
    base::UniqueFd fd;
    std::string line;  // what has come of the one that is being read
  };
  Control() = default;
  void accept_clients();
  bool read_client(Client& client, base::FunctionRef<void(const Order&)> take);
  void read_program(base::FunctionRef<void(const Order&)> take);

  std::string path_;
  base::UniqueFd listener_, poll_;
  base::UniqueFd program_read_, program_write_;
  std::string program_line_;
  std::vector<Client> clients_;
  uint64_t next_id_ = 1;
};

}  // namespace hone::capture
