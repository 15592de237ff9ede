#include "serve/weights_asked.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hone::serve {

std::vector<analysis::MetricState> weights_of(const Opened& a, const Opened* b) {
  std::vector<analysis::MetricState> out = analysis::metrics_of(a.profile);
  if (b == nullptr) return out;
  const std::vector<analysis::MetricState> of_b = analysis::metrics_of(b->profile);
  for (const analysis::MetricState& other : of_b) {
    if (!other.present()) continue;
    const auto same = std::find_if(out.begin(), out.end(), [&](const analysis::MetricState& one) {
      return one.metric == other.metric;
    });
    if (same == out.end()) {
      out.push_back(other);
    } else if (!same->present()) {
      *same = other;
    }
  }
  return out;
}

bool has_weight(const Opened& side, analysis::Metric metric) {
  const std::vector<analysis::MetricState> states = analysis::metrics_of(side.profile);
  const auto found =
      std::find_if(states.begin(), states.end(),
                   [&](const analysis::MetricState& one) { return one.metric == metric; });
  return found != states.end() && found->present();
}

Result<Asked2> weight_asked(const Call& call) {
  Asked2 out;
  out.opened_a = call.a;
  out.opened_b = call.b;
  HONE_TRY_ASSIGN(out.selected_a, call.selection(*call.a));
  if (call.b) {
    HONE_TRY_ASSIGN(out.selected_b, call.selection(*call.b));
  }
  const std::string_view wanted = call.request.has("weight") ? call.request.value("weight") : "cpu";
  std::string known;
  for (const analysis::MetricState& state : weights_of(*call.a, call.b.get())) {
    if (state.id == wanted) {
      out.weight = state;
      return out;
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", state.id);
  }
  return fail(Code::InvalidArgument,
              fmt::format("weight: '{}' is none of {}", wanted.substr(0, 40), known));
}

Json absent_json(const analysis::MetricState& state) {
  return state.present() ? Json() : absent(state.why, state.command);
}

Result<uint64_t> key_asked(std::string_view name, std::string_view text) {
  uint64_t key = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), key, 16);
  if (text.size() != 16 || error != std::errc() || end != text.data() + text.size()) {
    return fail(Code::InvalidArgument,
                fmt::format("{}: '{}' is no key: 16 hexadecimal digits, as `functions` gives them",
                            name, text.substr(0, 40)));
  }
  return key;
}

std::string key_text(uint64_t key) {
  return fmt::format("{:016x}", key);
}

}  // namespace hone::serve
