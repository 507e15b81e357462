--- Reads the captured traffic in spec/captures; its README.md has the format.

local reader = {}

local function parse_header(line)
  local name, kind, rest = line:match("^== (%S+) (%l+) (.*)$")
  if not name then
    return nil
  end
  local capture = { name = name, kind = kind }
  local words, note = rest:match("^(.-length=%d+) note=(.*)$")
  capture.note = note
  for key, value in (words or rest):gmatch("(%l+)=(%S+)") do
    capture[key] = value
  end
  capture.length = tonumber(capture.length)
  return capture
end

--- Loads the captures of a set in calling order.
-- A header line gives name and kind; client, status, path, type, action and
-- note are nil where it does not have them.
-- @param set file name without ".captures"
-- @param directory where the file is; default: spec/captures
function reader.load(set, directory)
  local path = (directory or "spec/captures") .. "/" .. set .. ".captures"
  local file = assert(io.open(path, "rb"))
  local captures = {}
  for line in file:lines() do
    local capture = assert(parse_header(line), path .. ": no header line")
    capture.bytes = file:read(capture.length) or ""
    assert(#capture.bytes == capture.length, path .. ": cut short")
    assert(file:read(1) == "\n", path .. ": no newline after the bytes")
    captures[#captures + 1] = capture
  end
  file:close()
  return captures
end

local function parse_head(head)
  local status = assert(head:match("^HTTP/1%.%d (%d%d%d)"), "no status line")
  local headers = {}
  for name, value in head:gmatch("\r\n([^:\r\n]+):[ \t]*([^\r\n]*)") do
    name = name:lower()
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return tonumber(status), headers
end

local function read_chunks(bytes, position)
  local chunks = {}
  while true do
    local digits, first = bytes:match("^(%x+)[^\r\n]*\r\n()", position)
    local size = tonumber(assert(digits, "no chunk size"), 16)
    if size == 0 then
      return table.concat(chunks), assert(bytes:match("^\r\n()", first))
    end
    chunks[#chunks + 1] = bytes:sub(first, first + size - 1)
    position = first + size + 2
  end
end

local function read_body(bytes, position, status, headers)
  if status < 200 or status == 204 or status == 304 then
    return "", position
  elseif headers["transfer-encoding"] == "chunked" then
    return read_chunks(bytes, position)
  end
  local length = tonumber(headers["content-length"]) or #bytes
  return bytes:sub(position, position + length - 1), position + length
end

--- Splits the bytes of a connection into its responses, interim ones too.
-- The chunks of a body are joined; a gzip body stays as it is, and
-- headers["content-encoding"] says so.  Bytes without a status line are one
-- response of which only the body was recorded: status nil, no headers.
function reader.http_responses(bytes)
  if bytes:sub(1, 5) ~= "HTTP/" then
    return { { headers = {}, body = bytes } }
  end
  local responses, position = {}, 1
  while position <= #bytes do
    local last, first = bytes:match("()\r\n\r\n()", position)
    assert(last, "no end of the headers")
    local status, headers = parse_head(bytes:sub(position, last - 1))
    local body
    body, position = read_body(bytes, first, status, headers)
    responses[#responses + 1] =
      { status = status, headers = headers, body = body }
  end
  return responses
end

return reader
