--- Names for other things: filegroup, alias, test_suite.

--- One depset of the files of some targets.
local function files_of(targets)
  local sets = {}
  for i, target in ipairs(targets) do
    sets[i] = target.files
  end
  return depset({}, sets)
end

local function runfiles_of(targets)
  local sets = {}
  for i, target in ipairs(targets) do
    sets[i] = target.runfiles
  end
  return sets
end

local filegroup = rule {
  doc = "A name for a set of files.",
  attrs = {
    srcs = attr.label_list { allow_files = true, providers = {}, doc = "files and targets" },
    data = attr.label_list { allow_files = true, providers = {}, doc = "files needed at run time" },
  },
  impl = function(ctx)
    local data = { files_of(ctx.attr.data), runfiles_of(ctx.attr.data),
      runfiles_of(ctx.attr.srcs) }
    return { DefaultInfo { files = files_of(ctx.attr.srcs), runfiles = data } }
  end,
}

local alias = rule {
  doc = "Another name for a target.",
  attrs = {
    actual = attr.label { allow_files = true, providers = {}, mandatory = true,
      doc = "what is meant" },
  },
  impl = function(ctx)
    local out = {}
    for _, info in ipairs(ctx.attr.actual:providers()) do
      -- a test is run under its own name
      if info ~= ctx.attr.actual[TestInfo] then
        out[#out + 1] = info
      end
    end
    return out
  end,
}

local SuiteInfo = provider { doc = "tells test suites from other targets", fields = {} }

local test_suite = rule {
  doc = "A name for tests; without `tests`, all tests of the package.",
  suite = "tests",
  provides = { SuiteInfo },
  attrs = {
    tests = attr.label_list { doc = "tests and other suites" },
  },
  impl = function(ctx)
    for _, target in ipairs(ctx.attr.tests) do
      if not target[TestInfo] and not target[SuiteInfo] then
        ctx:fail(("%s is no test"):format(target.label), { attr = "tests", code = "E0242",
          hint = "tests are targets of cc_test, sh_test and the like, and suites of them" })
      end
    end
    return { DefaultInfo { files = files_of(ctx.attr.tests) }, SuiteInfo {} }
  end,
}

return { filegroup = filegroup, alias = alias, test_suite = test_suite }
