local t = load "//tools/up"
