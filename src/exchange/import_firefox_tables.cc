// Reading the tables of Firefox Profiler's format: objects whose members are columns.
#include <cmath>
#include <initializer_list>

#include "exchange/import_firefox_parts.h"

namespace hone::exchange::firefox_import {
namespace {

constexpr int64_t kNsOfMs = 1'000'000;

struct NamedColumn {
  std::string_view name;
  std::vector<int64_t>* to;
};

// Indexes and lines; null and -1 are both none.
void take_table(JsonStream& at, std::initializer_list<NamedColumn> columns) {
  if (!at.open('{')) return at.skip();
  std::string key;
  while (at.key(key)) {
    const NamedColumn* found = nullptr;
    for (const NamedColumn& column : columns) found = column.name == key ? &column : found;
    if (found != nullptr) {
      at.column(1, kNone, *found->to);
    } else {
      at.skip();
    }
  }
}

}  // namespace

bool Tables::take(std::string_view key, JsonStream& at) {
  if (key == "stringArray" || key == "stringTable") {
    at.column(texts);
  } else if (key == "stackTable") {
    take_table(at, {{"frame", &stack_frame},
                    {"prefix", &stack_prefix},
                    {"prefixOffset", &stack_prefix_offset}});
  } else if (key == "frameTable") {
    take_table(at, {{"func", &frame_func}, {"line", &frame_line}, {"lib", &frame_lib}});
  } else if (key == "funcTable") {
    take_table(at, {{"name", &func_name},
                    {"resource", &func_resource},
                    {"fileName", &func_file},
                    {"source", &func_source},
                    {"lineNumber", &func_line}});
  } else if (key == "resourceTable") {
    take_table(at, {{"lib", &resource_lib}});
  } else if (key == "sources") {
    take_table(at, {{"filename", &source_name}});
  } else {
    return false;
  }
  return true;
}

void SampleColumns::take(JsonStream& at) {
  if (!at.open('{')) return at.skip();
  std::string key;
  while (at.key(key)) {
    if (key == "stack") {
      at.column(1, kNone, stack);
    } else if (key == "time") {
      at.column(kNsOfMs, kNoTime, times.time);
    } else if (key == "timeDeltas") {
      at.column(kNsOfMs, 0, times.delta);
    } else if (key == "weight") {
      at.column(NAN, weight);
    } else if (key == "threadCPUDelta") {
      at.column(NAN, cpu);
    } else if (key == "weightType") {
      at.text(weight_type);
    } else if (key == "schema") {
      return at.fail(Code::Unsupported,
                     "this is a profile as Firefox itself writes it, not yet one of Firefox "
                     "Profiler (open it on profiler.firefox.com, and save it from there):");
    } else {
      at.skip();
    }
  }
}

int64_t TimeReader::next() {
  int64_t got = kNoTime;
  if (!at_.next(got) || !is_sum_) return got;
  if (__builtin_add_overflow(sum_, got, &sum_)) sum_ = INT64_MAX;
  return sum_;
}

bool SampleReader::next() {
  if (!stacks.next(stack)) return false;
  ++index;
  time = times.next();
  if (!weights.next(weight)) weight = NAN;
  if (!cpus.next(cpu)) cpu = NAN;
  return true;
}

void MarkerColumns::take(JsonStream& at) {
  if (!at.open('{')) return at.skip();
  std::string key;
  while (at.key(key)) {
    if (key == "name") {
      at.column(1, kNone, name);
    } else if (key == "startTime" || key == "time") {
      start.clear();
      at.column(kNsOfMs, kNoTime, start);
    } else if (key == "endTime") {
      at.column(kNsOfMs, kNoTime, end);
    } else if (key == "phase") {
      at.column(1, kNone, phase);
    } else if (key == "category") {
      at.column(1, kNone, category);
    } else if (key == "data" && at.open('[')) {
      while (at.element()) {
        const std::string_view payload = at.value();
        if (!at.hold(payload.size() + sizeof(size_t))) return;
        payloads += payload;
        payload_ends.push_back(payloads.size());
      }
    } else {
      at.skip();
    }
  }
}

std::string_view MarkerColumns::payload(size_t i) const {
  if (i >= payload_ends.size()) return {};
  const size_t begin = i == 0 ? 0 : payload_ends[i - 1];
  return std::string_view(payloads).substr(begin, payload_ends[i] - begin);
}

namespace {

void take_categories(JsonStream& at, std::vector<std::string>& out) {
  std::string key;
  while (at.element()) {
    out.emplace_back();
    if (!at.open('{')) {
      at.skip();
      continue;
    }
    while (at.key(key)) {
      if (key == "name") {
        at.text(out.back());
      } else {
        at.skip();
      }
    }
    at.hold(held_bytes(out.back()));
  }
}

// What the fields of each kind of marker are; before 55 they were called data.
void take_schema(JsonStream& at, std::unordered_set<std::string>& text_fields) {
  std::string key, type, field, format;
  std::vector<std::string> fields;
  while (at.key(key)) {
    if (key == "name") {
      at.text(type);
    } else if ((key == "fields" || key == "data") && at.open('[')) {
      while (at.element()) {
        if (!at.open('{')) {
          at.skip();
          continue;
        }
        field.clear();
        format.clear();
        while (at.key(key)) {
          if (key == "key") {
            at.text(field);
          } else if (key == "format" && at.peek() == '"') {
            at.text(format);
          } else {
            at.skip();
          }
        }
        if (format == "unique-string" || format.ends_with("flow-id")) {
          fields.push_back(field);
          at.hold(2 * held_bytes(field));  // as a field of its type, too
        }
      }
    } else {
      at.skip();
    }
  }
  if (!at.hold(fields.size() * type.size())) return;
  for (const std::string& each : fields) text_fields.insert(type + "/" + each);
}

}  // namespace

void Meta::take(JsonStream& at) {
  if (!at.open('{')) return at.skip();
  std::string key;
  while (at.key(key)) {
    if (key == "preprocessedProfileVersion") {
      at.whole(version);
    } else if (key == "interval") {
      at.real(interval_ms);
    } else if (key == "startTime") {
      at.real(start_ms);
    } else if (key == "product") {
      at.text(product);
    } else if (key == "categories" && at.open('[')) {
      take_categories(at, categories);
    } else if (key == "sampleUnits" && at.open('{')) {
      while (at.key(key)) {
        if (key == "threadCPUDelta") {
          at.text(cpu_unit);
        } else if (key == "time") {
          at.text(time_unit);
        } else {
          at.skip();
        }
      }
    } else if (key == "markerSchema" && at.open('[')) {
      while (at.element()) {
        if (at.open('{')) {
          take_schema(at, text_fields);
        } else {
          at.skip();
        }
      }
    } else {
      at.skip();
    }
  }
}

}  // namespace hone::exchange::firefox_import
