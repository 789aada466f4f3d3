-- Short names for what is run and tested most: skylua run :server, skylua test :tests
alias { name = "server", actual = "//server" }

test_suite { name = "tests", tests = { "//tests:every" } }
