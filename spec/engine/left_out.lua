--- Behaviours of the study (study/skyframe.md, section 2) that make no sense for this
-- engine, each with the reason. All others are specs with their id in the name;
-- coverage_spec.lua checks that.
return {
  B08 = "no external futures in the API: what is slow and outside is a process of an action",
  B09 = "as B08",
  B10 = "as B08",
  B11 = "as B08",
  C13 = "every value is plain data and can be compared: there is no such flag",
  D03 = "no age limit: dirty nodes that nobody asks for are kept (DESIGN 5)",
  D11 = "a dependency cannot vanish below its parent: deleting deletes what depends on it",
  F13 = "functions cannot sleep; while an error passes up they may ask for nothing new",
  F15 = "no catastrophic errors: failing fast is what stops everything",
  F16 = "as F15; an error that passes up into a cycle is Y11",
  F17 = "keeping going is a property of an evaluation, not of a key",
  R01 = "no Reset: inputs that an action loses are the action's affair",
  R02 = "as R01",
  R03 = "as R01",
  R04 = "as R01",
  R05 = "values are invalidated only between evaluations, so none becomes dirty before a commit",
  S04 = "no partial re-evaluation: a forked function goes on as soon as its own look-ups are there",
  S05 = "as S04",
  S06 = "as S04",
  V08 = "no filters: every warning is stored and belongs to its node",
}
