# Each fuzz/*.c is one libFuzzer executable in <build>/bin. The target fuzzers builds them all.
if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "libFuzzer comes with clang: configure with -DCMAKE_C_COMPILER=clang")
endif()
add_custom_target(fuzzers)

file(GLOB fuzz_sources CONFIGURE_DEPENDS fuzz/*.c)
foreach(source IN LISTS fuzz_sources)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(fuzz_${name} EXCLUDE_FROM_ALL "${source}")
    add_dependencies(fuzzers fuzz_${name})
    set_target_properties(fuzz_${name} PROPERTIES
        OUTPUT_NAME "${name}" RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
    target_include_directories(fuzz_${name} PRIVATE spec/c/support)
    target_link_libraries(fuzz_${name} PRIVATE dnp_sandbox_server dnp_crypto)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
