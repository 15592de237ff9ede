// The table `spans`: conditions on time, thread, name and id, and orders by time and by name, are
// met without SQLite seeing the other rows.
#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "query/plain_table.h"
#include "query/span_scan.h"
#include "query/table.h"
#include "query/tables.h"

namespace hone::query {
namespace {

struct SpanColumn {
  enum : size_t {
    kId,
    kTs,
    kDur,
    kEnd,
    kName,
    kCategory,
    kThread,
    kThreadName,
    kDepth,
    kSelf,
    kSite,
    kNested,
    kOpen,
    kColumnCount
  };
};

constexpr ColumnSpec kColumns[] = {
    own_column("id", Type::kInteger,
               "Of the span. Those of one thread have ids one after the other, in the order in "
               "which they ended; those that are not nested come last.",
               Role::kId),
    own_column("ts", Type::kInteger, "When it began.", Role::kTime, Unit::kTime),
    own_column("dur", Type::kInteger, "How long it was open.", Role::kNone, Unit::kNanoseconds),
    own_column("end", Type::kInteger, "When it ended.", Role::kNone, Unit::kTime),
    own_column("name", Type::kText, "As the program gave it.", Role::kName),
    own_column("category", Type::kText, "Given, or what is before the first :: of the name."),
    own_column("thread", Type::kInteger, "Of threads.id.", Role::kThread),
    own_column("thread_name", Type::kText, "The last name that the thread had."),
    own_column("depth", Type::kInteger, "How many spans of its thread were open around it."),
    own_column("self_time", Type::kInteger,
               "Of dur, what no span inside it took, nor the recording of these.", Role::kNone,
               Unit::kNanoseconds),
    own_column("site", Type::kInteger, "Of sites.id: where in the source."),
    own_column("nested", Type::kInteger,
               "1; 0 where it ended on another thread, or others were open around its end."),
    own_column("open", Type::kInteger,
               "1 where it was still open at the end of the recording, which is its end here."),
};
static_assert(std::size(kColumns) == SpanColumn::kColumnCount);

// A plan: the mode, then bits of what follows in the values, then the columns that are used.
struct SpanMode {
  enum : int { kAsTheyAre, kByTime, kByTimeBackwards, kByName };
};
constexpr int kModeMask = 3;
constexpr int kIdEqual = 4, kIdLow = 8, kIdHigh = 16, kOfName = 32, kOfThread = 64, kTsLow = 128,
              kTsHigh = 256, kEndLow = 512, kEndHigh = 1024, kNameGlob = 2048, kNameLike = 4096;
constexpr int kUsedShift = 13;
// Rows that are put into order by name have their values in memory meanwhile.
constexpr size_t kGroupedBytesMax = size_t{1} << 30;

size_t span_count(const Source& source) {
  return source.marks().spans.size() + source.marks().loose.size();
}

struct Condition {
  size_t column;
  int bit;
  int Conditions::*kind;
  std::string_view words;
  double share;
};
// In the order in which the cursor takes the values.
constexpr std::array kConditions = {
    Condition{SpanColumn::kId, kIdEqual, &Conditions::equal, "id=? ", 0},
    Condition{SpanColumn::kId, kIdLow, &Conditions::low, "id>? ", 0.3},
    Condition{SpanColumn::kId, kIdHigh, &Conditions::high, "id<? ", 0.3},
    Condition{SpanColumn::kName, kOfName, &Conditions::equal, "name=? ", 0.1},
    Condition{SpanColumn::kName, kNameGlob, &Conditions::glob, "name glob ? ", 0.3},
    Condition{SpanColumn::kName, kNameLike, &Conditions::like, "name like ? ", 0.3},
    Condition{SpanColumn::kThread, kOfThread, &Conditions::equal, "thread=? ", 0.3},
    Condition{SpanColumn::kTs, kTsLow, &Conditions::low, "ts>? ", 0.2},
    Condition{SpanColumn::kTs, kTsHigh, &Conditions::high, "ts<? ", 0.2},
    Condition{SpanColumn::kEnd, kEndLow, &Conditions::low, "end>? ", 0.2},
    Condition{SpanColumn::kEnd, kEndHigh, &Conditions::high, "end<? ", 0.2},
};

// Bytes that a row takes while it is put into order by name; 0 where that is not for memory.
size_t grouped_bytes(const Source& source, uint64_t used) {
  size_t bytes = 8;
  for (const size_t column : {SpanColumn::kTs, SpanColumn::kDur, SpanColumn::kSelf})
    bytes += (used >> column & 1) != 0 ? 8 : 0;
  for (const size_t column : {SpanColumn::kThread, SpanColumn::kThreadName, SpanColumn::kDepth,
                              SpanColumn::kSite, SpanColumn::kCategory}) {
    bytes += (used >> column & 1) != 0 ? 4 : 0;
  }
  return span_count(source) * bytes <= kGroupedBytesMax ? bytes : 0;
}

int mode_for(const Source& source, const sqlite3_index_info& info) {
  if (info.nOrderBy != 1) return SpanMode::kAsTheyAre;
  const auto& by = info.aOrderBy[0];
  if (by.iColumn == SpanColumn::kTs)
    return by.desc != 0 ? SpanMode::kByTimeBackwards : SpanMode::kByTime;
  const bool is_grouping = sqlite3_vtab_distinct(const_cast<sqlite3_index_info*>(&info)) == 1;
  if (by.iColumn == SpanColumn::kName && (by.desc == 0 || is_grouping)) {
    return grouped_bytes(source, info.colUsed) > 0 ? SpanMode::kByName : SpanMode::kAsTheyAre;
  }
  return SpanMode::kAsTheyAre;
}

int plan_spans(const TableSpec&, const Source& source, sqlite3_index_info* info) {
  int plan = mode_for(source, *info), arguments = 0;
  static constexpr std::string_view kModes[] = {"", "by time ", "by time, backwards ", "by name "};
  std::string words(kModes[plan]);
  const bool by_id =
      info->nOrderBy == 1 && info->aOrderBy[0].desc == 0 &&
      (info->aOrderBy[0].iColumn == SpanColumn::kId || info->aOrderBy[0].iColumn == -1);
  info->orderByConsumed = plan != SpanMode::kAsTheyAre || by_id ? 1 : 0;
  double share = plan == SpanMode::kAsTheyAre ? 1 : 2;
  for (const Condition& each : kConditions) {
    Conditions on = conditions_on(*info, static_cast<int>(each.column));
    int condition = on.*each.kind;
    if (each.column == SpanColumn::kId && condition < 0)
      condition = conditions_on(*info, -1).*each.kind;
    if (condition < 0) continue;
    if (each.bit == kOfName &&
        std::string_view(sqlite3_vtab_collation(info, condition)) != "BINARY") {
      continue;
    }
    info->aConstraintUsage[condition].argvIndex = ++arguments;
    plan |= each.bit;
    words += each.words;
    share *= each.share;
  }
  if (!words.empty()) words.pop_back();
  // Of columns from the 63rd on there are none.
  plan |= static_cast<int>(info->colUsed & ((uint64_t{1} << SpanColumn::kColumnCount) - 1))
          << kUsedShift;
  info->idxNum = plan;
  info->idxStr = sqlite3_mprintf("%s", words.c_str());
  info->needToFreeIdxStr = 1;
  const auto rows = static_cast<double>(span_count(source));
  info->estimatedCost = 20 + rows * share;
  info->estimatedRows = 1 + static_cast<int64_t>(rows * share);
  if ((plan & kIdEqual) != 0) info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
  return SQLITE_OK;
}

// Values of the rows by name: what of them the statement uses.
struct Grouped {
  std::vector<uint32_t> rank_of_site;  // of its name, among all
  std::vector<std::string_view> names;
  std::vector<size_t> first;  // of each name, in the columns
  std::vector<size_t> number;
  std::vector<int64_t> start, duration, self;
  std::vector<uint32_t> thread, site;
  std::vector<uint8_t> depth;
};

void rank_names(const Source& source, Grouped& out) {
  const std::vector<profile::Site>& sites = source.marks().sites;
  out.names.clear();
  for (const profile::Site& site : sites) out.names.push_back(source.string(site.name));
  std::sort(out.names.begin(), out.names.end());
  out.names.erase(std::unique(out.names.begin(), out.names.end()), out.names.end());
  out.rank_of_site.clear();
  for (const profile::Site& site : sites) {
    const auto at = std::lower_bound(out.names.begin(), out.names.end(), source.string(site.name));
    out.rank_of_site.push_back(static_cast<uint32_t>(at - out.names.begin()));
  }
}

class SpansCursor final : public Cursor {
 public:
  SpansCursor(const Source& source, Watch& watch) : source_(source), scan_(source, watch) {}

