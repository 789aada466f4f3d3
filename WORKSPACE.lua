-- skylua builds itself: `skylua build -c release //src:skylua`. The first one comes from make.
workspace { name = "skylua" }
