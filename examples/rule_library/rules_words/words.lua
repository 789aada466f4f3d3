--- Rules that count words. Three rules, one provider, no more than 60 lines.

local WordsInfo = provider {
  doc = "how many words something has",
  fields = { counts = "depset of files, each with a number in it" },
}

local count = rule {
  doc = "Counts the words of a text.",
  attrs = {
    src = attr.label { allow_single_file = { ".txt", ".md" }, mandatory = true, doc = "the text" },
    deps = attr.label_list { providers = { WordsInfo }, doc = "texts that belong to it" },
  },
  provides = { WordsInfo },
  impl = function(ctx)
    local out = ctx:declare_file(ctx.name .. ".count")
    ctx:run_shell { mnemonic = "Count", message = "Counting " .. ctx.file.src.path,
      cmd = 'wc -w < "$1" > "$2"', args = { ctx.file.src, out },
      inputs = { ctx.file.src }, outputs = { out } }
    local below = ctx:collect(ctx.attr.deps, WordsInfo)
    return { DefaultInfo { files = { out } }, WordsInfo { counts = depset({ out }, { below.counts }) } }
  end,
}

local total = rule {
  doc = "The sum of the words of texts and of all that belongs to them, each counted once.",
  attrs = { deps = attr.label_list { providers = { WordsInfo }, doc = "texts" } },
  provides = { WordsInfo },
  impl = function(ctx)
    local out = ctx:declare_file(ctx.name .. ".total")
    local counts = ctx:collect(ctx.attr.deps, WordsInfo).counts
    ctx:run_shell { mnemonic = "Total", message = "Adding up " .. out.path,
      cmd = [[out=$1; shift; cat "$@" | awk '{ n += $1 } END { print n + 0 }' > "$out"]],
      args = { ctx:args():add(out):add_all(counts) }, inputs = { counts }, outputs = { out } }
    return { DefaultInfo { files = { out } }, WordsInfo { counts = counts } }
  end,
}

local limit_test = rule {
  doc = "Fails when there are too many words.",
  test = true,
  attrs = {
    of = attr.label { mandatory = true, allow_files = true, doc = "a count or a total" },
    most = attr.int { mandatory = true, doc = "so many words are allowed" },
  },
  impl = function(ctx)
    local file, most = ctx.file.of, tostring(ctx.attr.most)
    return { TestInfo { data = { file }, argv = { "sh", "-c",
      'n=$(cat "$1"); echo "$n words, at most $2"; test "$n" -le "$2"', "sh", file, most } } }
  end,
}

return { count = count, total = total, limit_test = limit_test, WordsInfo = WordsInfo }
