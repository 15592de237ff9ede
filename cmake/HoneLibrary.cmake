# What is installed for programs that include hone/hone.h: headers, libhone.a, and how CMake,
# pkg-config and people who vendor find them. Component "library": cmake --install DIR --component
# library puts these alone.
include(CMakePackageConfigHelpers)
install(DIRECTORY include/hone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
# libhone.a itself: HoneTracy.cmake, with what finds it by Tracy's names.

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Hone)
configure_package_config_file(cmake/HoneConfig.cmake.in ${CMAKE_BINARY_DIR}/package/HoneConfig.cmake
  INSTALL_DESTINATION ${package_folder} PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR
  NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Until 1.0 a new minor version may change what programs see.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/HoneConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/HoneConfig.cmake
  ${CMAKE_BINARY_DIR}/package/HoneConfigVersion.cmake
  DESTINATION ${package_folder} COMPONENT library)

# From where the file lies to the prefix: an installed tree may be moved.
string(REGEX REPLACE "[^/]+" ".." up_from_libdir ${CMAKE_INSTALL_LIBDIR})
configure_file(cmake/hone.pc.in ${CMAKE_BINARY_DIR}/package/hone.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/package/hone.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT library)

# The library as files to be vendored.
find_program(HONE_PYTHON python3)
if(HONE_PYTHON)
  file(GLOB sources CONFIGURE_DEPENDS include/hone/*.h src/guest/runtime/*.h
    src/guest/runtime/*.cc src/base/*.h src/wire/*.h)
  set(single ${CMAKE_BINARY_DIR}/single)
  add_custom_command(OUTPUT ${single}/hone.h ${single}/hone_vulkan.h ${single}/hone_cuda.h
    COMMAND ${HONE_PYTHON} -B ${CMAKE_SOURCE_DIR}/tools/amalgamate ${single}
    DEPENDS tools/amalgamate CMakeLists.txt ${sources} VERBATIM)
  add_custom_target(hone-single ALL
    DEPENDS ${single}/hone.h ${single}/hone_vulkan.h ${single}/hone_cuda.h)
  install(FILES ${single}/hone.h ${single}/hone_vulkan.h ${single}/hone_cuda.h
    DESTINATION ${CMAKE_INSTALL_DATADIR}/hone/single COMPONENT library)
endif()
