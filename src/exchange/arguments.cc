#include "exchange/arguments.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <numeric>
#include <tuple>

#include "exchange/span_order.h"
#include "exchange/text.h"
#include "hone/layout.h"

namespace hone::exchange {
namespace {

uint64_t key_of(ThreadId thread, SiteId site) {
  return uint64_t{raw(thread)} << 32 | raw(site);
}

template <class T>
void append_number(std::string& out, T value) {
  char text[40];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void append_value(std::string& out, const profile::Profile& profile,
                  const profile::SpanArgument& argument) {
  const uint64_t word = argument.value;
  switch (argument.type) {
    case HONE_ARGUMENT_INTEGER:
      return append_number(out, static_cast<int64_t>(word));
    case HONE_ARGUMENT_UNSIGNED:
      return append_number(out, word);
    case HONE_ARGUMENT_REAL: {
      const auto real = std::bit_cast<double>(word);
      if (std::isfinite(real)) return append_number(out, real);
      out += std::isnan(real) ? "\"nan\"" : real > 0 ? "\"inf\"" : "\"-inf\"";
      return;
    }
    case HONE_ARGUMENT_BOOLEAN:
      out += word != 0 ? "true" : "false";
      return;
    case HONE_ARGUMENT_ADDRESS: {
      char text[20];
      out += "\"0x";
      out.append(text, std::to_chars(text, text + sizeof text, word, 16).ptr);
      out += '"';
      return;
    }
    default:
      append_json(out, profile.string(argument.text));
  }
}

}  // namespace

int64_t slack_of(int64_t duration_ns) {
  return 2 * kJitterNs + duration_ns / 1024;
}

Arguments::Arguments(const profile::Profile& profile)
    : arguments_(profile.instrumentation().arguments),
      taken_(arguments_.size()),
      site_has_(profile.instrumentation().sites.size()) {
  order_.resize(std::min<size_t>(arguments_.size(), UINT32_MAX));
  std::iota(order_.begin(), order_.end(), 0u);
  const auto rank = [&](uint32_t i) {
    const profile::SpanArgument& a = arguments_[i];
    return std::tuple(raw(a.thread), raw(a.site), raw(a.time), i);
  };
  std::sort(order_.begin(), order_.end(),
            [&](uint32_t a, uint32_t b) { return rank(a) < rank(b); });
  for (uint32_t i = 0; i < order_.size(); ++i) {
    Range& range = ranges_[key_of(at(i).thread, at(i).site)];
    if (range.end == 0) range.begin = i;
    range.end = i + 1;
    site_has_[raw(at(i).site)] = true;
  }
}

// Those of one time; a key that comes again is of another span.
uint32_t Arguments::end_of_group(uint32_t i, uint32_t end) const {
  uint32_t to = i + 1;
  for (; to < end && at(to).time == at(i).time; ++to) {
    for (uint32_t before = i; before < to; ++before) {
      if (at(before).key == at(to).key) return to;
    }
  }
  return to;
}

std::span<const uint32_t> Arguments::take(ThreadId thread, SiteId site, TimeNs time,
                                          int64_t slack_ns) {
  if (raw(site) >= site_has_.size() || !site_has_[raw(site)]) return {};
  const auto found = ranges_.find(key_of(thread, site));
  if (found == ranges_.end()) return {};
  const Range range = found->second;
  const auto first = std::partition_point(
      order_.begin() + range.begin, order_.begin() + range.end,
      [&](uint32_t each) { return raw(arguments_[each].time) < raw(time) - slack_ns; });
  Range best;
  int64_t least = INT64_MAX;
  for (auto i = static_cast<uint32_t>(first - order_.begin()); i < range.end;) {
    if (raw(at(i).time) > raw(time) + slack_ns) break;
    const uint32_t end = end_of_group(i, range.end);
    const int64_t away = std::abs(raw(at(i).time) - raw(time));
    if (!taken_[i] && away < least) {
      least = away;
      best = {i, end};
      if (away == 0) break;
    }
    i = end;
  }
  if (best.end == 0) return {};
  taken_[best.begin] = true;
  return {order_.data() + best.begin, best.end - best.begin};
}

void append_arguments(std::string& out, const profile::Profile& profile,
                      std::span<const uint32_t> arguments) {
  out += '{';
  for (size_t i = 0; i < arguments.size(); ++i) {
    const profile::SpanArgument& argument = profile.instrumentation().arguments[arguments[i]];
    if (i > 0) out += ',';
    append_json(out, argument.key == StringId::kNone ? "value" : profile.string(argument.key));
    out += ':';
    append_value(out, profile, argument);
  }
  out += '}';
}

}  // namespace hone::exchange
