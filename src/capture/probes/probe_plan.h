// Which functions --probe means, and where in their files the probes go.
//
//   HONE_TRY_ASSIGN(ProbePlan plan, plan_probes({"libc:malloc", "parse*"}, target, 200));
//   for (const ProbePoint& point : plan.points) ... plan.files[point.file], point.offset ...
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"
#include "base/types.h"
#include "capture/probes/call_stacks.h"
#include "capture/probes/function_exits.h"
#include "capture/probes/probe_modules.h"

namespace hone::capture {

struct ProbedFunction {
  std::string name;  // demangled
  uint32_t file = 0;
  bool begins_with_push = false;
  std::string not_timed;         // why it is counted alone; empty: it is timed
  std::vector<CodeRange> parts;  // the body first
};

struct ProbePoint {
  uint32_t function = 0;
  uint32_t file = 0;
  FileOffset offset{};
  CallEvent::What what{};
  uint8_t condition = kAlways;
  Svma at{};
  // What the probe has to tell of besides, as its argument: where the jump leads. Empty: nothing.
  std::string target;
};

struct ProbePlan {
  struct File {
    base::UniqueFd fd;  // held: the file that was looked into is the one that is probed
    std::string name;   // "libc.so.6"
  };
  std::vector<File> files;
  std::vector<ProbedFunction> functions;
  std::vector<ProbePoint> points;
  std::vector<std::string> notices;  // what was asked for and is not probed
};

// Errors: those of parse_probe and find_probe_modules; NotFound (E063) when a pattern fits no
// function, with the nearest names; LimitExceeded (E064) when more than `functions_max` fit;
// Unsupported (E061) on other processors than x86-64.
Result<ProbePlan> plan_probes(const std::vector<std::string>& patterns, const ProbeTarget& target,
                              size_t functions_max);

}  // namespace hone::capture
