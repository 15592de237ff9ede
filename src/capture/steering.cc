#include "capture/steering.h"

#include <fmt/format.h>
#include <signal.h>

namespace hone::capture {

void Steering::receive(base::FunctionRef<std::string()> status) {
  if (!control_) return;
  control_->receive([&](const Order& order) {
    using Verb = Order::Verb;
    const PauseCause by = order.from == 0 ? PauseCause::kProgram : PauseCause::kControl;
    switch (order.verb) {
      case Verb::kStart:
        region_.resume();
        break;
      case Verb::kStop:
        region_.pause(by);
        break;
      case Verb::kStatus:
        break;
      case Verb::kSnapshot:
        snapshot_ = true;
        if (waiting_.size() < kWaitingMax) waiting_.push_back(order);
        return;
      case Verb::kFinish:
        finish_ = true;
        break;
    }
    if (order.from != 0) control_->answer(order, fmt::format("{{\"ok\":true,{}}}", status()));
  });
}

bool Steering::take_signal(int signal) {
  if (signal == SIGUSR1) region_.toggle(PauseCause::kSignal);
  if (signal == SIGUSR2) snapshot_ = true;
  return signal == SIGUSR1 || signal == SIGUSR2;
}

void Steering::snapshot_done(const Result<std::string>& path) {
  snapshot_ = false;
  const std::string answer =
      path ? fmt::format("{{\"ok\":true,\"snapshot\":{}}}", json_text(*path))
           : fmt::format("{{\"ok\":false,\"error\":{}}}", json_text(path.error().message));
  for (const Order& order : waiting_) control_->answer(order, answer);
  waiting_.clear();
}

}  // namespace hone::capture
