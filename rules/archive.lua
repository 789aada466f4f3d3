--- tar, zip and unpack: load "@sky//archive.lua". The same files give the same bytes, on every
--- machine: sorted, of one time and one owner, and readable by all.

local ATTRS = {
  srcs = attr.label_list { allow_files = true, providers = {}, mandatory = true,
    doc = "files, and targets whose files go in" },
  out = attr.string { doc = "the archive's name; else the target's name with .tar.gz or .zip" },
  strip = attr.string {
    doc = "a directory taken off the front of names; else the package's own" },
  prefix = attr.string { doc = "a directory put before all names" },
}

--- The tar options that name files as the attributes say; $(...) of paths are not touched.
local function naming(ctx)
  local strip = ctx.attr.strip or ctx.package_dir
  local prefix = (ctx.attr.prefix or ""):gsub("/+$", "")
  local out = { "--transform=flags=r;s,^sky-out/[^/]*/,,", "--transform=flags=r;s,^/.*/,,",
    "--transform=flags=r;s,^\\(\\.\\./\\)*,," }
  local function add(from, to)
    for _, text in ipairs { from, to } do
      if text:find("[,\n]") then
        ctx:fail("strip and prefix have no commas and line ends")
      end
    end
    out[#out + 1] = ("--transform=flags=r;s,^%s,%s,"):format(from:gsub("[%.%*%[%]%^%$\\]", "\\%0"),
      (to:gsub("[&\\]", "\\%0")))
  end
  if strip ~= "" then
    add(strip:gsub("/+$", ""):gsub("^%.%./", "") .. "/", "")
  end
  if prefix ~= "" then
    add("", prefix .. "/")
  end
  return out
end

--- The files in a fixed order, as a list that tar reads.
local function list_of(ctx)
  local paths, seen = {}, {}
  for _, file in ipairs(ctx.files.srcs) do
    if not seen[file.path] then
      seen[file.path] = true
      paths[#paths + 1] = file.path
    end
  end
  table.sort(paths)
  return ctx:write("_archives/" .. ctx.name .. ".list", paths)
end

--- Runs tar into $t/tar, and then `finish`, in which $out is the archive to make.
local function pack(ctx, out, mnemonic, finish)
  local list = list_of(ctx)
  ctx:run_shell {
    mnemonic = mnemonic,
    message = "Packing " .. out.path,
    cmd = 'out=$1 list=$2; shift 2; LC_ALL=C; TZ=UTC; export LC_ALL TZ\n'
      .. 't=$(mktemp -d); trap \'rm -rf "$t"\' EXIT\n'
      .. 'tar "$@" --verbatim-files-from -T "$list" -cf "$t/tar"\n' .. finish,
    args = { out, list, "--sort=name", "--mtime=@315532800", "--owner=0", "--group=0",
      "--numeric-owner", "--mode=u=rwX,go=rX", "--format=gnu", "--dereference", naming(ctx) },
    inputs = { list, ctx.files.srcs },
    outputs = { out },
  }
  return { DefaultInfo { files = { out } } }
end

local FINISH = {
  [".tar"] = 'mv "$t/tar" "$out"',
  [".gz"] = 'gzip -n -9 < "$t/tar" > "$out"',
  [".tgz"] = 'gzip -n -9 < "$t/tar" > "$out"',
  [".xz"] = 'xz -T1 < "$t/tar" > "$out"',
  [".zst"] = 'zstd -q < "$t/tar" > "$out"',
}

local tar = rule {
  doc = "A tar archive; the ending of its name says how it is compressed.",
  attrs = ATTRS,
  impl = function(ctx)
    local out = ctx:declare_file(ctx.attr.out or ctx.name .. ".tar.gz")
    local finish = FINISH[out.extension]
    if not finish then
      ctx:fail(("'%s' is no name for a tar archive"):format(out.basename), { attr = "out",
        hint = "it ends with .tar, .tar.gz, .tgz, .tar.xz or .tar.zst" })
    end
    return pack(ctx, out, "Tar", finish)
  end,
}

local zip = rule {
  doc = "A zip archive, without entries for directories.",
  attrs = ATTRS,
  impl = function(ctx)
    local out = ctx:declare_file(ctx.attr.out or ctx.name .. ".zip")
    if out.extension ~= ".zip" then
      ctx:fail("the name of a zip archive ends with .zip", { attr = "out" })
    end
    return pack(ctx, out, "Zip", 'here=$PWD; mkdir "$t/z"; cd "$t/z"\n'
      .. 'tar -xf ../tar\nfind . -type f | sed "s,^\\./,," | sort > ../names\n'
      .. 'zip -X -q -D ../out.zip -@ < ../names\nmv ../out.zip "$here/$out"')
  end,
}

local unpack = rule {
  doc = "The files of an archive, as a directory of the target's name.",
  attrs = {
    src = attr.label { mandatory = true, doc = "what to unpack", allow_single_file = { ".tar",
      ".gz", ".tgz", ".xz", ".zst", ".bz2", ".zip" } },
    strip = attr.int { default = 0, doc = "leading directories taken off; not for zip" },
  },
  impl = function(ctx)
    local src, out = ctx.file.src, ctx:declare_directory(ctx.name)
    ctx:run_shell {
      mnemonic = "Unpack",
      message = "Unpacking " .. src.path,
      cmd = src.extension == ".zip" and 'unzip -q "$1" -d "$2"'
        or 'mkdir -p "$2"; tar -xf "$1" -C "$2" --strip-components="$3" --no-same-owner',
      args = { src, out, tostring(ctx.attr.strip) },
      inputs = { src },
      outputs = { out },
    }
    return { DefaultInfo { files = { out } } }
  end,
}

return { tar = tar, zip = zip, unpack = unpack }
