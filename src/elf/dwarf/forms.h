// How many bytes the value of an attribute takes, by its form.
#pragma once

#include "elf/dwarf/constants.h"
#include "elf/dwarf/file.h"

namespace hone::elf::dwarf {

// Of a value of this form where they do not depend on its content; -1 where they do.
inline int fixed_form_bytes(uint16_t form, const UnitHeader& unit) {
  switch (form) {
    case kFormFlagPresent:
    case kFormImplicitConst:
      return 0;
    case kFormData1:
    case kFormRef1:
    case kFormFlag:
    case kFormStrx1:
    case kFormAddrx1:
      return 1;
    case kFormData2:
    case kFormRef2:
    case kFormStrx2:
    case kFormAddrx2:
      return 2;
    case kFormStrx3:
    case kFormAddrx3:
      return 3;
    case kFormData4:
    case kFormRef4:
    case kFormStrx4:
    case kFormAddrx4:
    case kFormRefSup4:
      return 4;
    case kFormData8:
    case kFormRef8:
    case kFormRefSig8:
    case kFormRefSup8:
      return 8;
    case kFormData16:
      return 16;
    case kFormAddr:
      return unit.address_bytes;
    case kFormRefAddr:
      return unit.version == 2 ? unit.address_bytes : unit.offset_bytes;
    case kFormStrp:
    case kFormLineStrp:
    case kFormStrpSup:
    case kFormSecOffset:
    case kFormGnuRefAlt:
    case kFormGnuStrpAlt:
      return unit.offset_bytes;
    default:
      return -1;
  }
}

}  // namespace hone::elf::dwarf
