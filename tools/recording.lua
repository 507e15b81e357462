-- Records the command `dnp` on a sandbox, as docs/recording.cast (asciinema) and docs/recording.svg (its picture).
-- usage: tools/recording.lua [--check]; --check says whether they are what the command writes now.
local made = require "tools.made"

local recording = {}

local CAST, PICTURE = "docs/recording.cast", "docs/recording.svg"
local COLUMNS = 100

-- What is typed. Ids and texts are the same each time; nothing that is shown depends on time or port.
local LINES = {
  "dnp user list --recursive",
  "dnp user add mary FirstName=Mary LastName=Moe Email=mary@example.com --owner reseller \\\n"
    .. "    --plan 'Shared Small' --addon 'Extra Mailboxes:2' --new-password-file mary.txt",
  "dnp export mary > mary.yaml",
  "dnp user edit mary City=Bonn Country=DE",
  "sed -i s/Moe/Doe/ mary.yaml; dnp diff mary.yaml; echo $?",
  "dnp package change-plan mary --to 'Shared Huge'",
  "dnp user suspend mary --dry-run",
  "dnp user terminate mary --yes",
}

---- the session ----

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- What a terminal shows of a command line.
local function on_terminal(environment, line)
  local pipe = assert(io.popen(("cd %s && %s script -q -e -c %s /dev/null </dev/null"):format(environment.folder,
    environment.variables, quote(line))))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- A folder in which `dnp` is the command of the tree.
local function prepare(url)
  local pipe = assert(io.popen "mktemp -d; pwd")
  local folder, tree = pipe:read "*l", pipe:read "*l"
  pipe:close()
  -- The interpreter that runs this has the lowest index.
  local first = 0
  while arg[first - 1] do
    first = first - 1
  end
  write(folder .. "/dnp", ("#!/bin/sh\nexec %s %s/bin/dnp \"$@\"\n"):format(arg[first], quote(tree)))
  write(folder .. "/mary.txt", "s3cret pw\n")
  os.execute(("chmod 700 %s/dnp; chmod 600 %s/mary.txt"):format(folder, folder))
  return {
    folder = folder,
    variables = ("env -u NO_COLOR DNP_CONFIG=/dev/null DNP_URL=%s DNP_USERNAME=serveradmin DNP_PASSWORD=serveradmin "
      .. "DNP_DIALECT=solidcp TERM=xterm COLUMNS=%d PATH=%s:\"$PATH\""):format(url, COLUMNS, folder),
  }
end

--- Runs the session: what was typed, and what the terminal showed.
---@return { typed: string, shown: string }[]
function recording.session()
  local sandbox = assert(require("dnp.sandbox").start { dialect = "solidcp" })
  local environment = prepare(sandbox.url)
  local steps = {}
  for index, line in ipairs(LINES) do
    steps[index] = { typed = line, shown = on_terminal(environment, line) }
  end
  os.execute("rm -rf " .. quote(environment.folder))
  sandbox:stop()
  return steps
end

---- asciinema ----

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function json(text)
  return '"' .. text:gsub('[%c"\\]', function(letter)
    return ESCAPES[letter] or ("\\u%04x"):format(letter:byte())
  end) .. '"'
end

local KEY, THINKING, READING = 0.05, 0.6, 2

