--- Texts of `dnp help TOPIC`, and what all commands have in common.

local topics = {}

local EXIT = [[
Exit status:
  0    done, or nothing was to do
  1    something failed, and is named
  2    wrong usage, or a mistake in a file: nothing was sent
  3    partly done, or nobody knows: have a look
  4    `diff` found a difference
  130  interrupted. The first Ctrl-C lets what is under way come to its end (a second ends at once)
]]

local TEXTS = {
  exit = EXIT,
  profiles = [[
Which panel, and as whom: options of the command line come first, then the environment, then a profile of
~/.config/dnp/config (DNP_CONFIG names another file):

  [default]
  url = https://panel.example.com:9002
  username = admin
  dialect = solidcp
  password_file = ~/.config/dnp/password

  [staging]
  url = http://10.0.0.7:9002
  username = admin
  password_command = pass show staging

--profile NAME or DNP_PROFILE chooses one; without, it is [default]. A profile may have url, username, dialect, version,
auth, ca_file, timeout, proxy, wse_to, and one of password_file, password_command and password. Files that hold a
password must be readable by their owner alone (chmod 600). Without a password it is asked for.

Environment: DNP_URL, DNP_USERNAME, DNP_PASSWORD, DNP_PASSWORD_FILE, DNP_PASSWORD_COMMAND, DNP_DIALECT, DNP_VERSION,
DNP_AUTH, DNP_CA_FILE, DNP_TIMEOUT, DNP_PROXY, DNP_WSE_TO; DNP_ACCOUNT_PASSWORD is the password that `user add` and
`user password` set. NO_COLOR: no colours.
]],
  accounts = [[
WHO is an id, or a name; `name:123` is the name 123. Several can be named, or --from FILE: one a line ('#' begins a
comment), or CSV with a column Username or UserId. --jobs N works on N at a time. One that fails does not stop the
others.
]],
}

local function names()
  local list = {}
  for name in pairs(TEXTS) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

--- The names of all topics.
---@return string
function topics.list()
  return table.concat(names(), ", ")
end

--- The text of a topic.
---@param name string
---@return string?
function topics.text(name)
  return TEXTS[name]
end

--- What ends the help of the command as a whole.
---@return string
function topics.epilog()
  return EXIT .. "\nTopics of `dnp help`: " .. topics.list() .. "."
end

return topics
