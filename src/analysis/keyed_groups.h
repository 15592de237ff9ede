// Groups of source-level rows that hold across recordings: what is of one key is one group.
//
//   KeyedGroups groups = keyed_groups(profile, selection, GroupBy::kFunction);
//   const std::vector<GroupSums> sums = sum_groups(profile, weights, groups.grouping);
//   groups.keys[i]     // of sums[i]
//
// A function's key is profile::Function::key: its name and its module's file name, so that the same
// function of two builds is one, and static functions of one name in one module are one too.
// Modules go by file name, lines by file and number, all else by name.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analysis/grouping.h"
#include "profile/profile.h"

namespace hone::analysis {

// Whose code it is. kSystem: of a library in the system's folders, which nobody changes.
enum class CodeKind : uint8_t { kUser, kSystem, kKernel };
std::string_view code_kind_name(CodeKind kind);  // "user", "system", "kernel"
CodeKind code_kind(const profile::Profile& profile, ModuleId module);

// Of anything but functions: `kind` tells those of one name apart ("span", "line", ...). Never 0.
uint64_t key_of_name(std::string_view kind, std::string_view name);

struct KeyedGroups {
  Grouping grouping;
  std::vector<uint64_t> keys;    // of each group; [0] is that of "none"
  std::vector<CodeKind> kinds;   // kUser where several are in a group
  std::vector<uint8_t> inlined;  // 1: some row of it is an inlined call
};

// For kFunction, kLine, kModule, kSubsystem.
KeyedGroups keyed_groups(const profile::Profile& profile, const Selection& selection, GroupBy by);

}  // namespace hone::analysis
