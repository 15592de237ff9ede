#include "elf/dwarf/unit.h"

#include <cstring>

#include "elf/dwarf/forms.h"

namespace hone::elf::dwarf {
namespace {

uint64_t read_offset(base::ByteReader& in, uint8_t bytes) {
  return bytes == 8 ? in.u64() : in.u32();
}

uint64_t read_unsigned(base::ByteReader& in, int bytes) {
  switch (bytes) {
    case 1:
      return in.u8();
    case 2:
      return in.u16();
    case 3: {
      const uint64_t low = in.u16();
      return low | uint64_t{in.u8()} << 16;
    }
    case 4:
      return in.u32();
    default:
      return in.u64();
  }
}

std::string_view string_at(Bytes strings, uint64_t at) {
  if (at >= strings.size()) return {};
  const auto* begin = reinterpret_cast<const char*>(strings.data()) + at;
  const void* zero = std::memchr(begin, 0, strings.size() - at);
  if (!zero) return {};
  return {begin, static_cast<size_t>(static_cast<const char*>(zero) - begin)};
}

}  // namespace

base::ByteReader Unit::reader_at(uint64_t offset) const {
  if (offset < header_.first_die || offset >= header_.end) return {};
  return {file_->sections().info.data() + offset, header_.end - offset};
}

bool Unit::load(bool whole) {
  base::ByteReader in = reader_at(header_.first_die);
  const uint64_t code = in.uleb();
  if (!in.ok() || code == 0) return false;
  if (!abbreviations_.read(file_->sections().abbrev, header_, *budget_, whole ? 0 : code)) {
    return false;
  }
  // With one entry read the table is not dense unless its code is 1; find() serves both.
  const Abbreviation* abbreviation = abbreviations_.find(code);
  if (!abbreviation) return false;
  for (const AttributeSpec& spec : abbreviations_.specs(*abbreviation)) {
    Value value;
    if (!read_value(in, spec.form, spec.implicit, &value)) return false;
    read_root_value(spec.name, value);
  }
  root_.offset = header_.first_die;
  root_.tag = abbreviation->tag;
  root_.has_children = abbreviation->has_children;
  return true;
}

void Unit::read_root_value(uint16_t name, const Value& value) {
  switch (name) {
    case kAtName:
      root_.name = value;
      break;
    case kAtLowPc:
      root_.low_pc = value;
      break;
    case kAtHighPc:
      root_.high_pc = value;
      break;
    case kAtRanges:
      root_.ranges = value;
      break;
    case kAtCompDir:
      comp_dir_ = value;
      break;
    case kAtProducer:
      producer_ = value;
      break;
    case kAtStmtList:
      stmt_list_ = value;
      break;
    case kAtLanguage:
      language_ = static_cast<uint16_t>(value.number);
      break;
    case kAtDwoName:
    case kAtGnuDwoName:
      dwo_name_ = value;
      break;
    case kAtGnuDwoId:
      gnu_dwo_id_ = value.number;
      break;
    case kAtStrOffsetsBase:
      str_offsets_base_ = value.number;
      break;
    case kAtAddrBase:
    case kAtGnuAddrBase:
      addr_base_ = value.number;
      break;
    case kAtRnglistsBase:
      rnglists_base_ = value.number;
      break;
    case kAtGnuRangesBase:
      gnu_ranges_base_ = value.number;
      break;
    default:
      break;
  }
}

bool Unit::read_die(base::ByteReader& in, const Abbreviation& abbreviation, Die* out) const {
  out->tag = abbreviation.tag;
  out->has_children = abbreviation.has_children;
  for (const AttributeSpec& spec : abbreviations_.specs(abbreviation)) {
    Value value;
    switch (spec.name) {
      case kAtSibling:
      case kAtName:
      case kAtLinkageName:
      case kAtMipsLinkageName:
      case kAtLowPc:
      case kAtHighPc:
      case kAtRanges:
      case kAtAbstractOrigin:
      case kAtSpecification:
      case kAtDeclFile:
      case kAtDeclLine:
      case kAtCallFile:
      case kAtCallLine:
        if (!read_value(in, spec.form, spec.implicit, &value)) return false;
        break;
      default:
        if (!skip_value(in, spec.form)) return false;
        continue;
    }
    switch (spec.name) {
      case kAtSibling:
        out->sibling = value;
        break;
      case kAtName:
        out->name = value;
        break;
      case kAtLowPc:
        out->low_pc = value;
        break;
      case kAtHighPc:
        out->high_pc = value;
        break;
      case kAtRanges:
        out->ranges = value;
        break;
      case kAtAbstractOrigin:
        out->origin = value;
        break;
      case kAtSpecification:
        out->specification = value;
        break;
      case kAtDeclFile:
        out->decl_file = value.number;
        break;
      case kAtDeclLine:
        out->decl_line = value.number;
        break;
      case kAtCallFile:
        out->call_file = value.number;
        break;
      case kAtCallLine:
        out->call_line = value.number;
        break;
      default:
        out->linkage_name = value;
        break;
    }
  }
  return in.ok();
}

bool Unit::skip_die(base::ByteReader& in, const Abbreviation& abbreviation) const {
  if (abbreviation.fixed_bytes >= 0) {
    in.skip(static_cast<size_t>(abbreviation.fixed_bytes));
    return in.ok();
  }
  for (const AttributeSpec& spec : abbreviations_.specs(abbreviation)) {
    if (!skip_value(in, spec.form)) return false;
  }
  return true;
}

std::optional<Die> Unit::die_at(uint64_t offset) const {
  base::ByteReader in = reader_at(offset);
  const uint64_t code = in.uleb();
  const Abbreviation* abbreviation = in.ok() && code ? abbreviations_.find(code) : nullptr;
  Die die;
  die.offset = offset;
  if (!abbreviation || !read_die(in, *abbreviation, &die)) return std::nullopt;
  return die;
}

std::optional<uint64_t> Unit::sibling_of(base::ByteReader& in,
                                         const Abbreviation& abbreviation) const {
  for (const AttributeSpec& spec : abbreviations_.specs(abbreviation)) {
    if (spec.name != kAtSibling) {
      if (!skip_value(in, spec.form)) return std::nullopt;
      continue;
    }
    Value value;
    if (!read_value(in, spec.form, spec.implicit, &value)) return std::nullopt;
    const auto to = reference(value);
    if (!to || to->alternate) return std::nullopt;
    return to->offset;
  }
  return std::nullopt;
}

bool Unit::skip_value(base::ByteReader& in, uint16_t form) const {
  switch (form) {
    case kFormBlock1:
      in.skip(in.u8());
      return in.ok();
    case kFormBlock2:
      in.skip(in.u16());
      return in.ok();
    case kFormBlock4:
      in.skip(in.u32());
      return in.ok();
    case kFormBlock:
    case kFormExprloc:
      in.skip(in.uleb());
      return in.ok();
    case kFormData16:
      in.skip(16);
      return in.ok();
    default: {
      Value value;
      return read_value(in, form, 0, &value);
    }
  }
}

bool Unit::read_value(base::ByteReader& in, uint16_t form, int64_t implicit, Value* out) const {
  if (form == kFormIndirect) {
    form = static_cast<uint16_t>(in.uleb());
    // The form behind an indirect one has no place for a constant, and must not be indirect again.
    if (form == kFormIndirect || form == kFormImplicitConst) return false;
  }
  out->form = form;
  switch (form) {
    case kFormImplicitConst:
      out->number = static_cast<uint64_t>(implicit);
      return true;
    case kFormFlagPresent:
      out->number = 1;
      return true;
    case kFormSdata:
      out->number = static_cast<uint64_t>(in.sleb());
      break;
    case kFormUdata:
    case kFormRefUdata:
    case kFormStrx:
    case kFormAddrx:
    case kFormLoclistx:
    case kFormRnglistx:
    case kFormGnuAddrIndex:
    case kFormGnuStrIndex:
      out->number = in.uleb();
      break;
    case kFormString:
      if (const char* text = in.c_string()) out->text = text;
      break;
    case kFormBlock1:
    case kFormBlock2:
    case kFormBlock4:
    case kFormBlock:
    case kFormExprloc:
    case kFormData16:
      return skip_value(in, form);
    default: {
      const int bytes = fixed_form_bytes(form, header_);
      if (bytes < 0) return false;  // a form that nobody knows
      out->number = read_unsigned(in, bytes);
    }
  }
  return in.ok();
}

std::string_view Unit::string(const Value& value) const {
  switch (value.form) {
    case kFormString:
      return value.text;
    case kFormStrp:
      return string_at(file_->sections().str, value.number);
    case kFormLineStrp:
      return string_at(file_->sections().line_str, value.number);
    case kFormStrpSup:
    case kFormGnuStrpAlt:
      return alternate_ ? string_at(alternate_->sections().str, value.number) : std::string_view{};
    case kFormStrx:
    case kFormStrx1:
    case kFormStrx2:
    case kFormStrx3:
    case kFormStrx4:
    case kFormGnuStrIndex:
      return indexed_string(value.number);
    default:
      return {};
  }
}

std::string_view Unit::indexed_string(uint64_t index) const {
  const Bytes offsets = file_->sections().str_offsets;
  // In a split unit the base is not written: its part starts with a header since DWARF 5.
  uint64_t base = str_offsets_base_.value_or(header_.version >= 5 ? header_.offset_bytes * 2 : 0);
  base += header_.str_offsets_part;
  const uint64_t width = header_.offset_bytes;
  if (base > offsets.size() || index >= (offsets.size() - base) / width) return {};
  base::ByteReader in(offsets.data() + base + index * width, width);
  return string_at(file_->sections().str, read_offset(in, header_.offset_bytes));
}

std::optional<uint64_t> Unit::address(const Value& value) const {
  switch (value.form) {
    case kFormAddr:
      return value.number;
    case kFormAddrx:
    case kFormAddrx1:
    case kFormAddrx2:
    case kFormAddrx3:
    case kFormAddrx4:
    case kFormGnuAddrIndex:
      return indexed_address(value.number);
    default:
      return std::nullopt;
  }
}

std::optional<uint64_t> Unit::indexed_address(uint64_t index) const {
  const Unit& owner = skeleton_ ? *skeleton_ : *this;
  const Bytes addresses = owner.file_->sections().addr;
  const uint64_t base = owner.addr_base_.value_or(header_.version >= 5 ? 8 : 0);
  const uint64_t width = header_.address_bytes;
  if (base > addresses.size() || index >= (addresses.size() - base) / width) return std::nullopt;
  base::ByteReader in(addresses.data() + base + index * width, width);
  return read_offset(in, header_.address_bytes);
}

std::optional<Unit::Reference> Unit::reference(const Value& value) const {
  switch (value.form) {
    case kFormRef1:
    case kFormRef2:
    case kFormRef4:
    case kFormRef8:
    case kFormRefUdata: {
      uint64_t at = 0;
      if (__builtin_add_overflow(header_.offset, value.number, &at)) return std::nullopt;
      return Reference{at, false};
    }
    case kFormRefAddr:
      return Reference{value.number, false};
    case kFormGnuRefAlt:
    case kFormRefSup4:
    case kFormRefSup8:
      return Reference{value.number, true};
    default:
      return std::nullopt;  // type signatures: no function is named by one
  }
}

std::optional<uint64_t> Unit::base_address() const {
  const Unit& owner = skeleton_ ? *skeleton_ : *this;
  return owner.address(owner.root_.low_pc);
}

void Unit::for_each_range(const Die& die, base::FunctionRef<void(uint64_t, uint64_t)> range) const {
  if (die.ranges) {
    uint64_t offset = die.ranges.number;
    if (header_.version < 5) {
      // In a split unit of DWARF 4 the list is in the skeleton's file, behind its base.
      if (skeleton_) offset += skeleton_->gnu_ranges_base_;
      return list_ranges(offset, range);
    }
    const uint64_t base =
        header_.rnglists_part + rnglists_base_.value_or(header_.offset_bytes == 8 ? 20 : 12);
    if (die.ranges.form == kFormRnglistx) {
      const Bytes lists = file_->sections().rnglists;
      const uint64_t width = header_.offset_bytes;
      if (base > lists.size() || offset >= (lists.size() - base) / width) return;
      base::ByteReader in(lists.data() + base + offset * width, width);
      offset = base + read_offset(in, header_.offset_bytes);
    } else {
      offset += header_.rnglists_part;
    }
    return list_rnglists(offset, range);
  }
  const auto low = address(die.low_pc);
  if (!low || !die.high_pc) return;
  const auto absolute = address(die.high_pc);
  const uint64_t high = absolute ? *absolute : *low + die.high_pc.number;
  if (high > *low) range(*low, high);
}

void Unit::list_ranges(uint64_t offset, base::FunctionRef<void(uint64_t, uint64_t)> range) const {
  const File& owner = skeleton_ ? *skeleton_->file_ : *file_;
  const Bytes section = owner.sections().ranges;
  if (offset >= section.size()) return;
  base::ByteReader in(section.data() + offset, section.size() - offset);
  const uint64_t base_marker = header_.address_bytes == 8 ? ~uint64_t{0} : 0xffffffff;
  uint64_t base = base_address().value_or(0);
  while (budget_->take()) {
    const uint64_t low = read_offset(in, header_.address_bytes);
    const uint64_t high = read_offset(in, header_.address_bytes);
    if (!in.ok() || (low == 0 && high == 0)) return;
    if (low == base_marker) {
      base = high;
    } else if (high > low) {
      range(base + low, base + high);
    }
  }
}

void Unit::list_rnglists(uint64_t offset, base::FunctionRef<void(uint64_t, uint64_t)> range) const {
  const Bytes section = file_->sections().rnglists;
  if (offset >= section.size()) return;
  base::ByteReader in(section.data() + offset, section.size() - offset);
  uint64_t base = base_address().value_or(0);
  while (budget_->take()) {
    const uint8_t kind = in.u8();
    if (!in.ok() || kind == kRangeEnd) return;
    std::optional<uint64_t> low, high;
    switch (kind) {
      case kRangeBaseAddressx:
        base = indexed_address(in.uleb()).value_or(0);
        continue;
      case kRangeBaseAddress:
        base = read_offset(in, header_.address_bytes);
        continue;
      case kRangeStartxEndx:
        low = indexed_address(in.uleb());
        high = indexed_address(in.uleb());
        break;
      case kRangeStartxLength:
        low = indexed_address(in.uleb());
        high = low.value_or(0) + in.uleb();
        break;
      case kRangeOffsetPair:
        low = base + in.uleb();
        high = base + in.uleb();
        break;
      case kRangeStartEnd:
        low = read_offset(in, header_.address_bytes);
        high = read_offset(in, header_.address_bytes);
        break;
      case kRangeStartLength:
        low = read_offset(in, header_.address_bytes);
        high = *low + in.uleb();
        break;
      default:
        return;
    }
    if (in.ok() && low && high && *high > *low) range(*low, *high);
  }
}

}  // namespace hone::elf::dwarf
