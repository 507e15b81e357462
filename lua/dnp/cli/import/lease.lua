--- How long a worker may be sure that what it works on is its own, where other machines are at the same import.
---
--- Whoever does not renew it in time counts as dead, and others take over its accounts. So nothing is changed on the
--- panel without it. It has to be longer than what a change may take: the call itself has the session's timeout, and a
--- request whose answer was lost may be carried out for as long again. Between two calls there is at most another call
--- and a pause, which in an import is no longer than the timeout either.

local dnp = require "dnp"

local lease = {}

-- In timeouts of the session.
local LENGTH, RENEWED_BELOW, NEEDED = 4, 3, 2

---@class dnp.cli.Lease
---@field length number seconds
---@field worker integer? the id in the journal
---@field over boolean? others may have taken over
---@field needed number seconds that have to be left for a change
---@field renew fun(lease: dnp.cli.Lease): boolean whether the journal has given more time
local Lease = {}
Lease.__index = Lease

--- How long a lease is for a session's timeout.
---@param timeout number
---@return number
function lease.length(timeout)
  return LENGTH * timeout
end

--- Counts anew, from before the journal was asked. The wall clock counts, too: the other one stands still while a
--- machine sleeps.
---@param began number on `dnp.clock`
---@param wall integer on `os.time`
function Lease:extend(began, wall)
  self.ends, self.wall_ends = began + self.length, wall + self.length
end

--- Seconds that are left.
---@return number
function Lease:remaining()
  return math.min(self.ends - dnp.clock(), self.wall_ends - os.time())
end

--- Whether others may have taken over: asks the journal when it seems so.
---@return boolean
function Lease:is_over()
  if not self.over and self:remaining() <= 0 then
    self.over = not self:renew()
  end
  return self.over or false
end

--- Whether a call may be made; renews the lease when it is time to.
---@param changes boolean it changes something
---@return boolean
function Lease:allows(changes)
  if not self.over and self:remaining() < self.renewed_below then
    self:renew()
  end
  if self:is_over() then
    return false
  end
  return not changes or self:remaining() >= self.needed
end

--- A lease that begins now.
---@param timeout number of the session
---@param renew fun(lease: dnp.cli.Lease): boolean
---@return dnp.cli.Lease
function lease.new(timeout, renew)
  local self = setmetatable({
    length = lease.length(timeout), renewed_below = RENEWED_BELOW * timeout, needed = NEEDED * timeout, renew = renew,
  }, Lease)
  self:extend(dnp.clock(), os.time())
  return self
end

return lease
