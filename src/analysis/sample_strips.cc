#include "analysis/sample_strips.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "recording/tracks.h"

namespace hone::analysis {
namespace {

using profile::SpanWindow;

// Longer than a recorder sleeps between two samples of a thread; a damaged file may say anything.
constexpr int64_t kWeightMax = 10'000'000'000, kTimeMax = int64_t{1} << 62;

struct Vote {
  uint32_t what = 0, count = 0, sample = 0;
};

// The one of `few` that comes most often, with how often; of several the first.
template <class F>
Vote most_frequent(std::span<const uint32_t> rows, size_t step, F&& what_of) {
  std::array<Vote, SampleStrips::kLookedAt + 1> votes;
  size_t different = 0;
  for (size_t i = 0; i < rows.size(); i += step) {
    const uint32_t what = what_of(rows[i]);
    size_t at = 0;
    while (at < different && votes[at].what != what) ++at;
    if (at == different) votes[different++] = {what, 0, rows[i]};
    ++votes[at].count;
  }
  return *std::max_element(votes.begin(), votes.begin() + static_cast<ptrdiff_t>(different),
                           [](const Vote& a, const Vote& b) { return a.count < b.count; });
}

}  // namespace

SampleStrips::SampleStrips(const profile::Profile& profile) : profile_(profile) {
  const profile::Samples& samples = profile.samples();
  by_thread_ = group(profile.threads().size(), [&](size_t i) { return raw(samples.thread[i]); });
  size_t cpus = 0;
  for (const uint16_t cpu : samples.cpu) {
    if (cpu != recording::kNoCpu) cpus = std::max(cpus, size_t{cpu} + 1);
  }
  // Where no sample says, all are 0: then they do not say either.
  by_cpu_ = group(cpus, [&](size_t i) { return uint32_t{samples.cpu[i]}; });
  add_busy();
}

std::span<const uint32_t> SampleStrips::part(const Groups& groups, size_t at) {
  if (at + 1 >= groups.first.size()) return {};
  return std::span(groups.rows).subspan(groups.first[at], groups.first[at + 1] - groups.first[at]);
}

// Those of groups that there are not are left out.
template <class F>
SampleStrips::Groups SampleStrips::group(size_t count, F&& group_of) const {
  const profile::Samples& samples = profile_.samples();
  Groups out;
  if (count == 0) return out;
  out.first.assign(count + 1, 0);
  for (size_t i = 0; i < samples.size(); ++i) {
    if (group_of(i) < count) ++out.first[group_of(i) + 1];
  }
  for (size_t i = 0; i < count; ++i) out.first[i + 1] += out.first[i];
  out.rows.resize(out.first[count]);
  std::vector<uint32_t> next(out.first.begin(), out.first.end() - 1);
  for (size_t i = 0; i < samples.size(); ++i) {
    if (group_of(i) < count) out.rows[next[group_of(i)]++] = static_cast<uint32_t>(i);
  }
  const auto by_time = [&](uint32_t a, uint32_t b) { return samples.time[a] < samples.time[b]; };
  for (size_t i = 0; i < count; ++i) {
    const auto begin = out.rows.begin() + out.first[i], end = out.rows.begin() + out.first[i + 1];
    if (!std::is_sorted(begin, end, by_time)) std::stable_sort(begin, end, by_time);
  }
  return out;
}

void SampleStrips::add_busy() {
  const profile::Samples& samples = profile_.samples();
  if (samples.size() == 0) return;
  const auto weight = [&](size_t i) {
    return std::clamp<int64_t>(samples.weight_ns[i], 0, kWeightMax);
  };
  const auto is_time = [&](size_t i) {
    return raw(samples.time[i]) >= 0 && raw(samples.time[i]) < kTimeMax;
  };
  first_ = TimeNs{INT64_MAX};
  last_ = TimeNs{INT64_MIN};
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!is_time(i)) continue;
    first_ = std::min(first_, TimeNs{raw(samples.time[i]) - weight(i)});
    last_ = std::max(last_, samples.time[i]);
  }
  if (first_ > last_) return;
  bin_ns_ = std::max<int64_t>(1, (raw(last_) - raw(first_)) / static_cast<int64_t>(kBins) + 1);
  // Of each bin what lies in it; of those between the two ends of a sample, where that begins to be
  // all of them and where it ends.
  std::vector<double> in(kBins + 1, 0), whole(kBins + 2, 0);
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!is_time(i)) continue;
    const int64_t to = raw(samples.time[i]) - raw(first_), from = to - weight(i);
    const auto a = static_cast<size_t>(from / bin_ns_), b = static_cast<size_t>(to / bin_ns_);
    if (a == b) {
      in[a] += static_cast<double>(to - from);
      continue;
    }
    in[a] += static_cast<double>(bin_ns_ - from % bin_ns_);
    in[b] += static_cast<double>(to % bin_ns_);
    whole[a + 1] += 1;
    whole[b] -= 1;
  }
  busy_before_.assign(kBins + 2, 0);
  double open = 0;
  for (size_t i = 0; i <= kBins; ++i) {
    open += whole[i];
    const double busy = in[i] + open * static_cast<double>(bin_ns_);
    busy_before_[i + 1] = busy_before_[i] + busy;
  }
  // As a screen would show it.
  constexpr size_t kColumns = 1024, kOfColumn = kBins / kColumns;
  for (size_t i = 0; i + kOfColumn <= kBins; i += kOfColumn) {
    most_busy_ = std::max(most_busy_, (busy_before_[i + kOfColumn] - busy_before_[i]) /
                                          static_cast<double>(bin_ns_ * kOfColumn));
  }
}

