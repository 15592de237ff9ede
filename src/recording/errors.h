// The errors of recordings that people meet, in their full form.
#pragma once

#include <cstdint>
#include <string>

#include "base/host/result.h"

namespace hone::recording {

// `name` is the path, or what else the person knows the file by.
Error not_a_recording(const std::string& name);  // E010
Error newer_version(const std::string& name, const std::string& writer,
                    unsigned major);                                                   // E011
Error damaged(const std::string& name, std::string what, uint64_t offset);             // E013
Error cut_short(const std::string& name, uint64_t offset, uint64_t bytes_unreadable);  // E013
Error busy(const std::string& name);                                                   // E014
Error would_overwrite(const std::string& name);                                        // E015

}  // namespace hone::recording
