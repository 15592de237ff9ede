// What profile.proto says of code: mappings, locations with their lines, functions.
#include <algorithm>
#include <array>

#include "exchange/pprof_parts.h"
#include "exchange/stack_depth.h"

namespace hone::exchange::pprof {
namespace {

// A line's number; a recording has no place for what is less than 1 or does not fit.
uint32_t line_number(int64_t number) {
  return number > 0 && number <= UINT32_MAX ? static_cast<uint32_t>(number) : 0;
}

// The fields 1, 2, ... of a message that has numbers alone.
template <size_t kFields>
std::array<uint64_t, kFields> numbers_of(ProtoReader message) {
  std::array<uint64_t, kFields> out{};
  while (message.next()) {
    if (message.field() >= 1 && message.field() <= kFields) {
      out[message.field() - 1] = message.number();
    }
  }
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A GNU build id, in hexadecimal; empty for what is none (Go writes one of its own).
std::string bytes_of_hex(std::string_view hex) {
  constexpr size_t kBytesMost = 64;
  if (hex.size() % 2 != 0 || hex.size() > 2 * kBytesMost) return {};
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) return {};
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

}  // namespace

void Texts::add(std::string_view text) {
  all_ += text;
  ends_.push_back(all_.size());
}

std::string_view Texts::at(uint64_t number) const {
  if (number >= ends_.size()) {
    wrong_ += number != 0 ? 1 : 0;
    return {};
  }
  const uint64_t begin = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(all_).substr(begin, ends_[number] - begin);
}

void Code::add_mapping(ProtoReader message) {
  const auto [id, start, limit, offset, file, build_id] = numbers_of<6>(message);
  const Mapping made{
      .start = start, .limit = limit, .offset = offset, .file = file, .build_id = build_id};
  if (!mapping_rows_.add(id, static_cast<uint32_t>(mappings_.size()))) ++repeated_;
  mappings_.push_back(made);
}

void Code::add_location(ProtoReader message) {
  Location made;
  made.first_line = static_cast<uint32_t>(lines_.size());
  uint64_t id = 0;
  while (message.next()) {
    switch (message.field()) {
      case 1:
        id = message.number();
        break;
      case 2:
        made.mapping = message.number();
        break;
      case 3:
        made.address = message.number();
        break;
      case 4: {
        Line line;
        for (ProtoReader inner(message.bytes()); inner.next();) {
          if (inner.field() == 1) line.function = inner.number();
          if (inner.field() == 2) line.line = line_number(inner.integer());
        }
        // Nothing is inlined so deep.
        if (lines_.size() - made.first_line < kStackDepthMost) {
          lines_.push_back(line);
        } else {
          ++lines_left_;
        }
        break;
      }
      default:
        break;
    }
  }
  made.line_count = static_cast<uint32_t>(lines_.size()) - made.first_line;
  if (!location_rows_.add(id, static_cast<uint32_t>(locations_.size()))) ++repeated_;
  locations_.push_back(made);
}

void Code::add_function(ProtoReader message) {
  const auto [id, name, system_name, file, line] = numbers_of<5>(message);
  const Function made{.name = name,
                      .system_name = system_name,
                      .file = file,
                      .line = line_number(static_cast<int64_t>(line))};
  if (!function_rows_.add(id, static_cast<uint32_t>(functions_.size()))) ++repeated_;
  functions_.push_back(made);
}

FrameId Code::new_frame(uint64_t location) {
  const auto row = static_cast<uint32_t>(used_.size());
  used_rows_.add(location, row);
  used_.push_back(location);
  return FrameId{row + 1};
}

ModuleId Code::module_of(Mapping& mapping, CodePlaces& places, const Texts& texts) {
  if (mapping.is_known) return mapping.module;
  mapping.is_known = true;
  const std::string_view file = texts.at(mapping.file);
  const std::string build_id = bytes_of_hex(texts.at(mapping.build_id));
  // As Hone calls it where it writes such a file.
  mapping.module = places.module(file == "[unknown]" ? "" : file, build_id);
  return mapping.module;
}

// As linked, where the file is here to say how it is; else as far from the file's beginning.
uint64_t Code::linked_address(const Location& location, const Texts& texts) {
  const uint32_t row = mapping_rows_.find(location.mapping);
  if (row == Rows::kNone) return location.address;
  const Mapping& mapping = mappings_[row];
  // Hone writes addresses as they are linked, and no range.
  if (mapping.start == 0 && mapping.limit == 0) return location.address;
  const std::string_view path = texts.at(mapping.file);
  if (path.starts_with("[kernel") || path.starts_with("[vdso")) return location.address;
  const uint64_t offset = location.address - mapping.start + mapping.offset;
  const std::string build_id = bytes_of_hex(texts.at(mapping.build_id));
  return files_.linked(path, build_id, offset).value_or(offset);
}

Result<void> Code::read_levels(const Location& location, ModuleId module, CodePlaces& places,
                               const Texts& texts, HeldBytes& held) {
  uint64_t before = places.held();
  levels_.clear();
  for (uint32_t i = 0; i < location.line_count; ++i) {
    const Line& line = lines_[location.first_line + i];
    const uint32_t at = function_rows_.find(line.function);
    if (at == Rows::kNone) {
      ++missing_;
      levels_.push_back({.function = places.function({.module = module, .name = "[unknown]"})});
      continue;
    }
    const Function& function = functions_[at];
    const std::string_view name = texts.at(function.name), system = texts.at(function.system_name);
    const std::string_view file = texts.at(function.file);
    levels_.push_back({.function = places.function({.module = module,
                                                    .name = !name.empty()     ? name
                                                            : !system.empty() ? system
                                                                              : "[unknown]",
                                                    .mangled = system,
                                                    .file = file,
                                                    .line = function.line}),
                       .file = file,
                       .line = line.line});
    // Many functions may be called by one long text.
    const uint64_t now = places.held();
    HONE_TRY(held.add(now - before));
    before = now;
  }
  return {};
}

Result<void> Code::write_frame(uint32_t row, CodePlaces& places, Intake& to, const Texts& texts,
                               HeldBytes& held) {
  const uint32_t found = location_rows_.find(used_[row]);
  if (found == Rows::kNone) {
    // Its number is no address.
    ++missing_;
    const ModuleId none = places.module("");
    const CodePlaces::Level unknown{.function =
                                        places.function({.module = none, .name = "[unknown]"})};
    to.builder().append(recording::FrameRow{.module = none, .address = 0});
    places.write_levels(FrameId{row + 1}, {&unknown, 1});
    return {};
  }
  const Location& location = locations_[found];
  const uint32_t mapped = mapping_rows_.find(location.mapping);
  if (mapped == Rows::kNone && location.mapping != 0) ++missing_;
  const bool has_names = location.line_count > 0;
  const ModuleId module = mapped != Rows::kNone ? module_of(mappings_[mapped], places, texts)
                          : has_names           ? places.module("")
                                                : ModuleId::kNone;
  HONE_TRY(read_levels(location, module, places, texts, held));
  unnamed_ += has_names ? 0 : 1;
  if (!has_names && mapped != Rows::kNone && texts.at(mappings_[mapped].build_id).empty()) {
    ++without_build_id_;
  }
  to.builder().append(
      recording::FrameRow{.module = module, .address = linked_address(location, texts)});
  places.write_levels(FrameId{row + 1}, levels_);
  return {};
}

Result<void> Code::write(Intake& to, const Texts& texts, HeldBytes& held) {
  CodePlaces& places = to.places();
  for (uint32_t row = 0; row < used_.size(); ++row) {
    HONE_TRY(write_frame(row, places, to, texts, held));
  }
  count_left(to);
  return {};
}

uint64_t Code::held() const {
  return mappings_.capacity() * sizeof(Mapping) + locations_.capacity() * sizeof(Location) +
         lines_.capacity() * sizeof(Line) + functions_.capacity() * sizeof(Function) +
         used_.capacity() * sizeof(uint64_t) + mapping_rows_.held() + location_rows_.held() +
         function_rows_.held() + used_rows_.held();
}

void Code::count_left(Intake& to) const {
  to.left("pprof.repeated_id", "entries with the number of an earlier one: that one counts",
          repeated_, recording::kDataLoss);
  to.left("pprof.missing_reference",
          "numbers of locations, mappings or functions that the file does not have", missing_,
          recording::kDataLoss);
  to.left("pprof.too_many_lines",
          "lines of places beyond 8192 of one, of calls inlined into it, are left out", lines_left_,
          recording::kDataLoss);
  const bool are_some_named = unnamed_ < used_.size();
  if (are_some_named) {
    to.left("pprof.unnamed",
            "places have no function in a file that names others: they stand as module and address",
            unnamed_);
    return;
  }
  to.left("import.no_file",
          "modules are not on this machine, or another build: their functions stay without names",
          files_.absent());
  to.left("import.no_build_id",
          "places are of modules without a build id: they are named by the files as they are now, "
          "which may be built anew since",
          without_build_id_);
}

}  // namespace hone::exchange::pprof
