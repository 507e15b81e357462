--- What spreadsheets and editors save that is not text in UTF-8.

local core = require "dnp.core"

local encoding = {}

local HEADS = {
  { "^\255\254", "it is UTF-16; save it as UTF-8" },
  { "^\254\255", "it is UTF-16; save it as UTF-8" },
  { "^%z.", "it is UTF-16; save it as UTF-8" },
  { "^[^%z]%z", "it is UTF-16; save it as UTF-8" },
  { "^PK\3\4", "it is a spreadsheet or an archive; save it as CSV in UTF-8" },
  { "^\208\207\17\224", "it is a spreadsheet; save it as CSV in UTF-8" },
}

local NOT_UTF8 = "it is not UTF-8, but maybe Latin-1 or Windows-1252; save the file as UTF-8"

--- What is wrong with a file that begins with these bytes; nil when nothing is.
---@param head string
---@return string?
function encoding.of_head(head)
  for _, known in ipairs(HEADS) do
    if head:find(known[1]) then
      return known[2]
    end
  end
  return nil
end

--- What is wrong with a text; nil when it is UTF-8. Which of its characters can be sent is another question.
---@param text string
---@return string?
function encoding.of_text(text)
  local problem = core.text_problem(text)
  return problem and problem:find("^is not UTF%-8") and NOT_UTF8 or nil
end

--- What is wrong with a whole file, and in which line; nil when it is UTF-8.
---@param text string
---@return { row: integer, reason: string }?
function encoding.of_file(text)
  local wrong = encoding.of_head(text)
  if wrong then
    return { row = 1, reason = wrong }
  end
  local row = 0
  for line in text:gmatch "[^\n]*\n?" do
    row = row + 1
    wrong = encoding.of_text(line)
    if wrong then
      return { row = row, reason = wrong }
    end
  end
  return nil
end

return encoding
