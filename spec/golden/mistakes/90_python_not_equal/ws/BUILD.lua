local debug = true
if debug != false then
  cc_binary { name = "app", srcs = { "main.c" } }
end
