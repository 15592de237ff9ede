# The stages of `./dev test`. Sourced by ./dev.
#
# Everything is counted into passed, failed and skipped: a ctest is one, a fuzzer's smoke run is
# one, a stage that cannot run is one failure. The last line says the sums. A test program that
# skips some of its cases counts as passed, and each such case as skipped, with its reason shown.

passed=0 failed=0 skipped=0
stage_times=""

# stage NAME COMMAND...: runs it, says its time, counts a failure that COMMAND did not count itself.
stage() {
  local name=$1 started=$SECONDS failed_before=$failed status=0
  shift
  say "== $name"
  "$@" || status=$?
  if [ "$status" != 0 ] && [ "$failed" = "$failed_before" ]; then failed=$((failed + 1)); fi
  local verdict=ok
  if [ "$status" != 0 ]; then verdict=FAILED; fi
  stage_times+=$(printf '%6d s  %-24s %s' $((SECONDS - started)) "$name" "$verdict")$'\n'
  say "== $name: $verdict, $((SECONDS - started)) s"
  return "$status"
}

# run_ctests PRESET NAME [ctest arguments...]
run_ctests() {
  local preset=$1 results=$PWD/build/$1/results-$2.xml status=0
  shift 2
  rm -f "$results"
  ${test_wrapper:-} ctest --test-dir "build/$preset" --output-on-failure -j "$jobs" \
    --no-tests=error --test-output-size-passed 1000000 --test-output-size-failed 1000000 \
    --output-junit "$results" "$@" >&2 || status=$?
  if [ -e "$results" ]; then
    count_results "$results"
  elif [ "$status" = 0 ]; then
    status=1
  fi
  return "$status"
}

# count_results JUNIT_FILE: "notrun" is a skip only where the test itself asked for it; a program
# that is not there is a failure. Output inside the file is escaped, so no test can forge a line.
count_results() {
  local line
  while read -r line; do
    case $line in
      pass) passed=$((passed + 1)) ;;
      fail) failed=$((failed + 1)) ;;
      skip*) skipped=$((skipped + 1)); say "   skipped: ${line#skip }" ;;
    esac
  done < <(awk '
    /^\t<testcase / {
      match($0, /name="[^"]*"/); name = substr($0, RSTART + 6, RLENGTH - 7)
      match($0, / status="[^"]*"/); status = substr($0, RSTART + 9, RLENGTH - 10)
      if (status == "run") print "pass"
      else if (status == "disabled") print "skip " name " (disabled)"
      else if (status != "notrun") print "fail"
      next
    }
    /^\t\t<skipped message="SKIP_/ { print "skip " name; next }
    /^\t\t<skipped message=/ { print "fail"; next }
    /\[ RUN      \]/ { reason = ""; next }
    /\[  SKIPPED \].*ms\)$/ {
      sub(/.*\] /, ""); sub(/ \([0-9]+ ms\)/, "")
      print "skip " $0 ": " reason
    }
    /(^|>)test_[^ ]* .*\.\.\. skipped / {  # what a unittest of Python says of one of its cases
      name = $1; sub(/.*>/, "", name)
      match($0, / \.\.\. skipped /)
      print "skip " name ": " substr($0, RSTART + RLENGTH)
      next
    }
    { reason = $0 }' "$1")
}

unit_test_programs() {
  ninja -C "build/$1" -t targets all | sed -n 's/^\(bin\/hone_[a-z0-9_]*_test\): .*/\1/p'
}

# The rooms whose own code has threads or atomics, by their CMake names: found, so that a room
# that grows a thread is tested for races without anybody thinking of it.
rooms_with_threads() {
  grep -lrE --include='*.cc' --include='*.h' --exclude='*_test.cc' \
    '#include <(thread|mutex|shared_mutex|atomic|condition_variable|future)>' src |
    while read -r file; do
      folder=$(dirname "$file")
      while [ ! -e "$folder/CMakeLists.txt" ] && [ "$folder" != . ]; do
        folder=$(dirname "$folder")
      done
      sed -n 's/^hone_room(\([a-z0-9_]*\).*/\1/p' "$folder/CMakeLists.txt" 2>/dev/null
    done | sort -u
}

asan_tests() {
  export ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-14/bin/llvm-symbolizer
  export UBSAN_OPTIONS=print_stacktrace=1
  run_ctests asan unit -L '^unit$'
}

tsan_tests() {
  # TSan's shadow does not fit the widest address randomisation; such kernels need it off here.
  local test_wrapper=""
  if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)" -gt 28 ] &&
    setarch -R true 2>/dev/null; then
    test_wrapper="setarch -R"
  fi
  # Damage and comparisons of whole files are dealt with on one thread, and are asan's.
  GTEST_FILTER='-*Malformed*:*Oracle*:Cut.*:Flip.*:Hostile.*' TSAN_OPTIONS=second_deadlock_stack=1 \
    run_ctests tsan threads -R "^($1)\$"
}

run_tsan() {
  local rooms room targets=""
  rooms=$(rooms_with_threads)
  [ -n "$rooms" ] || { say "no room has threads: the search is wrong"; return 1; }
  configure tsan || return 1
  local programs names=""
  programs=$(unit_test_programs tsan)
  for room in $rooms; do
    case $'\n'$programs$'\n' in
      *$'\n'bin/hone_${room}_test$'\n'*) targets+=" bin/hone_${room}_test" names+="|$room" ;;
      *) say "   room '$room' has threads and no unit tests" ;;
    esac
  done
  [ -n "$targets" ] || { say "no room with threads has unit tests"; return 1; }
  build_targets tsan $targets && tsan_tests "${names#|}"
}

run_fast_tests() {
  stage "fast tests" run_ctests release fast -L '^fast$' || true
  closing_line
}

# The last line of output, alone on its line; no test at all is a failure.
closing_line() {
  if [ -n "$stage_times" ]; then say "" "stages:"; printf '%s' "$stage_times" >&2; fi
  if [ $((passed + failed)) = 0 ]; then failed=1; fi
  local line="$passed passed, $failed failed"
  if [ "$skipped" != 0 ]; then line+=", $skipped skipped"; fi
  printf '%s\n' "$line"
  [ "$failed" = 0 ]
}

# In a shell of its own, so that its end is a failed stage and not the end of everything.
test_packages() (need_packages build test)

verb_test() {
  local fast=
  case ${1:-} in
    '') ;;
    --fast) fast=1 ;;
    *) die "test takes --fast, not '$1'" ;;
  esac
  # Where packages or the product are missing there is nothing to test; a failure is counted.
  if ! stage "packages" test_packages || ! stage "build release" build_targets release; then
    closing_line
    return
  fi
  if [ -n "$fast" ]; then run_fast_tests; return; fi
  stage "tests" run_ctests release all || true
  if stage "build asan" build_asan; then
    stage "unit tests, asan+ubsan" asan_tests || true
    stage "fuzz smoke" fuzz_smoke asan || true
  fi
  stage "tsan, rooms with threads" run_tsan || true
  closing_line
}

build_asan() {
  configure asan || return 1
  build_targets asan $(unit_test_programs asan) $(fuzzer_programs asan)
}
