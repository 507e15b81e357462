--- Tells whether something took about as long as it must: at least `least` seconds and less than `most`.
-- nginx counts a timer from the time that it read when its event loop last woke up, so that a timer ends early by as
-- long as the loop has been at work since.
local EARLY = 0.05

return function(seconds, least, most)
  assert(seconds >= least - EARLY and seconds < most, ("took %.3f s, expected %g to %g s"):format(seconds, least, most))
end
