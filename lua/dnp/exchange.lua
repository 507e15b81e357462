--- One call over an engine: its request goes out, its response comes in, whatever goes wrong becomes the call's error.

local core = require "dnp.core"
local deadline = require "dnp.deadline"
local engines = require "dnp.engines"
local protect = require "dnp.protect"
local scheduler = require "dnp.scheduler"
local text_of = require "dnp.raised"
local trace = require "dnp.trace"

local exchange = {}

-- Pieces of this size are decoded in about a millisecond.
local PIECE = 65536
-- A worker of nginx serves others after so many seconds of decoding.
local TURN = 0.01

--- Makes what fills in a request's table: a function of the body. The rest is the same for all requests of a form.
---@param form table as `core.request` returns it
---@return fun(body: string): dnp.Request
function exchange.prepare_form(form)
  local operation, url, path = form.operation, form.url, form.path
  local scheme, host, port = form.scheme, form.host, form.port
  local mutates, headers = form.mutates, form.headers
  local content_type, action, agent = headers["Content-Type"], headers.SOAPAction, headers["User-Agent"]
  local authorization = headers.Authorization
  local function make(body)
    return {
      operation = operation, method = "POST", url = url, scheme = scheme, host = host, port = port, path = path,
      mutates = mutates, changes = mutates, body = body,
      headers = {
        ["Content-Type"] = content_type, SOAPAction = action, ["User-Agent"] = agent, Authorization = authorization,
      },
    }
  end
  form.make = make
  return make
end

-- ---- engines other than libcurl ----

local function limits_of(settings, timeout, streams)
  return {
    timeout = timeout,
    connect_timeout = math.min(settings.connect_timeout, timeout),
    max_response_bytes = settings.max_response_bytes,
    verify = settings.verify,
    ca_file = settings.ca_file,
    proxy = settings.proxy,
    streams = streams,
  }
end

local function raised(err)
  return { name = "transport", reason = "the engine raised: " .. text_of(err) }
end

-- An interrupt in an engine ends the call. Somebody may still hold its stream, and gets its error when asking for more.
local function interrupt(call, streams, err)
  if streams then
    core.fail(call, raised(err))
  else
    core.cancel(call)
  end
  protect.raise(err, true)
end

-- Its fields may be computed, and so raise.
local function call_field(engine, name, ...)
  return engine[name](...)
end

local FAILURE_FIELDS = { "name", "reason", "sent", "timeout", "stale" }

local function copy_failure(given)
  local failure = {}
  for _, field in ipairs(FAILURE_FIELDS) do
    failure[field] = given[field]
  end
  return failure
end

-- What an engine gave for a failure: its table, read once and in such a way that it may raise; or only its words.
local function failure_of(call, limits, given)
  if type(given) == "table" then
    local good, failure, interrupted = protect.call(copy_failure, given)
    if interrupted then
      interrupt(call, limits.streams, failure)
    end
    return good and failure or raised(failure)
  end
  return { reason = given ~= nil and text_of(given) or nil }
end

-- What is wrong with the head that an engine gave, or nil.
local function head_fault(status, headers)
  if type(status) ~= "number" or (headers ~= nil and type(headers) ~= "table") then
    return "the engine returned neither status and headers nor nil and a failure"
  elseif not (status >= 100 and status <= 999) or status % 1 ~= 0 then
    return "the engine's status is not one of HTTP"
  end
  return nil
end

-- The pieces of a body that is a string.
local function pieces_of(text)
  local first = 1
  return function()
    local piece = first <= #text and text:sub(first, first + PIECE - 1) or nil
    first = first + PIECE
    return piece
  end
end

local Reading = {}
Reading.__index = Reading

-- Calls what an engine gave for a response that nobody reads on. That it raises does no harm.
local function close_with(close)
  if type(close) == "function" then
    local good, err, interrupted = protect.call_outside(close)
    if not good and interrupted then
      protect.raise(err, true)
    end
  end
end

