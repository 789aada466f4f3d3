--- cc_embed: files as data of a C program: load "@sky//embed.lua".
---
---   embed.cc_embed { name = "assets", srcs = { "logo.txt" } }       -- in web/BUILD.lua
---
---   #include "web/assets.h"
---   fwrite(assets_logo_txt, 1, assets_logo_txt_size, stdout);
---
--- assets_files[i], for i < assets_count, has the name, data and size of each.
local cc = load "@sky//cc.lua"

--- "logo.txt" -> "logo_txt".
local function identifier(text)
  text = text:gsub("[^%w]", "_")
  return text:find("^%d") and "_" .. text or text
end

--- A file's name for the program: relative to the package.
local function name_of(ctx, file)
  local path = file.short_path
  local dir = ctx.package_dir == "" and "" or ctx.package_dir .. "/"
  return path:sub(1, #dir) == dir and path:sub(#dir + 1) or path
end

local function entries(ctx)
  local out, seen = {}, {}
  for i, file in ipairs(ctx.files.srcs) do
    local name = name_of(ctx, file)
    local id = identifier(ctx.attr.prefix .. "_" .. name)
    if seen[id] then
      ctx:fail(("'%s' and '%s' would both be called %s"):format(seen[id], name, id),
        { attr = "srcs", hint = "rename one of them" })
    end
    seen[id] = name
    out[i] = { file = file, name = name, id = id }
  end
  return out
end

local function header(ctx, list)
  local id = identifier(ctx.attr.prefix)
  local lines = { "/* Made by cc_embed. */", "#ifndef EMBED_" .. id, "#define EMBED_" .. id,
    "#include <stddef.h>", "#ifdef __cplusplus", 'extern "C" {', "#endif" }
  for _, entry in ipairs(list) do
    lines[#lines + 1] = ("extern const unsigned char %s[];"):format(entry.id)
    lines[#lines + 1] = ("extern const size_t %s_size;"):format(entry.id)
  end
  lines[#lines + 1] = "struct " .. id .. "_file {"
  lines[#lines + 1] = "\tconst char *name;\n\tconst unsigned char *data;\n\tsize_t size;\n};"
  lines[#lines + 1] = ("extern const struct %s_file %s_files[];"):format(id, id)
  lines[#lines + 1] = ("extern const size_t %s_count;"):format(id)
  table.move({ "#ifdef __cplusplus", "}", "#endif", "#endif" }, 1, 4, #lines + 1, lines)
  return ctx:write(ctx.attr.header, lines)
end

--- The bytes as C initialisers. A zero byte is put behind each, so that texts are strings.
local BYTES = [[out=$1; shift
while [ $# -gt 0 ]; do
  printf 'const unsigned char %s[] = {\n' "$2"
  od -An -v -tx1 < "$1" | sed 's/ \(..\)/0x\1,/g'
  printf '0x00 };\nconst size_t %s_size = sizeof(%s) - 1;\n' "$2" "$2"
  shift 2
done > "$out"
]]

local function source(ctx, made, list)
  local bytes = ctx:declare_file(ctx.attr.bytes)
  local words, table_of = ctx:args():add(bytes), {}
  for i, entry in ipairs(list) do
    words:add(entry.file, entry.id)
    table_of[i] = ("\t{ %s, %s, sizeof(%s) - 1 },"):format(
      ('"%s"'):format(entry.name:gsub('["\\]', "\\%0")), entry.id, entry.id)
  end
  ctx:run_shell { mnemonic = "Embed", message = "Embedding " .. bytes.path, cmd = BYTES,
    args = { words }, inputs = { ctx.files.srcs }, outputs = { bytes } }
  local id = identifier(ctx.attr.prefix)
  return ctx:write(ctx.attr.source, ('#include "%s"\n#include "%s"\n'):format(made.basename,
    bytes.basename) .. ("const struct %s_file %s_files[] = {\n%s\n\t{ 0, 0, 0 }\n};\n"):format(id,
    id, table.concat(table_of, "\n")) .. ("const size_t %s_count = %d;\n"):format(id, #list)),
    bytes
end

local embed_files = rule {
  doc = "The C source and header with the bytes of files; cc_embed makes a library of them.",
  attrs = {
    srcs = attr.label_list { allow_files = true, providers = {}, mandatory = true,
      doc = "files whose bytes are wanted" },
    header = attr.output { mandatory = true, doc = "the header's name" },
    source = attr.output { mandatory = true, doc = "the source's name" },
    bytes = attr.output { mandatory = true, doc = "the name of what the source includes" },
    prefix = attr.string { mandatory = true, doc = "what names in C begin with" },
  },
  impl = function(ctx)
    local list = entries(ctx)
    local made = header(ctx, list)
    local c, bytes = source(ctx, made, list)
    return { DefaultInfo { files = { made, c, bytes } } }
  end,
}

--- A C library of the bytes of files.
---@param spec { name: string, srcs: any, prefix?: string, visibility?: string[] }
---@return any target
local function cc_embed(spec)
  if type(spec) ~= "table" or type(spec.name) ~= "string" then
    error('write cc_embed { name = "...", srcs = { ... } }', 2)
  end
  local name = spec.name
  embed_files { name = name .. "_files", srcs = spec.srcs, prefix = spec.prefix or name,
    source = name .. ".c", header = name .. ".h", bytes = name .. ".inc" }
  return cc.cc_library { name = name, srcs = { name .. ".c", name .. ".inc" },
    hdrs = { name .. ".h" }, visibility = spec.visibility }
end

return { cc_embed = cc_embed, embed_files = embed_files }
