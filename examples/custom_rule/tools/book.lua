--- Rules for a small book: pages depend on pages; a book is a page and all it leads to.

local PageInfo = provider {
  doc = "what a page hands on",
  fields = {
    title = "the page's title",
    pages = "depset of artifacts: this page and all it refers to, referred ones first",
  },
}

local page = rule {
  doc = "One page: its title underlined, then its text with long lines wrapped.",
  attrs = {
    title = attr.string { mandatory = true, doc = "the heading" },
    src = attr.label { allow_single_file = { ".txt" }, mandatory = true, doc = "the text" },
    width = attr.int { default = 40, doc = "where lines are wrapped" },
    refs = attr.label_list { providers = { PageInfo }, doc = "pages that this one refers to" },
  },
  provides = { PageInfo },
  impl = function(ctx)
    local heading = ctx:declare_file(ctx.name .. ".head")
    ctx:write(heading, ctx.attr.title .. "\n" .. string.rep("=", #ctx.attr.title) .. "\n")

    local out = ctx:declare_file(ctx.name .. ".page")
    ctx:run {
      mnemonic = "Page",
      message = "Setting " .. ctx.file.src.path,
      argv = { "sh", "-c", "{ cat \"$1\"; fold -s -w \"$2\" \"$3\"; echo; } > \"$4\"", "sh",
        heading, tostring(ctx.attr.width), ctx.file.src, out },
      inputs = { heading, ctx.file.src },
      outputs = { out },
    }

    local below = {}
    for i, ref in ipairs(ctx.attr.refs) do
      below[i] = ref[PageInfo].pages
    end
    return {
      DefaultInfo { files = { out } },
      PageInfo { title = ctx.attr.title, pages = depset({ out }, below, "postorder") },
    }
  end,
}

local book = rule {
  doc = "A page and all it leads to, each once, in one file with a table of contents.",
  attrs = {
    start = attr.label { providers = { PageInfo }, mandatory = true, doc = "the first page" },
  },
  impl = function(ctx)
    local info = ctx.attr.start[PageInfo]
    local out = ctx:declare_file(ctx.name .. ".txt")
    ctx:run {
      mnemonic = "Book",
      message = "Binding " .. info.title,
      argv = ctx:args():add("sh", "-c", "out=$1; shift; cat \"$@\" > \"$out\"", "sh", out)
        :add_all(info.pages),
      inputs = { info.pages },
      outputs = { out },
    }
    return { DefaultInfo { files = { out } } }
  end,
}

return { page = page, book = book, PageInfo = PageInfo }
