# Headers that nearly every file includes, compiled once. The checking builds (asan, tsan, dev) take
# them everywhere; the release build takes <gtest/gtest.h> alone, so that a file of a room that
# misses an include is found there.
option(HONE_PRECOMPILE "Compile common headers once, also for the rooms" OFF)

file(WRITE ${CMAKE_BINARY_DIR}/precompiled/empty.cc.in "")
configure_file(${CMAKE_BINARY_DIR}/precompiled/empty.cc.in ${CMAKE_BINARY_DIR}/precompiled/empty.cc COPYONLY)
set(HONE_COMMON_HEADERS <algorithm> <cstring> <fmt/format.h> <memory> <optional> <span> <string>
    <string_view> <unordered_map> <vector>)

function(hone_precompile_flags target kind)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(${target} PRIVATE -Xclang -fno-pch-timestamp)  # ccache compares contents
  endif()
  # Optimising a test takes longer than running it.
  if(kind STREQUAL "test")
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# hone_precompile(TARGET room|test): the target must have no compile flags but hone_flags.
function(hone_precompile target kind)
  if(kind STREQUAL "room" AND NOT HONE_PRECOMPILE)
    return()
  endif()
  set(donor hone_precompiled_${kind})
  if(NOT TARGET ${donor})
    if(kind STREQUAL "room")
      add_library(${donor} STATIC ${CMAKE_BINARY_DIR}/precompiled/empty.cc)
      target_link_libraries(${donor} PRIVATE hone_flags hone_fuzzed_flags fmt::fmt)
      target_precompile_headers(${donor} PRIVATE ${HONE_COMMON_HEADERS})
    else()
      # An executable, as the tests are: position-independent code of the same kind.
      add_executable(${donor} EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled/empty.cc)
      target_link_libraries(${donor} PRIVATE hone_flags GTest::gtest GTest::gtest_main)
      target_precompile_headers(${donor} PRIVATE <gtest/gtest.h>)
      if(HONE_PRECOMPILE)
        target_link_libraries(${donor} PRIVATE fmt::fmt)
        target_precompile_headers(${donor} PRIVATE ${HONE_COMMON_HEADERS})
      endif()
    endif()
    hone_precompile_flags(${donor} ${kind})
  endif()
  hone_precompile_flags(${target} ${kind})
  # Whatever the headers were compiled with must hold where they are used.
  target_compile_definitions(${target} PRIVATE
    $<$<BOOL:${HONE_PRECOMPILE}>:$<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>>)
  target_precompile_headers(${target} REUSE_FROM ${donor})
endfunction()
