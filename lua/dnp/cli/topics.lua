--- Texts of `dnp help TOPIC`, and what all commands have in common.

local topics = {}

local EXIT = [[
Exit status:
  0    done, or nothing was to do
  1    something failed, and is named
  2    wrong usage, or an error in a file: nothing was sent
  3    partly done, or nobody knows: have a look
  4    `diff` found a difference
  130  interrupted. The first Ctrl-C lets what is under way come to its end (a second ends at once)
]]

--- The same on a line, for the help of each command.
topics.EXIT_IN_SHORT = "Exit status: 0 done, 1 failed, 2 wrong usage, 3 partly done or unknown, 4 different, 130 "
  .. "interrupted."

local EXAMPLES = [[
Examples:
    dnp test
    dnp user list --recursive
    dnp user suspend --from overdue.csv --dry-run
    dnp import customers.csv --check
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
  secrets = [[
Secrets never come from the command line, which every user of the machine can read.

The panel's password comes from --password-file FILE ('-' is standard input), DNP_PASSWORD, DNP_PASSWORD_FILE,
DNP_PASSWORD_COMMAND, or password_file, password_command or password of the profile; else it is asked for. A file with a
password must be readable by its owner alone.

The password that `user add` and `user password` set comes from --new-password-file FILE, DNP_ACCOUNT_PASSWORD, or a
prompt; where no person sits, from the first line of standard input. A secret field or parameter is given as
Password=@FILE, or Password=- for standard input.
]],
  files = [[
`diff`, `apply` and `import` take accounts in these forms; `import` takes the last two.

YAML or JSON: a list of specs, as `export` writes them.

  - user: { Username: jdoe, Owner: reseller, City: Bonn, Zip: 01234 }
    status: Active
    spaces:
    - name: www
      plan: Shared Small
      addons:
      - { plan: Extra Mailboxes, quantity: 2 }
  - user: { Username: gone }
    absent: true

A user has fields of UserInfo by the API's names. Every scalar of YAML is a text until the API says what it is. A number
without quotes is an id where an owner or a plan is meant.

CSV or JSON Lines: a row for each space, several rows of one Username one after the other. Columns are the fields of
UserInfo, Owner, Space, Plan, Addons ('Extra Mailboxes:2; Extra Web Sites') and Status. The separator may be a comma, a
semicolon or a tab; a byte order mark and any line ends are accepted. A JSON line may be a spec as well.

The end of the file's name tells the form (yaml, yml, json, jsonl, ndjson, csv, tsv, txt), else its beginning. '-' is
standard input.
]],
  migration = [[
From one panel to another, also of another dialect:

  dnp export --profile old > accounts.yaml
  dnp apply accounts.yaml --profile new --passwords-out passwords.csv --dry-run
  dnp apply accounts.yaml --profile new --passwords-out passwords.csv

What cannot be carried over is said before anything is done. Passwords are made anew, since panels do not tell them.
Plans and owners go by name: --map-plan OLD=NEW and --map-owner OLD=NEW say what is called otherwise. Fields that the
other dialect does not have are refused, unless --leave-out is given.

Plans are not made. Customers on the plans of a reseller who is made by the same file are refused: apply the reseller
first, make his plans on the panel, then apply the file. Contents of spaces are not carried over.
]],
  accounts = [[
WHO is an id, or a name; `name:123` is the name 123. Several can be named, or --from FILE: one a line ('#' begins a
comment), or CSV with a column Username or UserId. --jobs N works on N at a time. One that fails does not stop the
others; a panel that does not answer any more does.
]],
}

--- The names of all topics, in order.
---@return string[]
function topics.names()
  local list = {}
  for name in pairs(TEXTS) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

--- The names of all topics as a text.
---@return string
function topics.list()
  return table.concat(topics.names(), ", ")
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
  return EXAMPLES .. "\n" .. EXIT .. "\nTopics of `dnp help`: " .. topics.list() .. "."
end

return topics
