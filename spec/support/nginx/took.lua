--- Tells whether something that waits took about as long as it must: `least` seconds.
-- nginx counts a timer from the time that it read when its event loop last woke up, so that a timer ends early by as
-- long as the loop has been at work since. A busy machine is late.
local EARLY, LATE = 0.05, 5

return function(seconds, least)
  assert(seconds >= least - EARLY and seconds < least + LATE, ("took %.3f s, expected %g s"):format(seconds, least))
end
