--- What the specs of the documentation read of a page in Markdown.
local markdown = {}

--- Fenced blocks in order: { language =, code =, line =, next_to = }, where `line` is the number of its first line, and
--- `next_to` whether only blank lines are between it and the block before.
---@param text string
function markdown.blocks(text)
  local found, block, number, adjacent = {}, nil, 0, false
  for line in (text .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    local fence = line:match "^```(.*)$"
    if block and fence then
      assert(fence == "", "line " .. number .. ": a block is not closed")
      block.code = table.concat(block, "\n") .. "\n"
      found[#found + 1], block, adjacent = block, nil, true
    elseif block then
      block[#block + 1] = line
    elseif fence then
      block = { language = fence, line = number + 1, next_to = adjacent }
    elseif line ~= "" then
      adjacent = false
    end
  end
  assert(not block, "the last block is not closed")
  return found
end

--- The text without its blocks, fenced or indented, and without code in backticks.
---@param text string
function markdown.prose(text)
  local lines, fenced = {}, false
  for line in (text .. "\n"):gmatch "(.-)\n" do
    if line:find "^```" then
      fenced = not fenced
    elseif not fenced and not line:find "^    " then
      lines[#lines + 1] = (line:gsub("`[^`]*`", ""))
    end
  end
  return table.concat(lines, "\n")
end

--- The anchor of a heading, as forges make it and as MkDocs does.
local function slugs(heading)
  local kept = heading:lower():gsub("[^%w %-_]", "")
  local forge = kept:gsub(" ", "-")
  local mkdocs = kept:gsub("^%s+", ""):gsub("%s+$", ""):gsub("[%-%s]+", "-")
  return forge, mkdocs
end

--- The anchors of a page. Fails where a forge and MkDocs would not agree, or two headings are alike.
---@param text string
---@return table<string, true>
function markdown.anchors(text)
  local anchors, fenced = {}, false
  for line in (text .. "\n"):gmatch "(.-)\n" do
    fenced = fenced ~= (line:find "^```" ~= nil)
    local heading = not fenced and line:match "^#+ (.+)$"
    if heading then
      local forge, mkdocs = slugs(heading)
      assert(forge == mkdocs, ("heading '%s' has two anchors: #%s and #%s"):format(heading, forge, mkdocs))
      assert(not anchors[forge], ("two headings have the anchor #%s"):format(forge))
      anchors[forge] = true
    end
  end
  return anchors
end

--- The targets of links.
---@param text string
---@return string[]
function markdown.links(text)
  local links = {}
  for target in markdown.prose(text):gmatch "%]%(([^)%s]+)%)" do
    links[#links + 1] = target
  end
  return links
end

--- A target, seen from a page: the path from the root, and the anchor.
---@param page string
---@param target string
---@return string path
---@return string? anchor
function markdown.resolve(page, target)
  local path, anchor = target:match "^([^#]*)#?(.*)$"
  if path == "" then
    return page, anchor
  end
  path = (page:match "^(.*/)" or "") .. path
  while path:find "[^/]+/%.%./" do
    path = path:gsub("[^/]+/%.%./", "", 1)
  end
  return path, anchor ~= "" and anchor or nil
end

return markdown
