-- What every script of the limiter begins with: the time, the words, the state of a limit.
--
-- KEYS[i]   one for each limit: a cmsgpack value that never expires. Losing it costs a cold start.
-- ARGV[1]   now in us, or 0 for the server's clock. Every time below is of this clock, in us;
--           a client is only ever told durations, so its own clock does not matter.
-- ARGV[2]   id of the caller: one id is one waiter, then one permit.
-- The last 2 * #KEYS of ARGV: calls and window (us) of each limit, by turns.
--
-- A limit is {
--   calls, window      its quota, as last asked for
--   clock              the time of the last script
--   hold               no grant starts before: after a refusal, or when memory was lost
--   guard              what refusals have added to the cool-down
--   place              the last place given in the queue
--   busy               permits {id, free_at, start}. start is set while in flight, and free_at is
--                      then the end of the lease; without start it cools down until free_at
--   waiting            waiters {id, priority, place, due, ready} in the order they are served:
--                      due is when each was told to ask again, ready when its other limits let it
--   trips              times from start to give-back: usual, {count, least} of this batch, and
--                      before, the least of the batch before
--   recent             grants by stretch of RECENT
--   grants, refusals, timeouts, unanswered, lapsed, rebases      counted since memory began
-- }

local COLD = 500000      -- beyond a window: for what was still on its way when memory was lost
local GONE = 250000      -- so long overdue, a waiter is forgotten; its place is its own to keep
local BATCH = 200        -- round trips that must be known before the least of them is credited
local RECENT = 5000000   -- a stretch of `recent`
local STRETCHES = 12     -- so many make a minute

local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local me = ARGV[2]

-- A permit may be granted this long before it is free; its holder sleeps the rest. One round trip
-- less, and a slow Redis costs no budget; a more urgent caller comes too late by this much at most.
local function ahead(limit)
  return math.min(100000, math.floor(limit.window / 10))
end

-- A waiter is told to come this long before its turn.
local function early(limit)
  return math.floor(ahead(limit) / 2)
end

-- So long after that it is passed over by the one behind it: a busy machine wakes nobody so late,
-- and a dead waiter costs half of this of one permit.
local function late(limit)
  return ahead(limit)
end

local function quota(i)
  local at = #ARGV - 2 * #KEYS + 2 * i
  return tonumber(ARGV[at - 1]), tonumber(ARGV[at])
end

-- Nobody knows how long ago the clock was set back: assume no time passed, and count on from here.
local function rebase(limit)
  local step = limit.clock - now
  limit.hold = limit.hold - step
  for _, permit in ipairs(limit.busy) do
    permit.free_at = permit.free_at - step
    permit.start = permit.start and permit.start - step
  end
  for _, waiter in ipairs(limit.waiting) do
    waiter.due = waiter.due - step
    waiter.ready = waiter.ready - step
  end
  limit.recent = {}
  limit.rebases = limit.rebases + 1
end

-- Permits whose time is over are free; one still in flight had its lease end.
local function free_ended(limit)
  local busy = {}
  for _, permit in ipairs(limit.busy) do
    if permit.free_at > now then
      busy[#busy + 1] = permit
    elseif permit.start then
      limit.lapsed = limit.lapsed + 1
    end
  end
  limit.busy = busy
end

local function load(i, calls, window)
  local packed = redis.call('GET', KEYS[i])
  local limit
  if packed then
    limit = cmsgpack.unpack(packed)
  else
    limit = {
      clock = now, hold = now + window + COLD, guard = 0, place = 0,
      busy = {}, waiting = {}, trips = {usual = 0, count = 0}, recent = {},
      grants = 0, refusals = 0, timeouts = 0, unanswered = 0, lapsed = 0, rebases = 0,
    }
  end
  limit.calls, limit.window = calls or limit.calls, window or limit.window
  if now < limit.clock then
    rebase(limit)
  end
  limit.clock = now
  free_ended(limit)
  return limit
end

local function save(i, limit)
  redis.call('SET', KEYS[i], cmsgpack.pack(limit))
end

local function permit_of(limit, id)
  for index, permit in ipairs(limit.busy) do
    if permit.id == id then
      return permit, index
    end
  end
end

local function leave_queue(limit, id)
  for index, waiter in ipairs(limit.waiting) do
    if waiter.id == id then
      table.remove(limit.waiting, index)
      return
    end
  end
end

local function count_grants(limit, number)
  local stretch = math.floor(now / RECENT)
  limit.grants = limit.grants + number
  limit.recent[stretch] = (limit.recent[stretch] or 0) + number
  for old in pairs(limit.recent) do
    if old < stretch - STRETCHES then
      limit.recent[old] = nil
    end
  end
end

-- The least round trip lately seen by any process; 0 until a whole batch is known.
local function least_trip(limit)
  local trips = limit.trips
  return trips.before and math.min(trips.before, trips.least or trips.before) or 0
end

-- From give-back to free again. `share` of the least round trip is credited: the next call needs
-- that long to arrive, and this one arrived that long ago.
local function cool_down(limit, share)
  local credit = math.min(share * least_trip(limit), limit.window / 2)
  return limit.window + limit.guard - math.floor(credit)
end
