--- Passwords of accounts: from a file, standard input, the environment or a prompt; or made here.

local fail = require "dnp.cli.fail"
local system = require "dnp.cli.system"

local password = {}

--- Takes the place of a password where nothing is sent.
password.STAND_IN = "Secret00"

-- Without letters that look alike, and without what panels or shells read in their own way.
local CLASSES = { "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789" }
local WITH_SYMBOLS = { CLASSES[1], CLASSES[2], CLASSES[3], "-_.:" }

local source

local function random_byte()
  if not source then
    local file, message = io.open("/dev/urandom", "rb")
    if not file then
      fail.with(("no passwords can be made: %s"):format(message))
    end
    file:setvbuf("full", 4096)
    source = file
  end
  return source:read(1):byte()
end

-- A number below `count`, each equally often.
local function random(count)
  local limit = 256 - 256 % count
  local byte
  repeat
    byte = random_byte()
  until byte < limit
  return byte % count
end

local function has_all(text, classes)
  for _, class in ipairs(classes) do
    if not text:find("[" .. class:gsub("%p", "%%%0") .. "]") then
      return false
    end
  end
  return true
end

--- A new password of the system's random numbers, with small and capital letters and digits. With symbols, the first is
--- a letter or a digit: a spreadsheet would take another for the beginning of a formula.
---@param rules { password_length: integer, password_symbols: boolean? }
---@return string
function password.make(rules)
  local classes = rules.password_symbols and WITH_SYMBOLS or CLASSES
  local all = table.concat(classes)
  local text
  repeat
    local letters = {}
    for index = 1, rules.password_length do
      local at = random(#all) + 1
      letters[index] = all:sub(at, at)
    end
    text = table.concat(letters)
  until has_all(text, classes) and text:find "^%w"
  return text
end

--- The options of a command that sets a password.
password.OPTIONS = {
  { "--new-password-file", "FILE", "the account's password is the file's first line; '-' is standard input "
    .. "(DNP_ACCOUNT_PASSWORD; else it is asked for)" },
}

--- The password for an account.
---@param given table
---@param who string
---@return string
function password.of_account(given, who)
  if given.new_password_file then
    return system.read_secret(given.new_password_file)
  end
  local text = system.environment "DNP_ACCOUNT_PASSWORD"
  if text then
    return text
  elseif system.is_terminal(0) then
    local first = system.ask_secret(("New password of %s: "):format(who))
    if first ~= system.ask_secret "Once more: " then
      fail.usage "these were two different passwords"
    end
    return first
  end
  return system.read_secret "-"
end

return password
