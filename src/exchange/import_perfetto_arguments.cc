// Debug annotations as arguments: those inside others go by "outer.inner" and "list[2]".
#include <fmt/format.h>

#include <bit>

#include "exchange/import_perfetto_events.h"
#include "exchange/perfetto_fields.h"
#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {
namespace {

constexpr int kDeepMost = 8;       // of dictionaries and lists in arguments
constexpr size_t kKeyMost = 1024;  // of all names together
// Each element of a list has a name of its own: all of an event together. A list of a thousand
// numbers is within that.
constexpr size_t kElementKeysMost = size_t{16} << 10;

namespace annotation = perfetto_fields::annotation;

}  // namespace

void Events::take_arguments(Sequence& sequence, const Event& event, const Where& at) {
  using perfetto_fields::event_field::kArgument;
  element_keys_ = 0;
  ProtoReader field(event.message);
  while (field.next()) {
    if (field.field() == kArgument) take_argument(sequence, field.bytes(), 0, at, 0);
  }
}

// key_ holds the names around it, of `prefix` bytes.
void Events::take_argument(Sequence& sequence, std::string_view message, size_t prefix,
                           const Where& at, int depth) {
  std::string_view name;
  ProtoReader field(message);
  while (field.next()) {
    if (field.field() == annotation::kName) name = field.bytes();
    if (field.field() == annotation::kNameNumber) {
      if (const Text* const known = sequence.argument_names.find(field.number())) {
        name = known->text;
      }
    }
  }
  key_.resize(prefix);
  if (prefix > 0) key_ += '.';
  key_ += name.empty() ? std::string_view("value") : name.substr(0, kKeyMost);
  take_value(sequence, message, at, depth);
}

bool Events::begin_element(size_t index) {
  key_ += fmt::format("[{}]", index);
  element_keys_ += key_.size();
  elements_ += element_keys_ > kElementKeysMost;
  return element_keys_ <= kElementKeysMost;
}

void Events::take_entries(Sequence& sequence, std::string_view message, uint32_t wanted,
                          const Where& at, int depth) {
  if (depth >= kDeepMost || key_.size() > kKeyMost) {
    ++deep_;
    return;
  }
  const size_t prefix = key_.size();
  size_t index = 0;
  ProtoReader field(message);
  while (field.next()) {
    if (field.field() != wanted) continue;
    if (wanted == annotation::kEntry) {
      take_argument(sequence, field.bytes(), prefix, at, depth + 1);
    } else {
      key_.resize(prefix);
      if (begin_element(index++)) take_value(sequence, field.bytes(), at, depth + 1);
    }
  }
  key_.resize(prefix);
}

// Its name is in key_.
void Events::take_value(Sequence& sequence, std::string_view message, const Where& at, int depth) {
  bool has_entries = false, has_elements = false;
  ProtoReader field(message);
  while (field.next()) {
    switch (field.field()) {
      case annotation::kTruth:
        to_.truth(at.thread, at.time, at.site, key_, field.number() != 0);
        break;
      case annotation::kUnsigned:
        to_.number(at.thread, at.time, at.site, key_, field.number());
        break;
      case annotation::kSigned:
        to_.number(at.thread, at.time, at.site, key_, field.integer());
        break;
      case annotation::kReal:
        to_.number(at.thread, at.time, at.site, key_, field.real());
        break;
      case annotation::kPointer:
        to_.address(at.thread, at.time, at.site, key_, field.number());
        break;
      case annotation::kText:
      case annotation::kJson:
        to_.text(at.thread, at.time, at.site, key_, field.bytes());
        break;
      case annotation::kTextNumber: {
        // Long ones are often said again.
        Text* const known = sequence.argument_values.find(field.number());
        if (known != nullptr && known->id == StringId::kNone) {
          known->id = to_.builder().string(known->text);
        }
        to_.text(at.thread, at.time, at.site, key_, known == nullptr ? StringId::kNone : known->id);
        break;
      }
      case annotation::kNested:
        take_nested(field.bytes(), at, depth + 1);
        break;
      case annotation::kEntry:
        has_entries = true;
        break;
      case annotation::kElement:
        has_elements = true;
        break;
      case annotation::kMessage:
        ++typed_;
        break;
      default:
        break;
    }
  }
  if (has_entries) take_entries(sequence, message, annotation::kEntry, at, depth);
  if (has_elements) take_entries(sequence, message, annotation::kElement, at, depth);
}

// As older writers nest them: names apart from values.
void Events::take_nested(std::string_view message, const Where& at, int depth) {
  if (depth > kDeepMost || key_.size() > kKeyMost) {
    ++deep_;
    return;
  }
  enum : uint32_t {
    kKey = 2,
    kValue = 3,
    kElement = 4,
    kWhole = 5,
    kReal = 6,
    kTruth = 7,
    kText = 8
  };
  const size_t prefix = key_.size();
  size_t index = 0;
  ProtoReader names(message), field(message);
  while (field.next()) {
    switch (field.field()) {
      case kWhole:
        to_.number(at.thread, at.time, at.site, key_, field.integer());
        break;
      case kReal:
        to_.number(at.thread, at.time, at.site, key_, field.real());
        break;
      case kTruth:
        to_.truth(at.thread, at.time, at.site, key_, field.number() != 0);
        break;
      case kText:
        to_.text(at.thread, at.time, at.site, key_, field.bytes());
        break;
      case kValue:
        // The next name is of it.
        while (names.next() && names.field() != kKey) continue;
        key_ += '.';
        key_ += names.field() == kKey ? names.bytes().substr(0, kKeyMost) : std::string_view();
        take_nested(field.bytes(), at, depth + 1);
        key_.resize(prefix);
        break;
      case kElement:
        if (begin_element(index++)) take_nested(field.bytes(), at, depth + 1);
        key_.resize(prefix);
        break;
      default:
        break;
    }
  }
}

}  // namespace hone::exchange::perfetto_import
