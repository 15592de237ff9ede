# Tracy::TracyClient: for programs that are marked for Tracy, which Hone then records. The target, the
# package and the options have Tracy's names, so that a project changes the folder that it takes them
# from, and nothing else.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
find_package(Threads REQUIRED)

option(TRACY_ENABLE "Programs that link TracyClient are recorded" ON)
add_library(TracyClient INTERFACE)
add_library(Tracy::TracyClient ALIAS TracyClient)
target_include_directories(TracyClient SYSTEM INTERFACE
  $<BUILD_INTERFACE:${hone_root}/include> $<BUILD_INTERFACE:${hone_root}/include/hone/compat>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/hone/compat>)
# What Tracy's own target brings along.
target_link_libraries(TracyClient INTERFACE Threads::Threads ${CMAKE_DL_LIBS})
if(TRACY_ENABLE)
  target_compile_definitions(TracyClient INTERFACE TRACY_ENABLE HONE_ENABLE)
  target_link_libraries(TracyClient INTERFACE hone-runtime)
endif()
# Of Tracy's options those that a program's own code may ask for.
foreach(tracy_option TRACY_ON_DEMAND TRACY_DELAYED_INIT TRACY_MANUAL_LIFETIME TRACY_FIBERS
    TRACY_NO_CALLSTACK)
  if(${tracy_option})
    target_compile_definitions(TracyClient INTERFACE ${tracy_option})
  endif()
endforeach()

install(TARGETS TracyClient hone-runtime EXPORT TracyTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(EXPORT TracyTargets NAMESPACE Tracy:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Tracy
  COMPONENT library)
# The newest of Tracy's versions whose macros are there.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/TracyConfigVersion.cmake
  VERSION 0.14.0 COMPATIBILITY AnyNewerVersion)
install(FILES ${hone_root}/cmake/TracyConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/TracyConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Tracy COMPONENT library)
if(NOT CMAKE_SOURCE_DIR STREQUAL hone_root)
  install(DIRECTORY ${hone_root}/include/hone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT library)
endif()