  int filter(int plan, const char*, std::span<sqlite3_value*> values, std::string&) override {
    mode_ = plan & kModeMask;
    used_ = static_cast<uint64_t>(plan) >> kUsedShift;
    SpanFilter filter;
    size_t first = 0, last = span_count(source_);
    is_possible_ = true;
    for (const Condition& each : kConditions) {
      if ((plan & each.bit) == 0) continue;
      take(each, values.front(), filter, first, last);
      values = values.subspan(1);
    }
    if (!is_possible_) last = first;
    if (mode_ == SpanMode::kByName) {
      group(filter, first, last);
      return SQLITE_OK;
    }
    scan_.begin(std::move(filter), first, last,
                mode_ == SpanMode::kByTime            ? SpanOrder::kByStart
                : mode_ == SpanMode::kByTimeBackwards ? SpanOrder::kByStartBackwards
                                                      : SpanOrder::kByNumber);
    return SQLITE_OK;
  }

  bool at_end() const override {
    return mode_ == SpanMode::kByName ? place_ == grouped_count_ : scan_.at_end();
  }
  int next() override {
    if (mode_ != SpanMode::kByName) {
      scan_.next();
    } else if (++place_ == grouped_.first[name_ + 1]) {
      find_name();
    }
    return SQLITE_OK;
  }
  int64_t row_id() const override {
    return static_cast<int64_t>(mode_ == SpanMode::kByName ? grouped_.number[place_]
                                                           : scan_.number()) +
           1;
  }
  int column(size_t column, const Cell& to) override {
    mode_ == SpanMode::kByName ? put_grouped(column, to) : put_scanned(column, to);
    return SQLITE_OK;
  }

