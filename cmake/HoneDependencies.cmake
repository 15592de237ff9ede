# Every library that Hone takes from the system, in one place. Why each was taken stands in
# docs/design/dependencies.md. A room links one only by its target here.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(lzma REQUIRED IMPORTED_TARGET liblzma)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(debuginfod REQUIRED IMPORTED_TARGET libdebuginfod)
pkg_check_modules(capstone REQUIRED IMPORTED_TARGET capstone)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(libedit REQUIRED IMPORTED_TARGET libedit)
find_package(tomlplusplus REQUIRED)
find_library(HONE_IBERTY iberty REQUIRED)
# Headers alone: nothing of Boost is linked.
find_path(HONE_BOOST boost/beast/version.hpp REQUIRED)
# Of the example game alone, which is left out where one of them is missing.
pkg_check_modules(bullet QUIET IMPORTED_TARGET bullet)
pkg_check_modules(png QUIET IMPORTED_TARGET libpng)
find_program(HONE_GLSLANG glslangValidator)
find_path(HONE_VULKAN_HEADERS vulkan/vulkan.h)
if(HONE_TESTS)
  find_package(GTest REQUIRED)
  pkg_check_modules(elf REQUIRED IMPORTED_TARGET libelf)
  pkg_check_modules(dw REQUIRED IMPORTED_TARGET libdw)
endif()
if(HONE_BENCH)
  find_package(benchmark REQUIRED)
endif()
find_program(HONE_CCACHE ccache)
if(HONE_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${HONE_CCACHE})
  # Without these ccache does not keep what was compiled with a precompiled header (ccache's manual,
  # "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${HONE_CCACHE})
endif()
