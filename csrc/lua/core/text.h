/*
 * What Lua asks about text: how panels compare it, and its characters.
 */
#ifndef LDNP_TEXT_H
#define LDNP_TEXT_H

#include "lua/common/compat.h"

/* core.fold(text): the text that stands for all that are equal to a panel but for case and width. */
int ldnp_fold(lua_State *L);
/* core.text_problem(text): why XML cannot carry it, such as "is not UTF-8 (byte 2)"; nothing when it can. */
int ldnp_text_problem(lua_State *L);
/* core.characters(text): an array of its characters, and an array of how much room each takes in a column, in UTF-16
 * units. A byte that is not UTF-8 is one by itself. */
int ldnp_characters(lua_State *L);

#endif
