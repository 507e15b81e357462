# cmake -DBUILD=folder -DCC=cc -DFLAGS=flags -DLIBDIR=lib -DPROGRAM=program.c -P CheckInstalled.cmake
# Installs the library into a folder of the build, then compiles, links and runs a program with what is there alone.
cmake_minimum_required(VERSION 3.18)
set(root "${BUILD}/installed")
file(REMOVE_RECURSE "${root}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --component library --prefix "${root}"
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE headers RELATIVE "${root}" "${root}/*.h")
if(NOT headers STREQUAL "include/dnp/dnp.h")
    message(FATAL_ERROR "One header should be installed, not: ${headers}")
endif()

separate_arguments(compiler_flags UNIX_COMMAND "${FLAGS}")
find_program(pkg_config NAMES pkg-config pkgconf REQUIRED)
set(ENV{PKG_CONFIG_PATH} "${root}/${LIBDIR}/pkgconfig:$ENV{PKG_CONFIG_PATH}")
foreach(package libdnp libdnp-curl libdnp-openssl)
    execute_process(
        COMMAND "${pkg_config}" "--define-variable=prefix=${root}" --cflags --libs ${package}
        OUTPUT_VARIABLE flags COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(flags UNIX_COMMAND "${flags}")
    set(definition "")
    if(package STREQUAL "libdnp-curl")
        set(definition "-DWITH_CURL")
    elseif(package STREQUAL "libdnp-openssl")
        set(definition "-DWITH_OPENSSL")
    elseif(flags MATCHES "curl|crypto")
        message(FATAL_ERROR "libdnp should need neither libcurl nor libcrypto: ${flags}")
    endif()
    execute_process(
        COMMAND "${CC}" ${compiler_flags} -std=c11 -Wall -Wextra -Wpedantic -Werror ${definition}
            "${PROGRAM}" -o "${root}/program-${package}" ${flags}
        COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND "${root}/program-${package}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