-- Begins to read; nil and a failure when there is no response.
local function begin_reading(call, engine, limits)
  local form, sent = core.request_of(call)
  local request = (form.make or exchange.prepare_form(form))(sent)
  local good, status, headers, body, close = protect.call_outside(call_field, engine, "exchange", request, limits)
  if not good then
    if headers then -- whether it was an interrupt
      interrupt(call, limits.streams, status)
    end
    return nil, raised(status)
  elseif status == nil then
    return nil, failure_of(call, limits, headers)
  end
  local fault = head_fault(status, headers)
  if type(body) == "string" then
    body = pieces_of(body)
  elseif type(body) ~= "function" then
    fault = fault or "the engine's body is neither a string nor a function"
  end
  if fault then
    close_with(close)
    return nil, { reason = fault }
  end
  local going = core.receive("receive", call, status, headers)
  return setmetatable({
    call = call, engine = engine, body = body, close = close, going = going, turn = core.clock() + TURN,
    limits = limits,
  }, Reading)
end

function Reading:abandon()
  self.going = false
  local close = self.close
  self.close = nil
  close_with(close)
end

-- Calls a function of the engine: its results, or nil and a failure. An interrupt ends the exchange.
function Reading:ask(f, ...)
  local good, first, second = protect.call_outside(f, ...)
  if good then
    return first, second
  elseif not second then
    return nil, raised(first)
  end
  self:abandon()
  interrupt(self.call, self.limits.streams, first)
end

local function yield(engine)
  if engine.yield then
    engine.yield()
  end
end

-- Feeds a piece, in parts that are soon decoded. What this raises is Lua's own (memory), and ends the exchange too.
function Reading:feed(piece)
  local from = 1
  while self.going and from <= #piece do
    local good, going, interrupted = protect.call(core.feed, self.call, piece, from, from + PIECE - 1)
    if not good then
      self:abandon()
      protect.raise(going, interrupted)
    end
    self.going = going
    from = from + PIECE
    if core.clock() > self.turn then
      self:ask(yield, self.engine)
      self.turn = core.clock() + TURN
    end
  end
end

-- Takes the next piece of the body; false when there is no more.
function Reading:next()
  if not self.going then
    self:abandon()
    return false
  end
  local piece, failure = self:ask(self.body)
  if not self.going then
    return false -- abandoned meanwhile
  elseif type(piece) == "string" then
    self:feed(piece)
    return true
  elseif piece == nil and failure == nil then
    self.going = false
    self.close = nil -- which is for responses that were not read to their end
    core.finish(self.call)
    return false
  end
  self:abandon()
  core.fail(self.call, piece == nil and failure_of(self.call, self.limits, failure)
    or { reason = "the engine's body gave no string" })
  return false
end

-- Begins to read a response; once more when a kept connection was dead and the call only reads.
local function open(call, engine, limits, mutates)
  local reading, failure = begin_reading(call, engine, limits)
  if not reading and failure.stale and not mutates then
    if not core.renew(call) then
      return nil -- the call has ended
    end
    reading, failure = begin_reading(call, engine, limits)
  end
  if not reading then
    core.fail(call, failure)
  end
  return reading
end

-- ---- any engine ----

-- Sends and reads everything.
local function run(call, engine, settings, timeout, mutates)
  if engine == engines.curl then
    return engine.exchange(call, timeout)
  end
  local reading = open(call, engine, limits_of(settings, timeout, false), mutates)
  if reading then
    repeat
    until not reading:next()
  end
end

-- The engine and the time for a call; nil when it cannot be made, and then the call has its error.
local function prepare(call, settings, mutates)
  local timeout = deadline.timeout(settings.timeout, mutates)
  if not timeout then
    core.fail(call, { name = "deadline", sent = false })
    return nil
  end
  local engine, failure = engines.choose(settings.engine)
  if not engine then
    core.fail(call, failure)
  end
  return engine, timeout
end

local sent_at = setmetatable({}, { __mode = "k" }) -- a traced call -> when its request was traced

--- Works out what the settings of a new session mean for each of its calls.
---@param settings table
function exchange.configure(settings)
  -- The shortest way: libcurl and nothing beside it.
  settings.alone = engines.choose(settings.engine) == engines.curl and not settings.trace and settings.auth == "basic"
    and (settings.engine == "curl" or not engines.in_nginx())
end

--- Passes a request that is about to be sent to the session's trace.
---@param call userdata
---@param settings table
function exchange.trace_request(call, settings)
  if settings.trace then
    sent_at[call] = trace.request(settings.trace, call)
  end
end

--- The results of a call that has ended; its session's trace receives the response before.
---@param call userdata
---@param settings table
---@return any ... what the method returns
function exchange.results(call, settings)
  if settings.trace then
    trace.response(settings.trace, call, sent_at[call] or core.clock())
  end
  return core.results(call)
