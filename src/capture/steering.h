// Who steers a recording that runs (`hone ctl`, signals, the program), and what is done about it:
// pausing at once, the rest as wishes for the recorder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/host/function_ref.h"
#include "capture/control.h"
#include "capture/region.h"

namespace hone::capture {

class Steering {
 public:
  // Without a socket (none could be made) signals still work.
  Steering(std::optional<Control>& control, Region& region) : control_(control), region_(region) {}

  int fd() const { return control_ ? control_->fd() : -1; }
  // `status` gives the members of a JSON object that say how things stand.
  void receive(base::FunctionRef<std::string()> status);
  // SIGUSR1 pauses and goes on, SIGUSR2 asks for a snapshot. False: it is another one.
  bool take_signal(int signal);

  bool finish_wanted() const { return finish_; }
  bool snapshot_wanted() const { return snapshot_; }
  // As by a signal: for reasons of the recorder's own.
  void want_snapshot() { snapshot_ = true; }
  // The snapshot that was wanted is in that file, or cannot be had.
  void snapshot_done(const Result<std::string>& path);

 private:
  static constexpr size_t kWaitingMax = 16;
  std::optional<Control>& control_;
  Region& region_;
  std::vector<Order> waiting_;  // for the snapshot
  bool finish_ = false, snapshot_ = false;
};

}  // namespace hone::capture
