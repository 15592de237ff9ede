# A room is a folder under src/ with one job. Files are found by their names:
#   *_test.cc   one gtest program for the whole room, hone_<room>_test
#   *_fuzz.cc   one program each: a libFuzzer in the fuzz preset, else it replays its corpus
#   *_bench.cc  one Google Benchmark program each
#   other *.cc  the static library hone_<room>
# GUEST: code that runs inside other programs. BUSY: tests make it work hard, so that optimising it
# costs less than running it unoptimised.
add_library(hone_flags INTERFACE)
target_include_directories(hone_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
target_compile_options(hone_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers
  $<$<BOOL:${HONE_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarm of GCC 12 on std::string::insert and operator+ at -O2 (GCC bug 105329).
  target_compile_options(hone_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
# Not generator expressions: a list of sanitizers has commas, which $<BOOL:> takes for arguments.
if(HONE_SANITIZE)
  target_compile_definitions(hone_flags INTERFACE HONE_SANITIZED=1)
  target_compile_options(hone_flags INTERFACE -fsanitize=${HONE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(hone_flags INTERFACE -fsanitize=${HONE_SANITIZE})
  if(NOT HONE_SANITIZE STREQUAL "thread")
    target_compile_options(hone_flags INTERFACE -fno-sanitize-recover=all)
  endif()
endif()
if(EXISTS /usr/bin/ld.lld)
  target_link_options(hone_flags INTERFACE -fuse-ld=lld)
endif()

# What a fuzzer sees the inside of: rooms, not the tests.
add_library(hone_fuzzed_flags INTERFACE)
if(HONE_FUZZ)
  target_compile_options(hone_fuzzed_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Code that runs inside other people's processes: no exceptions, no RTTI, no libstdc++ at run time.
add_library(hone_guest_flags INTERFACE)
target_compile_options(hone_guest_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti;-fno-threadsafe-statics>)

# hone_unity(TARGET FILE...): compiles files of a target together, where the preset says so. A file
# with options of its own stays alone (CMake's UNITY_BUILD).
find_program(HONE_PYTHON python3)
option(HONE_UNITY "Compile several files of a room as one (for the checking builds)" OFF)
function(hone_unity target)
  if(NOT HONE_UNITY OR NOT HONE_PYTHON)
    return()
  endif()
  # A name that appears in a file may move it to another unit.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})
  execute_process(COMMAND ${HONE_PYTHON} -BES ${CMAKE_SOURCE_DIR}/tools/unity_groups ${ARGN}
    OUTPUT_VARIABLE groups OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE ";" "|" groups "${groups}")
  string(REPLACE "\n" ";" groups "${groups}")
  set(number 0)
  foreach(group ${groups})
    string(REPLACE "|" ";" files "${group}")
    set_source_files_properties(${files} PROPERTIES UNITY_GROUP ${number})
    math(EXPR number "${number} + 1")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

function(hone_room name)
  cmake_parse_arguments(R "GUEST;BUSY" "" "PUBLIC;PRIVATE;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE all CONFIGURE_DEPENDS *.cc)
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|bench|main)\\.cc$")
  foreach(pattern ${R_EXCLUDE})
    list(FILTER sources EXCLUDE REGEX "${pattern}")
  endforeach()
  if(sources)
    add_library(hone_${name} STATIC ${sources})
    target_link_libraries(hone_${name} PUBLIC hone_flags ${R_PUBLIC}
      PRIVATE hone_fuzzed_flags ${R_PRIVATE})
    if(R_GUEST)
      target_link_libraries(hone_${name} PRIVATE hone_guest_flags)
    else()
      hone_unity(hone_${name} ${sources})
    endif()
    if(R_BUSY)
      target_compile_options(hone_${name} PRIVATE $<$<CONFIG:Debug>:-O1>)
    elseif(NOT R_GUEST)
      hone_precompile(hone_${name} room)
    endif()
  else()
    add_library(hone_${name} INTERFACE)
    target_link_libraries(hone_${name} INTERFACE hone_flags ${R_PUBLIC})
  endif()
  hone_programs(${name} LIBRARIES hone_${name} ${R_PRIVATE})
  if(R_BUSY AND TEST ${name})
    set_tests_properties(${name} PROPERTIES COST 20)  # the long ones first
  endif()
endfunction()

# The tests, fuzzers and benchmarks that stand in the current folder.
function(hone_programs name)
  cmake_parse_arguments(P "" "" "LIBRARIES" ${ARGN})
  file(GLOB_RECURSE all CONFIGURE_DEPENDS *.cc)
  if(HONE_TESTS)
    set(tests ${all})
    list(FILTER tests INCLUDE REGEX "_test\\.cc$")
    if(tests)
      add_executable(hone_${name}_test ${tests})
      target_link_libraries(hone_${name}_test PRIVATE ${P_LIBRARIES} GTest::gtest GTest::gmock GTest::gtest_main)
      target_compile_definitions(hone_${name}_test PRIVATE
        HONE_TEST_DATA="${CMAKE_SOURCE_DIR}/tests" HONE_BUILD_DIR="${CMAKE_BINARY_DIR}")
      hone_precompile(hone_${name}_test test)
      hone_unity(hone_${name}_test ${tests})
      add_test(NAME ${name} COMMAND hone_${name}_test)
      set_tests_properties(${name} PROPERTIES LABELS "fast;unit" TIMEOUT 300)
    endif()
    set(fuzzers ${all})
    list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
    foreach(file ${fuzzers})
      get_filename_component(fuzz ${file} NAME_WE)
      add_executable(${fuzz} ${file})
      target_link_libraries(${fuzz} PRIVATE hone_fuzzed_flags ${P_LIBRARIES})
      if(HONE_FUZZ)
        target_link_options(${fuzz} PRIVATE -fsanitize=fuzzer)
      else()
        target_sources(${fuzz} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
        add_test(NAME ${fuzz} COMMAND ${fuzz} ${CMAKE_SOURCE_DIR}/tests/fuzz/${fuzz})
        set_tests_properties(${fuzz} PROPERTIES LABELS "fast;fuzz" TIMEOUT 120)
      endif()
    endforeach()
  endif()
  if(HONE_BENCH)
    set(benches ${all})
    list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
    foreach(file ${benches})
      get_filename_component(bench ${file} NAME_WE)
      add_executable(${bench} ${file})
      target_link_libraries(${bench} PRIVATE ${P_LIBRARIES} benchmark::benchmark benchmark::benchmark_main)
      if(HONE_TESTS)
        # Run small, so that a benchmark never rots.
        add_test(NAME ${bench} COMMAND ${bench} --benchmark_min_time=0.001)
        set_tests_properties(${bench} PROPERTIES LABELS "fast;bench" TIMEOUT 120)
      endif()
    endforeach()
  endif()
endfunction()