double SampleStrips::busy_until(TimeNs time) const {
  const int64_t since = raw(std::clamp(time, first_, last_)) - raw(first_);
  const auto bin = static_cast<size_t>(since / bin_ns_);
  const double part = static_cast<double>(since % bin_ns_) / static_cast<double>(bin_ns_);
  return busy_before_[bin] + part * (busy_before_[bin + 1] - busy_before_[bin]);
}

std::vector<double> SampleStrips::busy_cpus(const SpanWindow& window) const {
  std::vector<double> out(window.buckets, 0);
  if (busy_before_.empty()) return out;
  double before = busy_until(window.begin);
  for (uint32_t i = 0; i < window.buckets; ++i) {
    const double now = busy_until(TimeNs{raw(window.begin) + (int64_t{i + 1} << window.step)});
    out[i] = std::max(0.0, now - before) / std::ldexp(1.0, static_cast<int>(window.step));
    before = now;
  }
  return out;
}

FunctionId SampleStrips::leaf(size_t sample) const {
  const StackId stack = profile_.samples().stack[sample];
  if (stack == StackId::kNone) return FunctionId::kNone;
  const FrameId frame = profile_.stacks().frame[raw(stack)];
  return profile_.lines().function[profile_.frames().first_line[raw(frame)]];
}

template <class F>
std::vector<StripPart> SampleStrips::strip(std::span<const uint32_t> rows, const SpanWindow& window,
                                           F&& what_of) const {
  const auto& time = profile_.samples().time;
  const auto before = [&](uint32_t row, TimeNs at) { return time[row] < at; };
  auto at = std::lower_bound(rows.begin(), rows.end(), window.begin, before);
  const TimeNs end = window.end();
  std::vector<StripPart> out;
  while (at != rows.end() && time[*at] < end) {
    const int64_t bucket = (raw(time[*at]) - raw(window.begin)) >> window.step;
    const TimeNs until{raw(window.begin) + ((bucket + 1) << window.step)};
    ptrdiff_t ahead = 1;
    while (rows.end() - at > ahead && before(at[ahead], until)) ahead *= 2;
    const auto behind =
        std::lower_bound(at, at + std::min<ptrdiff_t>(rows.end() - at, ahead + 1), until, before);
    const auto count = static_cast<size_t>(behind - at);
    const size_t step = (count + kLookedAt - 1) / kLookedAt;
    const Vote vote = most_frequent(std::span(at, behind), step, what_of);
    const auto start = static_cast<uint32_t>(bucket);
    const double share = static_cast<double>(vote.count) * static_cast<double>(step) /
                         static_cast<double>(count + (step - count % step) % step);
    if (!out.empty() && out.back().end == start && out.back().what == vote.what) {
      StripPart& last = out.back();
      const double all = static_cast<double>(last.count) + static_cast<double>(count);
      last.share = (last.share * last.count + share * static_cast<double>(count)) / all;
      last.count += static_cast<uint32_t>(count);
      last.end = start + 1;
    } else {
      out.push_back(
          {start, start + 1, vote.what, static_cast<uint32_t>(count), vote.sample, share});
    }
    at = behind;
  }
  return out;
}

std::vector<StripPart> SampleStrips::functions(ThreadId thread, const SpanWindow& window) const {
  return strip(of_thread(thread), window, [&](uint32_t i) { return raw(leaf(i)); });
}

std::vector<StripPart> SampleStrips::threads(uint16_t cpu, const SpanWindow& window) const {
  return strip(of_cpu(cpu), window, [&](uint32_t i) { return raw(profile_.samples().thread[i]); });
}

}  // namespace hone::analysis
