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
    return pandoc.Superscript(inline.content)
  end
end

-- Word takes the size of a cell's letters from its paragraph, not from the table; pandoc would give
-- plain text in a cell a style of its own.
function Table(made)
  if FORMAT ~= "docx" then return nil end
  local style = pandoc.Attr("", {}, {["custom-style"] = "Table Text"})
  local function dress(rows)
    for _, row in ipairs(rows) do
      for _, cell in ipairs(row.cells) do
        local told = cell.contents:map(function(block)
          return block.t == "Plain" and pandoc.Para(block.content) or block
        end)
        cell.contents = {pandoc.Div(told, style)}
      end
    end
  end
  dress(made.head.rows)
  for _, body in ipairs(made.bodies) do dress(body.body) end
  return made
end
