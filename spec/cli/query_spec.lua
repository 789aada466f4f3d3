--- Questions about targets: query and its short forms, explain, graph, compdb, affected.
local json = require "dkjson"
local space = require "spec.support.space"

after_each(space.close_all)

local FILES = {
  ["app/BUILD.lua"] = 'cc_binary { name = "app", srcs = { "main.c" }, deps = { "//lib:greet" } }\n'
    .. 'genrule { name = "gen", srcs = select { ["mode=debug"] = { "d.txt" }, default = { "r.txt" }'
    .. ' },\n  outs = { "gen.h" }, cmd = "cat $(in) > $(out)", tags = { "manual" } }\n',
  ["app/main.c"] = "int main(void) { return 0; }\n", ["app/d.txt"] = "d", ["app/r.txt"] = "r",
  ["lib/BUILD.lua"] = 'package { default_visibility = { "//visibility:public" } }\n'
    .. 'cc_library { name = "greet", srcs = { "greet.c" }, hdrs = { "greet.h" } }\n'
    .. 'cc_test { name = "greet_test", srcs = { "greet_test.c" }, deps = { ":greet" } }\n'
    .. 'test_suite { name = "all_tests", tests = { ":greet_test" } }\n',
  ["lib/greet.c"] = '#include "lib/greet.h"\n', ["lib/greet.h"] = "\n",
  ["lib/greet_test.c"] = "int main(void) { return 0; }\n",
}

---@return Space
local function workspace()
  return space.new(FILES)
end

