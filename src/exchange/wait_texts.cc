#include "exchange/wait_texts.h"

#include <vector>

#include "exchange/text.h"

namespace hone::exchange {

std::string WaitTexts::name_of(const profile::Wait& wait) {
  if ((wait.flags & recording::kWaitRunnable) != 0) return "waiting for a CPU";
  std::string name = "waiting";
  if (wait.place != StringId::kNone) {
    name += ": " + std::string(profile_.string(wait.place));
  } else if (const FunctionId function = user_function(wait.stack); function != FunctionId::kNone) {
    name += ": " + std::string(profile_.string(profile_.functions()[raw(function)].name));
  }
  return name;
}

const std::string& WaitTexts::stack(StackId stack) {
  const auto [at, is_new] = stacks_.try_emplace(raw(stack));
  if (!is_new || stack == StackId::kNone) return at->second;
  std::vector<uint32_t> path;
  for (uint32_t node = nodes_.node_of(stack); node != CallNodes::kRoot;
       node = nodes_.parent(node)) {
    path.push_back(node);
  }
  std::string& text = at->second;
  for (; !path.empty(); path.pop_back()) {
    if (!text.empty()) text += ';';
    const FunctionId function = nodes_.function(path.back());
    append_folded(text, profile_.string(profile_.functions()[raw(function)].name));
  }
  return text;
}

FunctionId WaitTexts::user_function(StackId stack) {
  for (uint32_t node = nodes_.node_of(stack); node != CallNodes::kRoot;
       node = nodes_.parent(node)) {
    const FunctionId function = nodes_.function(node);
    if (!profile_.in_kernel(profile_.functions()[raw(function)].module)) return function;
  }
  return FunctionId::kNone;
}

}  // namespace hone::exchange
