--- Facts of the study that no spec shows, and why: number -> reason.
-- spec/build/facts_spec.lua checks that every other number has a spec.
return {
  [18] = "there are no order-only inputs: what an action does not read is not declared",
  [24] = "needs the sandbox: a look at a file that is not there leaves no trace in a depfile",
  [25] = "needs the sandbox: an input that is declared counts, also when it is never read",
  [28] = "every command has a depfile of its own, removed before and after it; which target it "
    .. "names does not matter",
  [38] = "needs the sandbox: a file beside the declared ones is not seen",
}
