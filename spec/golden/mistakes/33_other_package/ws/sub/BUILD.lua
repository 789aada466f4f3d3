export_files { "a.c" }
