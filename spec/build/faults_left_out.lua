--- Cases of the study on reliability ("Actions" and "Names, labels, paths") that no spec shows, and
-- why: number -> reason. spec/build/faults_spec.lua checks that every other number has a spec.
return {
  [76] = "who ignores SIGTERM is case 74; a process stuck in the kernel cannot be made by a spec: "
    .. "skylua stops waiting for it after half a second",
  [95] = "robust_spec.lua, 'a name': blanks, quotes, special bytes through globs, depfiles, "
    .. "parameter files, outputs and events",
  [106] = "no rule unpacks archives: nothing is fetched from elsewhere",
}
