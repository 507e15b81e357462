/*
 * What Lua asks about text: UTF-8 is read in base/utf8.h alone, and SQL Server's rules are in value.
 */
#include "lua/core/text.h"

#include "base/utf8.h"
#include "value/collation.h"
#include "value/column.h"

static struct dnp_slice check_text(lua_State *L)
{
    struct dnp_slice text = {NULL, 0};
    text.data = luaL_checklstring(L, 1, &text.length);
    return text;
}

/* Names and columns are short; a longer text is folded in memory of Lua's. */
#define SHORT_TEXT 256

int ldnp_fold(lua_State *L)
{
    char buffer[DNP_FOLDED_SIZE(SHORT_TEXT)];
    struct dnp_slice text = check_text(L);
    char *folded = text.length <= SHORT_TEXT ? buffer : lua_newuserdata(L, DNP_FOLDED_SIZE(text.length));
    lua_pushlstring(L, folded, dnp_collation_fold_text(text, folded));
    return 1;
}

int ldnp_text_problem(lua_State *L)
{
    struct dnp_slice text = check_text(L);
    const char *reason = NULL;
    size_t bad = dnp_utf8_check(text, &reason);
    if (bad == text.length) {
        return 0;
    }
    lua_pushfstring(L, "%s (byte %d)", reason, (int)bad + 1);
    return 1;
}

int ldnp_characters(lua_State *L)
{
    struct dnp_slice text = check_text(L);
    lua_newtable(L);
    lua_newtable(L);
    for (int i = 1; text.length > 0; i++) {
        struct dnp_slice character = text;
        (void)dnp_utf8_take(&text);
        character.length -= text.length;
        lua_pushlstring(L, character.data, character.length);
        lua_rawseti(L, -3, i);
        lua_pushinteger(L, (lua_Integer)dnp_column_units(character));
        lua_rawseti(L, -2, i);
    }
    return 2;
}
