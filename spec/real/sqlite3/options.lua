-- The options that SQLite is built with. The parser, the keyword table and the C code must
-- agree on them.

local options = {
  "SQLITE_CORE=1",
  "SQLITE_THREADSAFE=1",
  "SQLITE_ENABLE_COLUMN_METADATA=1",
  "SQLITE_ENABLE_DBSTAT_VTAB=1",
  "SQLITE_ENABLE_FTS3=1",
  "SQLITE_ENABLE_FTS3_PARENTHESIS=1",
  "SQLITE_ENABLE_FTS4=1",
  "SQLITE_ENABLE_FTS5=1",
  "SQLITE_ENABLE_MATH_FUNCTIONS=1",
  "SQLITE_ENABLE_RTREE=1",
  "SQLITE_ENABLE_UPDATE_DELETE_LIMIT=1",
  "SQLITE_SOUNDEX=1",
  "SQLITE_USE_URI=1",
}

local flags = {}
for i, option in ipairs(options) do
  flags[i] = "-D" .. option
end

return {
  -- for `defines` and `local_defines`
  defines = options,
  -- for the command line of lemon
  flags = table.concat(flags, " "),
}
