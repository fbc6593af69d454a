-- Boxes of the chapters (::: lead, ::: note) in formats whose writers drop a block's class, and
-- links from bound numbers to their rows in HTML. How a box looks is in report.typ, report.css
-- and the reference document.
function Div(block)
  local class = block.classes[1]
  if not class then return nil end
  if FORMAT == "typst" then
    local inner = pandoc.List({pandoc.RawBlock("typst", "#box-of(\"" .. class .. "\")[")})
    inner:extend(block.content)
    inner:insert(pandoc.RawBlock("typst", "]"))
    return inner
  elseif FORMAT == "docx" and not block.attributes["custom-style"] then
    block.attributes["custom-style"] = class:sub(1, 1):upper() .. class:sub(2)
    return block
  end
end

function Span(inline)
  if inline.classes:includes("n") and FORMAT:match("html") then
    local row = inline.attributes["data-row"]
    return pandoc.Link(inline.content, "#row-" .. row, inline.attributes["title"] or "",
      pandoc.Attr("", {"n"}, {["data-row"] = row}))
  elseif inline.classes:includes("again") then
    if FORMAT:match("html") then
      local number = pandoc.utils.stringify(inline.content)
      return pandoc.Superscript({pandoc.Link(inline.content, "#fn" .. number)})
    end
    local number = pandoc.List({pandoc.Str("[")})
    number:extend(inline.content)
    number:insert(pandoc.Str("]"))
    return pandoc.Superscript(number)
  end
end

-- A note's number in brackets: after a number a bare one reads as a power. Typst and HTML have it
-- from their styles.
function Note(note)
  if FORMAT ~= "docx" then return nil end
  return {pandoc.Superscript("["), note, pandoc.Superscript("]")}
end

-- Word takes the size of a cell's letters from its paragraph, not from the table; pandoc would give
-- plain text in a cell a style of its own. A line whose first cell alone has words names a group: it
-- takes the whole width. Such a line stays with the next one, as the last one does with the notes, and
-- so do all lines of a short table.
local SHORT = 20

function Table(made)
  if FORMAT ~= "docx" then return nil end
  local function is_group(row)
    if #row.cells < 2 or #row.cells[1].contents == 0 then return false end
    for place = 2, #row.cells do
      if #row.cells[place].contents > 0 then return false end
    end
    return true
  end
  local function dress(rows, kept)
    for place, row in ipairs(rows) do
      local group = is_group(row)
      if group then
        row.cells[1].col_span = #row.cells
        row.cells = {row.cells[1]}
      end
      local name = (kept or group or place == #rows) and "Table Text Kept" or "Table Text"
      for _, cell in ipairs(row.cells) do
        local told = cell.contents:map(function(block)
          return block.t == "Plain" and pandoc.Para(block.content) or block
        end)
        cell.contents = {pandoc.Div(told, pandoc.Attr("", {}, {["custom-style"] = name}))}
      end
    end
  end
  dress(made.head.rows, true)
  for _, body in ipairs(made.bodies) do dress(body.body, #body.body <= SHORT) end
  return made
end