-- The file of asciinema, version 2, with times as of somebody who types.
local function cast(steps)
  local rows = 0
  for _, step in ipairs(steps) do
    rows = rows + select(2, (step.typed .. step.shown):gsub("\n", "")) + 1
  end
  local lines = { ('{"version": 2, "width": %d, "height": %d, "title": "dnp"}'):format(COLUMNS, math.min(rows, 40)) }
  local time = 0
  local function event(seconds, text)
    time = time + seconds
    lines[#lines + 1] = ('[%.2f, "o", %s]'):format(time, json(text))
  end
  for _, step in ipairs(steps) do
    event(THINKING, "$ ")
    for letter in step.typed:gmatch "[%z\1-\127\194-\244][\128-\191]*" do
      event(KEY, letter == "\n" and "\r\n" or letter)
    end
    event(THINKING, "\r\n" .. step.shown)
    time = time + READING
  end
  return table.concat(lines, "\n") .. "\n"
end

---- the picture ----

local STYLES = { ["0"] = "", ["1"] = "b", ["31"] = "r", ["32"] = "g", ["33"] = "y" }
local LINE, LETTER, MARGIN = 18, 8.4, 16

local function xml(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

local function length(text)
  return #text - select(2, text:gsub("[\128-\191]", ""))
end

-- A line in pieces that are as wide as the terminal.
local function wrapped(text)
  local pieces = {}
  local piece, width = "", 0
  for letter in text:gmatch "[%z\1-\127\194-\244][\128-\191]*" do
    if width == COLUMNS then
      pieces[#pieces + 1] = piece
      piece, width = "", 0
    end
    piece, width = piece .. letter, width + 1
  end
  pieces[#pieces + 1] = piece
  return pieces
end

-- The lines of the screen: each a list of texts with styles.
local function screen(steps)
  local rows = {}
  local function add(style, text)
    for _, piece in ipairs(wrapped(text)) do
      rows[#rows + 1] = { { style = style, text = piece } }
    end
  end
  for _, step in ipairs(steps) do
    local prompt = "$ "
    for line in (step.typed .. "\n"):gmatch "([^\n]*)\n" do
      add("p", prompt .. line)
      prompt = ""
    end
    local style = ""
    for line in step.shown:gmatch "([^\r\n]*)\r?\n" do
      local text = line:gsub("\27%[(%d*)m", function(code)
        style = code ~= "0" and STYLES[code] or style
        return ""
      end)
      add(style, text)
      style = line:find "\27%[0m" and "" or style
    end
    rows[#rows + 1] = {}
  end
  return rows
end

-- A drawing of all that the terminal showed.
local function picture(steps)
  local rows = screen(steps)
  local width = math.ceil(COLUMNS * LETTER + 2 * MARGIN)
  local lines = {
    ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d">'):format(width,
      #rows * LINE + 2 * MARGIN, width),
    "<title>A session with the command dnp</title>",
    "<style>text{font:14px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#d7dae0;white-space:pre}"
      .. ".p{fill:#7fb3ff}.b{font-weight:bold}.r{fill:#ff7b72}.g{fill:#7ee787}.y{fill:#e3b341}</style>",
    '<rect width="100%" height="100%" rx="8" fill="#16181d"/>',
  }
  for number, row in ipairs(rows) do
    for _, part in ipairs(row) do
      if part.text ~= "" then
        local class = part.style ~= "" and (' class="%s"'):format(part.style) or ""
        lines[#lines + 1] = ('<text x="%d" y="%d" textLength="%.1f"%s xml:space="preserve">%s</text>'):format(MARGIN,
          MARGIN + number * LINE - 4, length(part.text) * LETTER, class, xml(part.text))
      end
    end
  end
  lines[#lines + 1] = "</svg>"
  return table.concat(lines, "\n") .. "\n"
end

---- all of it ----

--- The texts of both files, by path.
---@return table<string, string>
function recording.make()
  local steps = recording.session()
  return { [CAST] = cast(steps), [PICTURE] = picture(steps) }
end

--- Whether both files are what the command writes now.
---@return boolean
function recording.fresh()
  for path, text in pairs(recording.make()) do
    if not made.is_fresh(path, function()
      return text
    end) then
      return false
    end
  end
  return true
end

if arg and arg[0] and arg[0]:match "recording%.lua$" then
  if arg[1] == "--check" then
    if not recording.fresh() then
      io.stderr:write(CAST, " is stale: run ./dev lua tools/recording.lua\n")
      os.exit(1)
    end
  else
    for path, text in pairs(recording.make()) do
      write(path, text)
    end
  end
end

return recording
