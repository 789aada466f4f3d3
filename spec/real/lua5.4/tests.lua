-- Checks of the interpreter that skylua built. Ends with "N checks passed", or an error and exit 1.

local count = 0

local function equal(got, want, what)
  count = count + 1
  if got ~= want or math.type(got) ~= math.type(want) then
    error(string.format("%s: got %s, want %s", what, tostring(got), tostring(want)), 2)
  end
end

local function fails(what, pattern, fn, ...)
  count = count + 1
  local ok, message = pcall(fn, ...)
  if ok or not tostring(message):find(pattern) then
    error(string.format("%s: got %s, want an error like %s", what, tostring(message), pattern), 2)
  end
end

equal(_VERSION, "Lua 5.4", "version")

-- Numbers: integers and floats are kept apart, integers wrap around.
equal(7 // 2, 3, "integer division")
equal(-7 // 2, -4, "integer division rounds down")
equal(7.0 // 2, 3.0, "floor division of floats")
equal(-7 % 3, 2, "modulo has the sign of the divisor")
equal(7 / 2, 3.5, "division gives a float")
equal(2 ^ 10, 1024.0, "power gives a float")
equal(math.maxinteger + 1, math.mininteger, "integers wrap around")
equal(1 << 63, math.mininteger, "shift into the sign")
equal(1 << 64, 0, "shift out")
equal(0xff ~ 0x0f, 0xf0, "exclusive or")
equal(~0, -1, "complement")
equal(math.tointeger(3.0), 3, "tointeger")
equal(10 == 10.0, true, "integer equals float")
equal(math.ult(1, -1), true, "unsigned comparison")
equal(tostring(1e15), "1e+15", "float to string")
equal(tonumber("0x1p4"), 16.0, "hexadecimal float")
equal(tonumber("zz", 36), 1295, "base 36")
fails("division by zero", "divide by zero", function() return 1 // 0 end)
fails("float without integer", "no integer representation", function() return 1.5 | 1 end)

-- Strings and patterns.
equal(("x"):rep(3, ","), "x,x,x", "rep")
equal(("hello world"):find("o w"), 5, "find")
equal(("key = value"):match("^(%w+)%s*=%s*(%w+)$"), "key", "match")
equal(("THE (quick) fox"):find("%((%a+)%)"), 5, "find with a capture")
equal(("a,b,,c"):gsub(",", ";"), "a;b;;c", "gsub")
equal(("hello"):gsub("l+", function(s) return #s end), "he2o", "gsub with a function")
equal(("$x + $y"):gsub("%$(%w+)", { x = "1", y = "2" }), "1 + 2", "gsub with a table")
equal(("f(a(b)c)d"):match("%b()"), "(a(b)c)", "balanced match")
equal(("THE END"):find("%f[%a]%a+%f[%A]", 2), 5, "frontier")
equal(string.format("%5.2f|%-5s|%05d", 3.14159, "ab", 42), " 3.14|ab   |00042", "format")
equal(string.format("%q", "a\nb"), "\"a\\\nb\"", "quoted")
equal(string.format("%x %g %s", 255, 0.1, nil), "ff 0.1 nil", "format of other types")
equal(#"\u{20AC}", 3, "escape of a code point")
local words = {}
for word in ("one two three"):gmatch("%a+") do
  words[#words + 1] = word:reverse():upper()
end
equal(table.concat(words, " "), "ENO OWT EERHT", "gmatch")

-- Binary data.
equal(string.pack("<i4", 0x01020304), "\4\3\2\1", "pack little-endian")
equal(string.pack(">I2s1z", 258, "ab", "cd"), "\1\2\2abcd\0", "pack mixed")
equal(string.unpack("<i2", "\255\255"), -1, "unpack signed")
equal(select("#", string.unpack("<i1i2i4i8", string.rep("\1", 15))), 5, "unpack many")
equal(string.packsize("<!4 i1 i4"), 8, "alignment")
equal(string.unpack("<d", string.pack("<d", 0.1)), 0.1, "a double goes round")

-- UTF-8.
equal(utf8.char(72, 228, 8364, 128512), "Hä€😀", "utf8.char")
equal(utf8.len("Hä€😀"), 4, "utf8.len")
equal(utf8.codepoint("€", 1), 8364, "utf8.codepoint")
equal(select(2, utf8.len("a\xff")), 2, "place of the bad byte")
local points = {}
for place, point in utf8.codes("aä€") do
  points[#points + 1] = place .. ":" .. point
end
equal(table.concat(points, " "), "1:97 2:228 4:8364", "utf8.codes")

-- Tables.
local list = { 5, 3, 9, 1, 7 }
table.sort(list)
equal(table.concat(list, ","), "1,3,5,7,9", "sort")
table.sort(list, function(a, b) return a > b end)
equal(table.concat(list, ","), "9,7,5,3,1", "sort with a comparison")
table.insert(list, 2, 8)
equal(table.remove(list, 1), 9, "remove")
equal(table.concat(table.move(list, 1, 3, 2), ","), "8,8,7,5,1", "move")
equal(select("#", table.unpack({ 1, nil, 3 }, 1, 3)), 3, "unpack with a hole")
equal(table.pack(nil, nil).n, 2, "pack counts nils")
local big = {}
for i = 1, 100000 do
  big[i] = i
end
for i = 1, 100000, 2 do
  big[i] = nil
end
local sum, left = 0, 0
for _, v in pairs(big) do
  sum, left = sum + v, left + 1
end
equal(left, 50000, "pairs after removals")
equal(sum, 2500050000, "sum after removals")
fails("next with a bad key", "invalid key", next, {}, "nope")

-- Metatables.
local vector = {}
vector.__index = vector
vector.__add = function(a, b) return setmetatable({ a[1] + b[1] }, vector) end
vector.__eq = function(a, b) return a[1] == b[1] end
vector.__lt = function(a, b) return a[1] < b[1] end
vector.__call = function(self, n) return self[1] * n end
vector.__len = function() return 42 end
vector.__concat = function(a, b) return tostring(a) .. "|" .. tostring(b) end
vector.__tostring = function(self) return "<" .. self[1] .. ">" end
local one, two = setmetatable({ 1 }, vector), setmetatable({ 2 }, vector)
equal((one + two)[1], 3, "__add")
equal(one + one == two, true, "__eq")
equal(one < two, true, "__lt")
equal(two(21), 42, "__call")
equal(#one, 42, "__len")
equal(one .. two, "<1>|<2>", "__concat")
equal(setmetatable({}, { __index = function(_, k) return k .. "!" end }).hi, "hi!", "__index")
fails("arithmetic on nil", "arithmetic on a nil value %(local 'x'%)", function(x)
  return x + 1
end)

-- Closures share and keep their variables.
local function counter()
  local n = 0
  return function()
    n = n + 1
    return n
  end, function() return n end
end
local step, peek = counter()
step()
step()
equal(peek(), 2, "closures share a variable")
local fns = {}
for i = 1, 3 do
  fns[i] = function() return i end
end
equal(fns[1]() + fns[2]() + fns[3](), 6, "a new variable in each turn of the loop")
local function tail(n)
  if n == 0 then
    return "done"
  end
  return tail(n - 1)
end
equal(tail(1000000), "done", "tail calls need no stack")
equal(select(-1, 1, 2, 3), 3, "select from the end")
equal((function(...) return select("#", ...) end)(nil, nil, nil), 3, "varargs keep nils")

-- goto: continue, and out of nested loops.
local odd = {}
for i = 1, 10 do
  if i % 2 == 0 then
    goto continue
  end
  odd[#odd + 1] = i
  ::continue::
end
equal(table.concat(odd), "13579", "goto continue")
local found
for i = 1, 10 do
  for j = 1, 10 do
    if i * j == 42 then
      found = i .. "*" .. j
      goto out
    end
  end
end
::out::
equal(found, "6*7", "goto out of two loops")

-- Coroutines.
local function producer(n)
  return coroutine.wrap(function()
    for i = 1, n do
      local got = coroutine.yield(i * i)
      assert(got == "more")
    end
    return "end"
  end)
end
local next_square = producer(2)
equal(next_square(), 1, "first yield")
equal(next_square("more"), 4, "second yield")
equal(next_square("more"), "end", "return of a coroutine")
fails("dead coroutine", "cannot resume dead coroutine", next_square)
local co = coroutine.create(function() error({ code = 7 }) end)
local ok, failure = coroutine.resume(co)
equal(ok, false, "an error ends a coroutine")
equal(failure.code, 7, "errors are values")
equal(coroutine.status(co), "dead", "status")
equal(coroutine.wrap(function() return pcall(coroutine.yield, 1) end)(), 1, "yield across pcall")
local closed = {}
co = coroutine.create(function()
  local guard <close> = setmetatable({}, { __close = function() closed[1] = "closed" end })
  coroutine.yield(guard)
end)
coroutine.resume(co)
equal(coroutine.close(co), true, "coroutine.close")
equal(closed[1], "closed", "to-be-closed variable of a closed coroutine")

-- Errors, constants, to-be-closed variables, loading.
equal(select(2, pcall(error, "plain", 0)), "plain", "error without a place")
equal(select(2, xpcall(error, function(m) return m .. "!" end, "x")), "x!", "xpcall")
equal(select(2, load("local x <const> = 1; x = 2")):match("attempt to assign to const"),
  "attempt to assign to const", "const")
local order = {}
do
  local first <close> = setmetatable({}, { __close = function() order[#order + 1] = "first" end })
  local second <close> = setmetatable({}, { __close = function() order[#order + 1] = "second" end })
  order[1] = first ~= second and "body"
end
equal(table.concat(order, " "), "body second first", "closed in reverse order")
equal(load("return 6 * 7")(), 42, "load")
equal(load(string.dump(function(a) return a + 1 end))(41), 42, "bytecode goes round")
equal(load("return x", "chunk", "t", { x = "mine" })(), "mine", "load with an environment")
fails("syntax error", "unexpected symbol near '%+'", function() assert(load("return + + 1 +")) end)
fails("stack overflow", "stack overflow", function()
  local function deep() return 1 + deep() end
  return deep()
end)

-- Garbage: weak tables and finalizers.
local weak = setmetatable({}, { __mode = "k" })
local collected = false
weak[{}] = true
setmetatable({}, { __gc = function() collected = true end })
collectgarbage()
equal(next(weak), nil, "weak keys go")
equal(collected, true, "finalizers run")
collectgarbage("generational")
for i = 1, 100000 do
  list = { list and list[1], i }
end
collectgarbage("incremental")
equal(list[2], 100000, "generational collection keeps what is used")

-- The system.
local name = os.tmpname()
local file = assert(io.open(name, "w+"))
file:write("line 1\n", 2, "\n", 3.5, " 0x10\n")
file:seek("set")
equal(file:read("l"), "line 1", "read a line")
equal(file:read("n"), 2, "read an integer")
equal(file:read("n"), 3.5, "read a float")
equal(file:read("n"), 16, "read a hexadecimal number")
equal(file:seek("end"), 18, "size")
file:close()
equal(io.type(file), "closed file", "io.type")
local lines = 0
for _ in io.lines(name) do
  lines = lines + 1
end
equal(lines, 3, "io.lines")
os.remove(name)
equal(io.open(name), nil, "a removed file is gone")
equal(os.time({ year = 2000, month = 1, day = 1, hour = 12 }) - os.time({ year = 1999, month = 12,
  day = 31, hour = 12 }), 86400, "a day has 86400 seconds")
equal(os.getenv("SKYLUA_SURELY_NOT_SET"), nil, "an unset variable")
local pipe = assert(io.popen("echo from a shell"))
equal(pipe:read("a"), "from a shell\n", "popen")
pipe:close()
equal(package.config:sub(1, 1), "/", "package.config")
equal(package.cpath:find("//", 1, true), nil, "the machine's library directory has a name")

print(count .. " checks passed")