end

--- Makes a call and reads its response.
---@param call userdata
---@param settings table of its session
---@param mutates boolean
---@return any ... what the method returns
function exchange.perform(call, settings, mutates)
  if settings.alone and not deadline.used then
    local engine = engines.curl
    if scheduler.busy then
      engine.exchange(call, settings.timeout)
    else
      engine.exchange_alone(call, settings.timeout)
    end
    return core.results(call)
  end
  local engine, timeout = prepare(call, settings, mutates)
  if not engine then
    return core.results(call)
  end
  exchange.trace_request(call, settings)
  run(call, engine, settings, timeout, mutates)
  if settings.auth ~= "basic" and core.again(call) then
    run(call, engine, settings, timeout, mutates)
  end
  return exchange.results(call, settings)
end

-- ---- lists that are handed over while they arrive ----

local Stream = { __name = "dnp.stream" }
Stream.__index = Stream

-- Whether another coroutine waits for records in here. One that died of an error there does not.
local function in_use(stream)
  local waiter = stream.waiter
  return waiter and waiter ~= protect.running() and coroutine.status(waiter) ~= "dead"
end

--- Ends the transfer; harmless when it is over. Whoever waits for the next record is given none.
function Stream:close()
  if self.reading then
    self.reading:abandon()
  end
  if in_use(self) and not self.over then
    core.cut(self.call)
  else
    core.cancel(self.call)
  end
  self.over = true
end

Stream.__close = Stream.close

-- Calls a function when what this returns is collected. Tables have finalizers from Lua 5.2 on, userdata always.
local newproxy = rawget(_G, "newproxy")
local function when_collected(f)
  if newproxy then
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = f
    return proxy
  end
  return setmetatable({}, { __gc = f })
end

-- Begins to read. An engine learns that its response is given up, be it that nobody has the stream any more.
local function begin_stream(stream)
  local reading = open(stream.call, stream.engine, limits_of(stream.settings, stream.timeout, true), false)
  stream.reading = reading
  stream.guard = reading and reading.close and when_collected(function()
    pcall(reading.abandon, reading)
  end)
  return reading ~= nil
end

-- Waits for the next records; false at the end of the response.
local function advance(stream)
  if stream.engine == engines.curl then
    if not stream.number then
      stream.number = engines.curl.start(stream.call, stream.timeout)
    end
    return engines.curl.advance(stream.call, stream.number) == 1
  end
  if not stream.reading then
    return begin_stream(stream)
  end
  return stream.reading:next()
end

local function finish(stream)
  stream.over = true
  local value, err = exchange.results(stream.call, stream.settings)
  if value == nil then
    error(err, 0)
  end
end

-- Fills the array of records; nil at the end. What came before an error is handed over first.
local function refill(stream)
  if in_use(stream) then
    error("each: another coroutine waits for the next record of this stream", 3)
  end
  while not stream.over do
    stream.waiter = protect.running()
    local going = not stream.ended and advance(stream)
    stream.waiter = nil
    if stream.over then -- closed meanwhile
      stream:close()
      return nil
    end
    stream.ended = not going
    stream.count = core.records(stream.call, stream.records, 0)
    stream.at = 0
    if stream.count > 0 then
      return true
    elseif stream.ended and core.again(stream.call) then
      stream.number, stream.reading, stream.ended = nil, nil, false
    elseif stream.ended then
      finish(stream)
    end
  end
  return nil
end

--- The next record, or nil at the end; of a row its table follows. Raises an error object.
function Stream:__call()
  if self.at >= self.count and not refill(self) then
    return nil
  end
  local records, step = self.records, self.step
  local record = records[self.at + 1]
  local of = step == 2 and records[self.at + 2] or nil
  records[self.at + 1] = false
  self.at = self.at + step
  return record, of
end

--- Begins a stream of the records of a list.
---@param session userdata
---@param call userdata
---@param rows boolean whether they are rows of a DataSet
---@return table stream
function exchange.stream(session, call, rows)
  local settings = core.settings(session)
  local engine, timeout = prepare(call, settings, false)
  if engine then
    exchange.trace_request(call, settings)
  end
  return setmetatable({
    session = session,
    call = call,
    settings = settings,
    engine = engine,
    timeout = timeout,
    step = rows and 2 or 1,
    records = {},
    at = 0,
    count = 0,
    ended = not engine,
    over = false,
  }, Stream)
end

return exchange
