cc_library(
    name = "a",
    srcs = ["a.c"],
)
