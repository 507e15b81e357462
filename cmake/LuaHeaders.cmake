# Defines dnp_lua_headers, the include directory of the chosen Lua, and DNP_LUA_VERSION ("5.4"; LuaJIT's is "5.1").
# LUA_INCDIR, which LuaRocks passes, comes before what pkg-config knows.
add_library(dnp_lua_headers INTERFACE)

if(NOT LUA_INCDIR)
    string(REGEX REPLACE "^lua([0-9])\\.([0-9])$" "lua-\\1.\\2;lua\\1\\2" other_names "${DNP_LUA}")
    pkg_search_module(LUA ${DNP_LUA} ${other_names})
    if(NOT LUA_FOUND)
        message(FATAL_ERROR "pkg-config does not know '${DNP_LUA}': install its headers (Debian: liblua5.4-dev, "
            "libluajit-5.1-dev), choose another with -DDNP_LUA= (lua5.4, luajit, lua5.3, lua5.1), or set -DLUA_INCDIR=")
    endif()
    pkg_get_variable(LUA_INCDIR ${LUA_MODULE_NAME} includedir)
    foreach(directory IN LISTS LUA_INCLUDE_DIRS)
        set(LUA_INCDIR "${directory}")
    endforeach()
endif()
if(NOT EXISTS "${LUA_INCDIR}/lua.h")
    message(FATAL_ERROR "There is no lua.h in ${LUA_INCDIR}, which -DLUA_INCDIR or pkg-config names")
endif()
target_include_directories(dnp_lua_headers SYSTEM INTERFACE "${LUA_INCDIR}")

file(STRINGS "${LUA_INCDIR}/lua.h" version REGEX "^#define[ \t]+LUA_VERSION_NUM[ \t]+[0-9]+")
string(REGEX REPLACE ".*[ \t]([0-9])0([0-9]).*" "\\1.\\2" DNP_LUA_VERSION "${version}")
message(STATUS "Lua ${DNP_LUA_VERSION}, headers in ${LUA_INCDIR}")