 private:
  void take(const Condition& each, sqlite3_value* value, SpanFilter& filter, size_t& first,
            size_t& last) {
    if (each.column == SpanColumn::kName) return take_name(each.bit, value, filter);
    const Bound bound = bound_of(value);
    if (bound.is_none) is_possible_ = false;
    if (!bound.is_number) return;
    const auto row = [&](int64_t id) {  // the number of that id, within all
      return static_cast<size_t>(
          std::clamp<int64_t>(id, 1, static_cast<int64_t>(span_count(source_)) + 1) - 1);
    };
    switch (each.bit) {
      case kIdEqual:
        first = row(bound.low);
        last = std::min(last, bound.high < 1 ? 0 : row(bound.high) + 1);
        break;
      case kIdLow:
        first = std::max(first, row(bound.low));
        break;
      case kIdHigh:
        last = std::min(last, bound.high < 1 ? 0 : row(bound.high) + 1);
        break;
      case kTsLow:
        filter.start_first = bound.low;
        break;
      case kTsHigh:
        filter.start_last = bound.high;
        break;
      case kEndLow:
        filter.end_first = bound.low;
        break;
      case kEndHigh:
        filter.end_last = bound.high;
        break;
      default:
        filter.of_thread = true;
        filter.thread = static_cast<uint32_t>(bound.low);
        is_possible_ = is_possible_ && bound.low == bound.high && bound.low >= 0 &&
                       bound.low <= int64_t{UINT32_MAX};
    }
  }

  // Few places have names, and many spans have one of these.
  void take_name(int how, sqlite3_value* value, SpanFilter& filter) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    if (text == nullptr) {
      is_possible_ = false;
      return;
    }
    const std::string wanted(text, static_cast<size_t>(sqlite3_value_bytes(value)));
    const std::vector<profile::Site>& sites = source_.marks().sites;
    const bool is_first = filter.sites.empty();
    filter.sites.resize(sites.size(), true);
    for (size_t i = 0; i < sites.size(); ++i) {
      const std::string name(source_.string(sites[i].name));
      const bool fits = how == kNameGlob   ? sqlite3_strglob(wanted.c_str(), name.c_str()) == 0
                        : how == kNameLike ? sqlite3_strlike(wanted.c_str(), name.c_str(), 0) == 0
                                           : name == wanted;
      filter.sites[i] = fits && (is_first || filter.sites[i]);
    }
  }

  bool uses(size_t column) const { return (used_ >> column & 1) != 0; }

  // Two passes: how many of each name, then each to its place.
  void group(const SpanFilter& filter, size_t first, size_t last) {
    Grouped& g = grouped_;
    rank_names(source_, g);
    g.first.assign(g.names.size() + 1, 0);
    for (scan_.begin(filter, first, last, SpanOrder::kByNumber); !scan_.at_end(); scan_.next()) {
      ++g.first[g.rank_of_site[scan_.site()] + 1];
    }
    place_ = name_ = grouped_count_ = 0;
    // The second pass must not find more than was counted.
    if (scan_.was_stopped()) return;
    std::partial_sum(g.first.begin(), g.first.end(), g.first.begin());
    grouped_count_ = g.first.back();
    std::vector<size_t> next(g.first.begin(), g.first.end() - 1);
    const auto make = [&](auto& column, bool used) { column.resize(used ? grouped_count_ : 0); };
    make(g.number, true);
    make(g.start, uses(SpanColumn::kTs) || uses(SpanColumn::kEnd));
    make(g.duration, uses(SpanColumn::kDur) || uses(SpanColumn::kEnd));
    make(g.self, uses(SpanColumn::kSelf));
    make(g.thread, uses(SpanColumn::kThread) || uses(SpanColumn::kThreadName));
    make(g.depth, uses(SpanColumn::kDepth));
    make(g.site, uses(SpanColumn::kSite) || uses(SpanColumn::kCategory));
    for (scan_.begin(filter, first, last, SpanOrder::kByNumber); !scan_.at_end(); scan_.next()) {
      const size_t at = next[g.rank_of_site[scan_.site()]]++;
      g.number[at] = scan_.number();
      if (!g.start.empty()) g.start[at] = scan_.start_ns();
      if (!g.duration.empty()) g.duration[at] = scan_.duration_ns();
      if (!g.self.empty()) g.self[at] = scan_.self_ns();
      if (!g.thread.empty()) g.thread[at] = scan_.thread();
      if (!g.depth.empty()) g.depth[at] = static_cast<uint8_t>(scan_.depth());
      if (!g.site.empty()) g.site[at] = scan_.site();
    }
    place_ = 0;
    name_ = 0;
    if (scan_.was_stopped()) grouped_count_ = 0;
    if (grouped_count_ > 0 && g.first[1] == 0) find_name();
  }
  // From a place at the end of a name's rows to the name that it begins.
  void find_name() {
    while (name_ + 1 < grouped_.names.size() && grouped_.first[name_ + 1] == place_) ++name_;
  }