--- The lines of an answer.
---@param s Space
---@param args string
---@param dir? string
---@return string[]
local function lines(s, args, dir)
  local r = s:skylua(args, dir)
  assert.equal(0, r.exit, r.stderr)
  local list = {}
  for line in r.stdout:gmatch("[^\n]+") do list[#list + 1] = line end
  return list
end

describe("skylua query", function()
  it("answers", function()
    local s = workspace()
    for _, case in ipairs {
      { "query 'deps(\"//app:app\")'",
        "//app:app //app:main.c //lib:greet //lib:greet.c //lib:greet.h" },
      { "query 'deps(//app:app) * //...'", "//app:app //lib:greet" },
      { "query 'deps(//app:app) - //lib:greet - deps(//lib:greet)'", "//app:app //app:main.c" },
      { "query '//app:app + //lib:greet'", "//app:app //lib:greet" },
      { "query '\"//app:app\" + \"//lib:greet\" - \"//app:app\"'", "//lib:greet" },
      { "query 'rdeps(//lib:greet)'",
        "//app:app //lib:all_tests //lib:greet //lib:greet_test" },
      { "query 'rdeps(//lib:greet, //app:app)'", "//app:app //lib:greet" },
      { "query 'rdeps(//lib:greet.h, //app:app)'", "//app:app //lib:greet //lib:greet.h" },
      { "query 'path(//app:app, //lib:greet.c)'", "//app:app //lib:greet //lib:greet.c" },
      { "query 'path(//lib:greet, //app:app)'", "" },
      { "query 'kind(\"cc_.*\", //...)'", "//app:app //lib:greet //lib:greet_test" },
      { "query 'kind(\"source file\", deps(//lib:greet))'", "//lib:greet.c //lib:greet.h" },
      { "query 'attr(\"srcs\", \"greet%.c\", //...)'", "//lib:greet" },
      { "query 'attr(\"name\", \"^app$\", //...)'", "//app:app" },
      { "query 'tests(//...)'", "//lib:greet_test" },
      { "query 'tests(//lib:all_tests)'", "//lib:greet_test" },
      { "query 'deps(//app:gen)'", "//app:d.txt //app:gen //app:r.txt" },
      { "query 'deps(//app:gen.h) - kind(\"file\", deps(//app:gen.h))'", "//app:gen" },
      { "deps //lib:greet", "//lib:greet //lib:greet.c //lib:greet.h" },
      { "rdeps lib/greet.c",
        "//app:app //lib:all_tests //lib:greet //lib:greet.c //lib:greet_test" },
      { "path //app //lib:greet.h", "//app:app //lib:greet //lib:greet.h" },
      { "owner lib/greet.h", "//lib:greet" }, { "owner sky-out/bin/app/gen.h", "//app:gen" },
      { "owner //lib:greet.c", "//lib:greet" },
      { "targets", "//app:app //lib:all_tests //lib:greet //lib:greet_test" },
      { "targets //app:all", "//app:app" }, { "targets -- -//lib/...", "//app:app" },
      { "affected lib/greet_test.c", "//lib:all_tests //lib:greet_test" },
      { "affected --tests lib/greet.h", "//lib:greet_test" },
      { "affected app/BUILD.lua", "//app:app //app:gen" },
      { "affected README.md", "" },
    } do
      assert.equal(case[2], table.concat(lines(s, case[1]), " "), case[1])
    end
    assert.same({ "//lib:greet", "//lib:greet.c", "//lib:greet.h" }, lines(s, "deps :greet", "lib"))
    assert.is_false(s:exists "sky-out")
  end)

  it("prints places, JSON and dot", function()
    local s = workspace()
    assert.same({ "lib/BUILD.lua:2: cc_library //lib:greet",
      "lib/greet.c: source file //lib:greet.c", "lib/greet.h: source file //lib:greet.h" },
      lines(s, "deps --output=location //lib:greet"))
    local list = json.decode(s:skylua("query --output=json //app:app").stdout)
    assert.same({ { label = "//app:app", kind = "cc_binary", file = "app/BUILD.lua", line = 1,
      deps = { "//app:main.c", "//lib:greet" } } }, list)
    local dot = s:skylua("graph //app:app").stdout
    assert.is_truthy(dot:find('^digraph skylua {\n.*"//app:app" %-> "//lib:greet";\n.*}\n$'), dot)
    assert.is_nil(dot:find("main.c", 1, true))
    local r = s:command("deps", "//app:app")
    assert.equal("//lib:greet", r.events[4].label)
    assert.equal("cc_library", r.events[4].kind)
  end)

  it("says what is wrong, with exit 2", function()
    local s = workspace()
    for _, case in ipairs {
      { "query", "at least one word" }, { "query 'dep(//app:app)'", "did you mean 'deps'?" },
      { "query 'deps('", "no Lua expression" }, { "query 'deps(//app:ap)'", "did you mean" },
      { "query 1", "no set of targets" }, { "query 'kind(\"(\", //...)'", "no Lua pattern" },
      { "query 'deps()'", "missing argument" }, { "query 'io.open(\"x\")'", "no function 'io'" },
      { "query --output=lable //...", "did you mean 'label'?" }, { "deps", "wants one word" },
      { "deps //nope:x", "//nope" }, { "path //app", "wants 2 words" },
      { "owner lib/greet.cc", "did you mean 'greet.c'?" }, { "owner //...", "wants a file" },
      { "affected", "--since" }, { "affected //...", "wants files" }, { "explain", "wants one" },
      { "affected --since=HEAD", "git" }, { "graph --output=json //app", "--output=json" },
      { "compdb --output=dot", "only json" }, { "watch", "build or test" },
      { "watch run //app", "watch cannot 'run'" }, { "info rot", "did you mean 'root'?" },
      { "completion bsh", "did you mean 'bash'?" },
    } do
      local r = s:skylua(case[1])
      assert.equal(2, r.exit, case[1] .. "\n" .. r.stdout .. r.stderr)
      assert.is_truthy(r.stderr:find(case[2], 1, true), case[1] .. "\n" .. r.stderr)
      assert.equal("", r.stdout, case[1])
    end
  end)

  it("answers what it can of a damaged workspace, and shows the damage once", function()
    local s = workspace():write { ["bad/BUILD.lua"] = "cc_library {" }
    local r = s:skylua "rdeps //lib:greet"
    assert.equal(1, r.exit)
    assert.is_truthy(r.stdout:find("//app:app\n", 1, true))
    assert.is_truthy(r.stderr:find("--> //bad/BUILD.lua:1", 1, true), r.stderr)
    assert.equal(1, select(2, r.stderr:gsub("error%[", "")))
    assert.same({ "//app:app" }, lines(s, "query '//app:app'"))
  end)

  it("does not wait for a build, and takes nothing from it", function()
    local s = workspace():write { ["slow/BUILD.lua"] =
      'genrule { name = "slow", outs = { "x" }, cmd = "sleep 30; echo > $(out)" }\n' }
    local exit, out, err = s:sh('"$SKYLUA" build -q //slow & pid=$!; '
      .. "n=0; until test -d sky-out/bin/slow || test $n = 200; do n=$((n+1)); sleep 0.05; done; "
      .. '"$SKYLUA" deps //lib:greet; "$SKYLUA" build -n //slow; kill -INT $pid; wait $pid')
    assert.equal(130, exit, err)
    assert.is_truthy(out:find("//lib:greet.h\nwould run: Making sky-out/bin/slow/x", 1, true), out)
    assert.is_nil(err:find("waiting", 1, true), err)
  end)
end)

describe("skylua affected", function()
  it("asks git, and knows what a library and a file that is gone reach", function()
    local s = workspace():write {
      ["tools/two.lua"] = 'return { two = function(n) filegroup { name = n } end }\n',
      ["more/BUILD.lua"] = 'load("//tools/two.lua").two("a")\n', [".gitignore"] = "sky-out\n",
    }
    if s:sh("command -v git") ~= 0 then return pending("git is not installed") end
    s:run "git init -q . && git add -A && git -c user.name=a -c user.email=a@b commit -qm one"
    assert.same({}, lines(s, "affected --since=HEAD"))
    s:append("tools/two.lua", "-- x\n")
    assert.same({ "//more:a" }, lines(s, "affected --since=HEAD"))
    s:run "git checkout -q ."
    s:remove "lib/greet_test.c"
    assert.same({ "//app:app", "//lib:all_tests", "//lib:greet", "//lib:greet_test" },
      lines(s, "affected --since HEAD"))
    s:run "git checkout -q ."
    s:append("WORKSPACE.lua", "\n")
    assert.equal(6, #lines(s, "affected --since HEAD"))
    assert.equal(2, s:skylua("affected --since=nope").exit)
    assert.equal(2, s:skylua("affected --since=--output=x").exit)
  end)
end)

describe("skylua explain", function()
  it("shows rule, place, attributes after select, and commands, and builds nothing", function()
    local s = workspace()
    local text = s:skylua("explain //app:gen").stdout
    for _, part in ipairs { "//app:gen\n  rule   genrule of @sky//genrule.lua\n",
      "  place  app/BUILD.lua:2\n", '  srcs = { "//app:r.txt" }\n',
      "/bin/sh -e -c 'cat app/r.txt > sky-out/bin/app/gen.h'", "makes sky-out/bin/app/gen.h" } do
      assert.is_truthy(text:find(part, 1, true), text)
    end
    assert.is_truthy(s:skylua("explain -c debug //app:gen").stdout:find(
      'srcs = { "//app:d.txt" }', 1, true))
    assert.is_truthy(s:skylua("explain //lib:greet").stdout:find("-c lib/greet.c", 1, true))
    assert.is_truthy(s:skylua("explain app/gen.h").stdout:find("is made by //app:gen", 1, true))
    assert.is_truthy(s:skylua("explain -v //lib:greet").stdout:find("defaults:", 1, true))
    assert.is_false(s:exists "sky-out")
    assert.equal(1, s:write({ ["lib/BUILD.lua"] = "x(" }):skylua("explain //lib:greet").exit)
  end)
end)

describe("skylua compdb", function()
  it("writes compile_commands.json", function()
    local s = workspace()
    local r = s:skylua("compdb", "app")
    assert.equal(0, r.exit, r.stderr)
    local list = json.decode(s:read "compile_commands.json")
    assert.equal(3, #list)
    local by_file = {}
    for _, entry in ipairs(list) do by_file[entry.file] = entry end
    local main = by_file["app/main.c"]
    assert.equal(s:run("pwd -P"):gsub("\n", ""), (main.directory:gsub("/$", "")))
    assert.is_truthy(main.arguments[1]:find("cc", 1, true))
    assert.equal(main.output, main.arguments[#main.arguments])
    local printed = s:skylua "compdb --output=json //lib/..."
    assert.equal(2, #json.decode(printed.stdout))
    -- the commands are those that a build runs
    local built = s:skylua("build -s //app:app").stderr
    assert.is_truthy(built:find("-c app/main.c -o " .. main.output, 1, true), built)
  end)
end)

describe("skylua completion", function()
  it("completes commands, flags and targets in bash", function()
    local s = workspace()
    if s:sh("command -v bash") ~= 0 then return pending("bash is not installed") end
    local out = s:run [[mkdir ../bin; ln -s "$SKYLUA" ../bin/skylua; PATH=$PWD/../bin:$PATH
      skylua completion bash > ../c.bash
      bash -c '. ../c.bash
        try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _skylua; echo "${COMPREPLY[@]}"; }
        try skylua expl; try skylua build --keep; try skylua build //lib:gr']]
    assert.equal("explain\n--keep-going\n//lib:greet //lib:greet_test\n", out)
    for _, shell in ipairs { "zsh", "fish" } do
      local text = s:skylua("completion " .. shell).stdout
      assert.is_truthy(text:find("explain", 1, true) and text:find("keep-going", 1, true))
    end
  end)
end)

it("skylua info says where things are", function()
  local s = workspace()
  local root = s:skylua("info root", "app").stdout:gsub("\n", "")
  assert.equal(s:run("pwd -P"):gsub("\n", ""), root)
  assert.is_truthy(s:skylua("info -c debug").stdout:find("sky-out/bin-debug\n", 1, true))
end)

describe("skylua watch", function()
  --- Waits until a file of the workspace has `text`; in the shell, at most ten seconds.
  local UNTIL = [[until_has() { n=0
    until grep -q "$2" "$1" 2> /dev/null || test $n = 200; do n=$((n+1)); sleep 0.05; done; }
]]
  it("builds again at every change of an input, and Ctrl-C ends it with 130", function()
    local s = space.new { ["BUILD.lua"] =
      'genrule { name = "g", srcs = { glob { "*.txt" } }, outs = { "o" },\n'
      .. '  cmd = "cat $(in) > $(out)" }\n',
      ["a.txt"] = "one\n" }
    local exit, _, err = s:sh(UNTIL .. [[
      "$SKYLUA" watch build //:g 2> ../log & pid=$!
      until_has ../log watching; echo two > a.txt
      until_has sky-out/bin/o two; echo three > b.txt
      until_has sky-out/bin/o three; echo 'x(' >> BUILD.lua
      until_has ../log error; sed -i '$d' BUILD.lua; echo four >> b.txt
      until_has sky-out/bin/o four; cp sky-out/bin/o ../seen; kill -INT $pid; wait $pid]])
    assert.equal(130, exit, err .. s:run "cat ../log")
    assert.equal("two\nthree\nfour\n", s:read "../seen")
  end)
end)
