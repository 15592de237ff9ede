#include "query/span_granules.h"

#include <algorithm>

#include "profile/span_reader.h"

namespace hone::query {

SpanGranules::SpanGranules(const Source& source) {
  profile::SpanReader spans(source.marks().spans);
  for (const profile::Spans::OfThread& part : spans.threads()) {
    for (size_t i = part.first; i < part.first + part.count;) {
      const profile::SpanReader::Block block = spans.block(i, true);
      const profile::SpanColumns& columns = *block.columns;
      const size_t begin = i - block.first;
      const size_t end =
          std::min({columns.size(), begin + kRows, part.first + part.count - block.first});
      SpanGranule some{
          .first = i, .count = static_cast<uint32_t>(end - begin), .thread = raw(part.thread)};
      for (size_t k = begin; k < end; ++k) {
        const auto until = static_cast<int64_t>(columns.end_ns[k]);
        const int64_t from = until - static_cast<int64_t>(columns.duration_ns[k]);
        some.start_least = std::min(some.start_least, from);
        some.start_most = std::max(some.start_most, from);
        some.end_least = std::min(some.end_least, until);
        some.end_most = std::max(some.end_most, until);
        some.site_bits |= uint64_t{1} << (columns.site[k] % 64);
      }
      some.start_least = source.since_start(TimeNs{some.start_least});
      some.start_most = source.since_start(TimeNs{some.start_most});
      some.end_least = source.since_start(TimeNs{some.end_least});
      some.end_most = source.since_start(TimeNs{some.end_most});
      all_.push_back(some);
      i += some.count;
    }
  }
  for (size_t i = 0; i < all_.size(); ++i) {
    if (i % kGranules == 0) heaps_.emplace_back();
    SpanGranule& heap = heaps_.back();
    heap.start_least = std::min(heap.start_least, all_[i].start_least);
    heap.start_most = std::max(heap.start_most, all_[i].start_most);
    heap.end_least = std::min(heap.end_least, all_[i].end_least);
    heap.end_most = std::max(heap.end_most, all_[i].end_most);
    heap.site_bits |= all_[i].site_bits;
  }
}

}  // namespace hone::query