  void put_site(size_t column, uint32_t site, const Cell& to) const {
    const profile::Site& of = source_.marks().sites[site];
    to.text(source_.string(column == SpanColumn::kName ? of.name : of.category));
  }
  void put_thread_name(uint32_t thread, const Cell& to) const {
    to.text(source_.string(source_.profile().threads()[thread].name));
  }

  void put_grouped(size_t column, const Cell& to) const {
    const Grouped& g = grouped_;
    switch (column) {
      case SpanColumn::kTs:
        return to.whole(g.start[place_]);
      case SpanColumn::kDur:
        return to.whole(g.duration[place_]);
      case SpanColumn::kEnd:
        return to.whole(g.start[place_] + g.duration[place_]);
      case SpanColumn::kName:
        return to.text(g.names[name_]);
      case SpanColumn::kCategory:
        return put_site(SpanColumn::kCategory, g.site[place_], to);
      case SpanColumn::kThread:
        return to.id(g.thread[place_]);
      case SpanColumn::kThreadName:
        return put_thread_name(g.thread[place_], to);
      case SpanColumn::kDepth:
        return to.whole(g.depth[place_]);
      case SpanColumn::kSelf:
        return to.whole(g.self[place_]);
      case SpanColumn::kSite:
        return to.id(g.site[place_]);
      case SpanColumn::kNested:
        return to.whole(g.number[place_] < source_.marks().spans.size() ? 1 : 0);
      case SpanColumn::kOpen: {
        const size_t nested = source_.marks().spans.size(), number = g.number[place_];
        return to.whole(number >= nested && source_.marks().loose[number - nested].open ? 1 : 0);
      }
      default:
        return to.whole(row_id());
    }
  }

  void put_scanned(size_t column, const Cell& to) {
    switch (column) {
      case SpanColumn::kTs:
        return to.whole(scan_.start_ns());
      case SpanColumn::kDur:
        return to.whole(scan_.duration_ns());
      case SpanColumn::kEnd:
        return to.whole(scan_.end_ns());
      case SpanColumn::kName:
      case SpanColumn::kCategory:
        return put_site(column, scan_.site(), to);
      case SpanColumn::kThread:
        return to.id(scan_.thread());
      case SpanColumn::kThreadName:
        return put_thread_name(scan_.thread(), to);
      case SpanColumn::kDepth:
        return to.whole(scan_.depth());
      case SpanColumn::kSelf:
        return to.whole(scan_.self_ns());
      case SpanColumn::kSite:
        return to.id(scan_.site());
      case SpanColumn::kNested:
        return to.whole(scan_.is_loose() ? 0 : 1);
      case SpanColumn::kOpen:
        return to.whole(scan_.is_open() ? 1 : 0);
      default:
        return to.whole(row_id());
    }
  }

  const Source& source_;
  SpanScan scan_;
  int mode_ = SpanMode::kAsTheyAre;
  uint64_t used_ = 0;
  bool is_possible_ = true;
  Grouped grouped_;
  size_t grouped_count_ = 0, place_ = 0, name_ = 0;
};

std::unique_ptr<Cursor> open_spans(const TableSpec&, const Source& source, sqlite3*, Watch& watch) {
  return std::make_unique<SpansCursor>(source, watch);
}

}  // namespace

constexpr TableSpec kSpansTable = {
    .name = "spans",
    .doc = "Spans of instrumented programs: what was going on from when to when.",
    .columns = kColumns,
    .plan = &plan_spans,
    .cursor = &open_spans};

}  // namespace hone::query
