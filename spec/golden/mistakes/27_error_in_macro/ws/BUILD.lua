local app = load "//tools/app.lua"

app.app("hello")
