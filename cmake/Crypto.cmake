# Defines dnp_crypto, the primitives of message security, and DNP_WITH_CRYPTO when OpenSSL's libcrypto is there.
set(DNP_WITH_CRYPTO OFF)
dnp_find_library(LIBCRYPTO libcrypto)
if(NOT LIBCRYPTO_FOUND)
    message(STATUS "No WSE 3.0 and no sandbox: both need OpenSSL's libcrypto")
    return()
endif()
set(DNP_WITH_CRYPTO ON)
add_library(dnp_crypto STATIC csrc/crypto/openssl.c)
set_target_properties(dnp_crypto PROPERTIES OUTPUT_NAME dnp-openssl)
# getentropy is not in POSIX 2008.
target_compile_definitions(dnp_crypto PRIVATE _DEFAULT_SOURCE)
target_link_libraries(dnp_crypto PUBLIC dnp_core PRIVATE PkgConfig::LIBCRYPTO)
