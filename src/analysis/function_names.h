// Demangled names of C++ and Rust functions, taken apart as text.
#pragma once

#include <string>
#include <string_view>

namespace hone::analysis {

// "memory::search(float const*) const" -> "memory::search"; names without parameters as they are.
std::string_view without_parameters(std::string_view name);

// What stands in the outermost brackets is replaced: hollow("f<a<b>>(int)", '<', '>', "…") is
// "f<…>(int)". Brackets in the names of operators stay; so do names whose brackets do not match.
std::string hollow(std::string_view name, char open, char close, std::string_view fill);

// For a sentence: without parameters, and without template arguments where it is long.
std::string short_name(std::string_view name);
// For a command that takes a function: as short_name, as a pattern that the name matches.
std::string name_pattern(std::string_view name);

// Glob over the whole text: * any run, ? any one byte.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace hone::analysis
