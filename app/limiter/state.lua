-- Describe one limit; nothing is written.
--
-- KEYS[1]   the limit
-- ARGV      now (us, 0: the server's clock)
-- Returns   JSON, the fields of LimiterState; nil when nobody ever asked

if redis.call('EXISTS', KEYS[1]) == 0 then
  return nil
end
local limit = load(1)

local in_flight = 0
for _, permit in ipairs(limit.busy) do
  if permit.start then
    in_flight = in_flight + 1
  end
end

local waiting = {}
for _, waiter in ipairs(limit.waiting) do
  if waiter.due + GONE >= now then
    local priority = tostring(waiter.priority)
    waiting[priority] = (waiting[priority] or 0) + 1
  end
end

-- The oldest stretch of the minute counts with the share of it that is still inside.
local stretch = math.floor(now / RECENT)
local used = (limit.recent[stretch - STRETCHES] or 0) * (1 - now % RECENT / RECENT)
for i = stretch - STRETCHES + 1, stretch do
  used = used + (limit.recent[i] or 0)
end

return cjson.encode({
  calls = limit.calls,
  window_seconds = limit.window / 1000000,
  in_flight = in_flight,
  cooling = #limit.busy - in_flight,
  waiting = waiting,
  used_last_minute = math.floor(used + 0.5),
  guard_seconds = limit.guard / 1000000,
  pause_seconds = math.max(0, limit.hold - now) / 1000000,
  least_round_trip_seconds = least_trip(limit) / 1000000,
  grants = limit.grants,
  refusals = limit.refusals,
  timeouts = limit.timeouts,
  unanswered = limit.unanswered,
  lapsed = limit.lapsed,
  rebases = limit.rebases,
})
