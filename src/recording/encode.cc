#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/host/check.h"
#include "recording/codec.h"
#include "recording/column_bytes.h"

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
// What is packed fast is byte planes, in which there is little to find beyond how often each byte
// comes: a small table to look in, steps that grow while nothing is found, and Huffman codes all
// the same (docs/design/2026-11-21-spans.md).
constexpr int kFastLevel = -50;  // of zstd
constexpr int kFastHashLog = 10;
// ZSTD_c_literalCompressionMode, ZSTD_lcm_huffman: still among zstd's experimental parameters. A
// library that does not know it writes the same frames, larger.
constexpr auto kLiteralCompressionMode = static_cast<ZSTD_cParameter>(1002);
constexpr int kAlwaysHuffman = 1;
// ZSTD_c_stableInBuffer and ZSTD_c_stableOutBuffer, of the same kind: what is packed is read where
// it stands, and not copied first.
constexpr auto kStableIn = static_cast<ZSTD_cParameter>(1006);
constexpr auto kStableOut = static_cast<ZSTD_cParameter>(1007);
// Below this many rows the plain sizes decide.
constexpr size_t kTrialRowsMin = 32;

// Where the running state of a transform starts: so that the first value looks like the rest.
uint64_t base_for(Transform transform, std::span<const uint64_t> values) {
  switch (transform) {
    case Transform::kNone:
    case Transform::kRowDistance:
    case Transform::kScaled:
    case Transform::kScaledDelta:
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
    case Transform::kScaled:
    case Transform::kScaledDelta:
      HONE_CHECK(false);  // only whoever has the steps can lay them out
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

uint8_t tag_of(Transform transform, Layout layout) {
  return static_cast<uint8_t>(static_cast<unsigned>(transform) << 4 |
                              static_cast<unsigned>(layout));
}

bool all_equal(std::span<const uint64_t> values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

}  // namespace

struct Packer::Contexts {
  ZSTD_CCtx* quick = ZSTD_createCCtx();
  ZSTD_CCtx* chunk = ZSTD_createCCtx();
  ZSTD_CCtx* fast = ZSTD_createCCtx();
  std::vector<uint8_t> scratch, packed;
  ~Contexts() {
    ZSTD_freeCCtx(quick);
    ZSTD_freeCCtx(chunk);
    ZSTD_freeCCtx(fast);
  }
};

Packer::Packer(int level) : contexts_(std::make_unique<Contexts>()) {
  HONE_CHECK(contexts_->quick && contexts_->chunk && contexts_->fast);
  ZSTD_CCtx_setParameter(contexts_->chunk, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(contexts_->chunk, ZSTD_c_checksumFlag, 0);
  ZSTD_CCtx_setParameter(contexts_->fast, ZSTD_c_compressionLevel, kFastLevel);
  ZSTD_CCtx_setParameter(contexts_->fast, ZSTD_c_strategy, ZSTD_fast);
  ZSTD_CCtx_setParameter(contexts_->fast, ZSTD_c_hashLog, kFastHashLog);
  ZSTD_CCtx_setParameter(contexts_->fast, kLiteralCompressionMode, kAlwaysHuffman);
  for (ZSTD_CCtx* each : {contexts_->fast, contexts_->chunk}) {
    ZSTD_CCtx_setParameter(each, kStableIn, 1);
    ZSTD_CCtx_setParameter(each, kStableOut, 1);
  }
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
  ZSTD_CCtx* context = effort == Effort::kFast ? contexts_->fast : contexts_->chunk;
  ZSTD_CCtx_reset(context, ZSTD_reset_session_only);
  ZSTD_CCtx_setPledgedSrcSize(context, raw.size());
  // One byte less than raw: whatever does not fit is not worth packing. Not at its place yet, where
  // so much would be filled with zeros first.
  std::vector<uint8_t>& packed = contexts_->packed;
  if (packed.size() < raw.size()) packed.resize(raw.size());
  ZSTD_outBuffer to{packed.data(), raw.size() - 1, 0};
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
  if (fits) out.insert(out.end(), packed.data(), packed.data() + to.pos);
  return fits;
}

void encode_numbers(std::span<const uint64_t> values, Unit unit, uint64_t first_row, Packer& packer,
                    Effort effort, Encoding& encoding, std::vector<uint8_t>& out) {
  Candidate chosen{Transform::kNone, Layout::kConstant};
  std::vector<uint64_t>& numbers = packer.numbers();
  numbers.assign(values.begin(), values.end());
  uint64_t base = 0;
  if (!all_equal(values)) {
    if (effort == Effort::kSmall || !encoding.is_known) {
      const Candidate best = choose(values, unit, first_row, packer);
      encoding = {best.transform, best.layout, true};
    }
    chosen = {encoding.transform, encoding.layout};
    base = base_for(chosen.transform, values);
    transform_into(chosen.transform, base, values, first_row, numbers);
    if (all_equal(numbers)) chosen.layout = Layout::kConstant;
  }
  out.push_back(tag_of(chosen.transform, chosen.layout));
  put_uleb(out, base);
  std::vector<uint8_t>& body = packer.body();
  body.clear();
  lay_out(chosen.layout, numbers, body);
  put_uleb(out, body.size());
  out.insert(out.end(), body.begin(), body.end());
}

void put_encoded(const EncodedColumn& column, std::vector<uint8_t>& out) {
  if (column.layout == Layout::kConstant) {
    out.push_back(tag_of(Transform::kNone, Layout::kConstant));
    put_uleb(out, 0);
    std::vector<uint8_t> body;
    put_uleb(body, column.base);
    put_uleb(out, body.size());
    out.insert(out.end(), body.begin(), body.end());
    return;
  }
  out.push_back(tag_of(column.transform, column.layout));
  put_uleb(out, column.base);
  if (is_scaled(column.transform)) put_uleb(out, column.scale);
  put_uleb(out, column.body.size());
  out.insert(out.end(), column.body.begin(), column.body.end());
}

void put_uleb(std::vector<uint8_t>& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<uint8_t>(value));
}

}  // namespace hone::recording
