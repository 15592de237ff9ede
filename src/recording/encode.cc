#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/host/check.h"
#include "recording/codec.h"

namespace hone::recording {
namespace {

struct Candidate {
  Transform transform;
  Layout layout;
};

// What can win for a unit, by measurement on recordings of compilers, databases and interpreters
// (docs/design/2026-11-21-recording-format.md).
std::span<const Candidate> candidates_for(Unit unit) {
  using enum Transform;
  using enum Layout;
  static constexpr std::array kIds = {Candidate{kNewOrValue, kVarint}, Candidate{kNone, kVarint},
                                      Candidate{kDelta, kVarint}, Candidate{kRowDistance, kVarint},
                                      Candidate{kFromGreatest, kVarint}};
  static constexpr std::array kTimes = {Candidate{kDelta, kVarint}, Candidate{kDelta, kPlanes}};
  static constexpr std::array kAddresses = {Candidate{kDelta, kVarint}, Candidate{kNone, kPlanes},
                                            Candidate{kDelta, kPlanes}};
  static constexpr std::array kNumbers = {Candidate{kNone, kVarint}, Candidate{kDelta, kVarint},
                                          Candidate{kNone, kPlanes}};
  static constexpr std::array kPlain = {Candidate{kNone, kVarint}};
  switch (unit) {
    case Unit::kId:
      return kIds;
    case Unit::kTime:
      return kTimes;
    case Unit::kAddress:
      return kAddresses;
    case Unit::kDuration:
    case Unit::kBytes:
    case Unit::kCount:
      return kNumbers;
    case Unit::kEnum:
    case Unit::kText:
    case Unit::kBlob:
      return kPlain;
  }
  return kPlain;
}

// Rows that a trial looks at: enough for zstd to find its feet.
constexpr size_t kTrialRows = 8192;
constexpr size_t kVarintBytesMax = 10;
constexpr int kFastLevel = 1;  // of zstd
// Below this many rows the plain sizes decide.
constexpr size_t kTrialRowsMin = 32;

uint64_t zigzag(uint64_t difference) {
  return (difference << 1) ^ (0 - (difference >> 63));
}

// Where the running state of a transform starts: so that the first value looks like the rest.
uint64_t base_for(Transform transform, std::span<const uint64_t> values) {
  switch (transform) {
    case Transform::kNone:
    case Transform::kRowDistance:
      return 0;
    case Transform::kDelta:
      return values.size() < 2 ? 0 : values[0] - (values[1] - values[0]);
    case Transform::kNewOrValue:
    case Transform::kFromGreatest:
      return values[0] - 1;
  }
  return 0;
}

void transform_into(Transform transform, uint64_t base, std::span<const uint64_t> values,
                    uint64_t first_row, std::span<uint64_t> out) {
  const size_t n = values.size();
  uint64_t state = base;
  switch (transform) {
    case Transform::kNone:
      std::copy(values.begin(), values.end(), out.begin());
      break;
    case Transform::kDelta:
      for (size_t i = 0; i < n; ++i) {
        out[i] = zigzag(values[i] - state);
        state = values[i];
      }
      break;
    case Transform::kRowDistance:
      for (size_t i = 0; i < n; ++i) out[i] = first_row + i + 1 - values[i];
      break;
    case Transform::kNewOrValue:
      for (size_t i = 0; i < n; ++i) {
        const bool is_new = values[i] == state + 1;
        // 0 itself is written as the value that "new" leaves free.
        out[i] = is_new ? 0 : values[i] == 0 ? state + 1 : values[i];
        if (values[i] > state || is_new) state = values[i];
      }
      break;
    case Transform::kFromGreatest:
      for (size_t i = 0; i < n; ++i) {
        out[i] = zigzag(values[i] - state);
        if (values[i] > state) state = values[i];
      }
      break;
  }
}

void lay_out(Layout layout, std::span<const uint64_t> values, std::vector<uint8_t>& out) {
  if (layout == Layout::kConstant) return put_uleb(out, values.empty() ? 0 : values[0]);
  if (layout == Layout::kVarint) {
    const size_t begin = out.size();
    out.resize(begin + kVarintBytesMax * values.size());
    uint8_t* at = out.data() + begin;
    for (uint64_t value : values) {
      for (; value >= 0x80; value >>= 7) *at++ = static_cast<uint8_t>(value | 0x80);
      *at++ = static_cast<uint8_t>(value);
    }
    out.resize(static_cast<size_t>(at - out.data()));
    return;
  }
  uint64_t bits = 0;
  for (uint64_t value : values) bits |= value;
  const auto width = static_cast<unsigned>(std::bit_width(bits) + 7) / 8;
  out.push_back(static_cast<uint8_t>(width));
  size_t at = out.size();
  out.resize(at + width * values.size());
  for (unsigned byte = 0; byte < width; ++byte) {
    for (uint64_t value : values) out[at++] = static_cast<uint8_t>(value >> (8 * byte));
  }
}

Candidate choose(std::span<const uint64_t> values, Unit unit, uint64_t first_row, Packer& packer) {
  const std::span<const Candidate> candidates = candidates_for(unit);
  if (candidates.size() == 1) return candidates[0];
  // The transforms run over the rows before the slice as well, for their state.
  const size_t rows = std::min(values.size(), kTrialRows);
  const size_t begin = (values.size() - rows) / 2;
  std::vector<uint64_t> numbers(begin + rows);
  std::vector<uint8_t> bytes;
  Candidate best = candidates[0];
  size_t best_size = SIZE_MAX;
  for (const Candidate& candidate : candidates) {
    transform_into(candidate.transform, base_for(candidate.transform, values),
                   values.first(begin + rows), first_row, numbers);
    bytes.clear();
    lay_out(candidate.layout, std::span(numbers).subspan(begin), bytes);
    const size_t size = rows < kTrialRowsMin ? bytes.size() : packer.trial_size(bytes);
    if (size < best_size) {
      best_size = size;
      best = candidate;
    }
  }
  return best;
}

// LEB128 of numbers that are mostly short, without a branch that depends on their length: seven
// bits to a byte by shifts, eight bytes stored at once, so that `at` has room for eight more.
uint8_t* put_short_uleb(uint8_t* at, uint64_t value) {
  if (value >> 28 != 0) [[unlikely]] {
    for (; value >= 0x80; value >>= 7) *at++ = static_cast<uint8_t>(value | 0x80);
    *at++ = static_cast<uint8_t>(value);
    return at;
  }
  const uint64_t spread =
      (value & 0x7f) | (value << 1 & 0x7f00) | (value << 2 & 0x7f0000) | (value << 3 & 0x7f000000);
  const auto bytes = static_cast<unsigned>(std::bit_width(value | 1) + 6) / 7;
  const uint64_t more = 0x80808080u & ((uint64_t{1} << (8 * (bytes - 1))) - 1);
  const auto word = static_cast<uint32_t>(spread | more);
  std::memcpy(at, &word, sizeof word);
  return at + bytes;
}

// Differences of times, and other numbers as they are: what choose() mostly comes to.
void encode_fast(std::span<const uint64_t> values, Unit unit, std::vector<uint8_t>& out) {
  const Transform transform = unit == Unit::kTime ? Transform::kDelta : Transform::kNone;
  const uint64_t base = base_for(transform, values);
  out.push_back(static_cast<uint8_t>(static_cast<unsigned>(transform) << 4 |
                                     static_cast<unsigned>(Layout::kVarint)));
  put_uleb(out, base);
  // The length stands in front: in a fixed number of bytes, which LEB128 permits.
  const size_t length_at = out.size();
  const size_t begin = length_at + kVarintBytesMax;
  out.resize(begin + kVarintBytesMax * values.size() + sizeof(uint64_t));
  uint8_t* at = out.data() + begin;
  if (transform == Transform::kDelta) {
    uint64_t state = base;
    for (const uint64_t value : values) {
      at = put_short_uleb(at, zigzag(value - state));
      state = value;
    }
  } else {
    for (const uint64_t value : values) at = put_short_uleb(at, value);
  }
  const auto length = static_cast<uint64_t>(at - (out.data() + begin));
  for (size_t i = 0; i < kVarintBytesMax; ++i) {
    const bool last = i + 1 == kVarintBytesMax;
    out[length_at + i] =
        static_cast<uint8_t>((i < 9 ? length >> (7 * i) & 0x7f : 0) | (last ? 0 : 0x80));
  }
  out.resize(begin + length);
}

bool all_equal(std::span<const uint64_t> values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

}  // namespace

struct Packer::Contexts {
  ZSTD_CCtx* quick = ZSTD_createCCtx();
  ZSTD_CCtx* chunk = ZSTD_createCCtx();
  int level = 0;
  std::vector<uint8_t> scratch;
  ~Contexts() {
    ZSTD_freeCCtx(quick);
    ZSTD_freeCCtx(chunk);
  }
};

Packer::Packer(int level) : contexts_(std::make_unique<Contexts>()) {
  HONE_CHECK(contexts_->quick && contexts_->chunk);
  contexts_->level = level;
  ZSTD_CCtx_setParameter(contexts_->chunk, ZSTD_c_checksumFlag, 0);
}
Packer::~Packer() = default;

size_t Packer::trial_size(std::span<const uint8_t> bytes) {
  std::vector<uint8_t>& scratch = contexts_->scratch;
  scratch.resize(std::max(scratch.size(), ZSTD_compressBound(bytes.size())));
  const size_t size = ZSTD_compressCCtx(contexts_->quick, scratch.data(), scratch.size(),
                                        bytes.data(), bytes.size(), 1);
  return ZSTD_isError(size) ? bytes.size() : size;
}

bool Packer::pack(std::span<const uint8_t> raw, std::span<const size_t> cuts, Effort effort,
                  std::vector<uint8_t>& out) {
  if (raw.empty()) return false;
  ZSTD_CCtx* context = contexts_->chunk;
  ZSTD_CCtx_reset(context, ZSTD_reset_session_only);
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel,
                         effort == Effort::kFast ? kFastLevel : contexts_->level);
  ZSTD_CCtx_setPledgedSrcSize(context, raw.size());
  const size_t before = out.size();
  // One byte less than raw: whatever does not fit is not worth packing.
  out.resize(before + raw.size() - 1);
  ZSTD_outBuffer to{out.data() + before, raw.size() - 1, 0};
  ZSTD_inBuffer from{raw.data(), 0, 0};
  bool fits = true;
  for (size_t cut : cuts) {
    from.size = cut;
    if (cut != raw.size()) {
      fits = fits && ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush) == 0;
    }
  }
  from.size = raw.size();
  fits = fits && ZSTD_compressStream2(context, &to, &from, ZSTD_e_end) == 0;
  out.resize(before + (fits ? to.pos : 0));
  return fits;
}

void encode_numbers(std::span<const uint64_t> values, Unit unit, uint64_t first_row, Packer& packer,
                    Effort effort, std::vector<uint8_t>& out) {
  if (effort == Effort::kFast && !values.empty() && !all_equal(values)) {
    return encode_fast(values, unit, out);
  }
  Candidate chosen{Transform::kNone, Layout::kConstant};
  std::vector<uint64_t> numbers(values.begin(), values.end());
  uint64_t base = 0;
  if (!all_equal(values)) {
    chosen = choose(values, unit, first_row, packer);
    base = base_for(chosen.transform, values);
    transform_into(chosen.transform, base, values, first_row, numbers);
    if (all_equal(numbers)) chosen.layout = Layout::kConstant;
  }
  out.push_back(static_cast<uint8_t>(static_cast<unsigned>(chosen.transform) << 4 |
                                     static_cast<unsigned>(chosen.layout)));
  put_uleb(out, base);
  std::vector<uint8_t> body;
  lay_out(chosen.layout, numbers, body);
  put_uleb(out, body.size());
  out.insert(out.end(), body.begin(), body.end());
}

void put_uleb(std::vector<uint8_t>& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<uint8_t>(value));
}

}  // namespace hone::recording
