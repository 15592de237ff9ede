// Demangling beyond what resolve.h shows.
#pragma once

#include <string>

namespace hone::symbols {

// `ns::function` of what demangle() gives as `ns::function(int)`.
std::string demangle_without_parameters(const char* mangled);

}  // namespace hone::symbols
