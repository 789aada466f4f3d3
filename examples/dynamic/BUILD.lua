local music = load "//tools/playlist.lua"

music.playlist { name = "evening", wishes = "wishes.txt", songs = "//songs" }
