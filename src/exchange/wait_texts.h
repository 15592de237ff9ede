// What is said of a wait, in words.
#pragma once

#include <string>
#include <unordered_map>

#include "exchange/call_nodes.h"
#include "profile/profile.h"

namespace hone::exchange {

class WaitTexts {
 public:
  // `profile` must outlive it.
  explicit WaitTexts(const profile::Profile& profile) : profile_(profile), nodes_(profile) {}
  // "waiting: futex_wait": by what it waits for as far as that is known: the kernel's function,
  // else the innermost function of the program.
  std::string name_of(const profile::Wait& wait);
  // "main;step;read": the outermost function first; empty: not known. Made once for each stack.
  const std::string& stack(StackId stack);

 private:
  FunctionId user_function(StackId stack);

  const profile::Profile& profile_;
  CallNodes nodes_;
  std::unordered_map<uint32_t, std::string> stacks_;
};

}  // namespace hone::exchange
