-- Runs busted in whichever Lua runs this file: lua5.4 spec/support/run.lua [busted's arguments]
require "busted.runner" { standalone = false }
