# Running the fuzzers. Sourced by ./dev.

# fuzzer_programs PRESET
fuzzer_programs() {
  ninja -C "build/$1" -t targets all | sed -n 's/^\(bin\/[a-z0-9_]*_fuzz\): .*/\1/p'
}

# run_fuzzer PRESET NAME SECONDS LOG: seeds come from the repository, what is found stays in
# build/fuzz, so that a second run starts where the first ended.
run_fuzzer() {
  local preset=$1 name=$2 seconds=$3 log=$4 seeds=tests/fuzz/$2
  local found=build/fuzz/corpus/$name
  mkdir -p "$found" build/fuzz/crashes
  if [ ! -d "$seeds" ]; then seeds=; fi
  ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-14/bin/llvm-symbolizer \
    "build/$preset/bin/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="build/fuzz/crashes/$name-" "$found" $seeds >"$log" 2>&1 &&
    grep -qE '^Done [1-9][0-9]* runs' "$log"
}

# fuzz_smoke PRESET: 20 s for all fuzzers together, as many at a time as there are processors.
fuzz_smoke() {
  local preset=$1 names=() name seconds status=0 running=()
  for name in $(fuzzer_programs "$preset"); do names+=("${name#bin/}"); done
  if [ ${#names[@]} = 0 ]; then say "there is no fuzzer"; return 1; fi
  seconds=$((20 * jobs / ${#names[@]}))
  if [ "$seconds" -lt 2 ]; then seconds=2; fi
  if [ "$seconds" -gt 20 ]; then seconds=20; fi
  mkdir -p build/fuzz/log
  local next=0 slot
  while [ "$next" -lt ${#names[@]} ]; do
    running=()
    for ((slot = 0; slot < jobs && next < ${#names[@]}; ++slot, ++next)); do
      run_fuzzer "$preset" "${names[next]}" "$seconds" "build/fuzz/log/${names[next]}" &
      running+=("$!:${names[next]}")
    done
    for slot in "${running[@]}"; do
      name=${slot#*:}
      if wait "${slot%%:*}"; then
        passed=$((passed + 1))
        say "   $name: $(grep -E '^Done ' "build/fuzz/log/$name")"
      else
        failed=$((failed + 1)) status=1
        say "   $name: FAILED"
        tail -40 "build/fuzz/log/$name" >&2
      fi
    done
  done
  return "$status"
}

verb_fuzz() {
  local smoke= seconds=60 names=() name status=0
  while [ $# -gt 0 ]; do
    case $1 in
      --smoke) smoke=1 ;;
      --seconds) seconds=${2:?--seconds needs a number}; shift ;;
      -*) die "fuzz takes --smoke, --seconds S and names, not '$1'" ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  need_packages build test
  if [ -n "$smoke" ]; then
    configure asan
    build_targets asan $(fuzzer_programs asan)
    stage "fuzz smoke" fuzz_smoke asan || true
    closing_line
    return
  fi
  configure fuzz
  if [ ${#names[@]} = 0 ]; then
    for name in $(fuzzer_programs fuzz); do names+=("${name#bin/}"); done
  fi
  build_targets fuzz "${names[@]/#/bin/}"
  mkdir -p build/fuzz/log
  for name in "${names[@]}"; do
    say "$name, $seconds s"
    if run_fuzzer fuzz "$name" "$seconds" "build/fuzz/log/$name"; then
      grep -E '^Done ' "build/fuzz/log/$name"
    else
      tail -40 "build/fuzz/log/$name" >&2
      status=1
    fi
  done
  return "$status"
}
