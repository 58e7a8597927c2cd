-- Ask for a permit of every limit in KEYS at once: all are taken or none.
--
-- KEYS[i]   one for each limit
-- ARGV      now (us, 0: the server's clock), id, share of the least round trip to credit (0-1),
--           place in the queue (0: none yet), priority (0 first), lease (us), then calls and window (us) a limit
-- Returns   {1, us until the permit may be used, 0, place}
--       or  {0, us until a permit can be had at the soonest, us until to ask again, place}
--
-- Asking again with the same id is safe: who was granted already is told so again.

local share = tonumber(ARGV[3])
local place = tonumber(ARGV[4])
local priority = tonumber(ARGV[5])
local lease = tonumber(ARGV[6])

local function comes_before_me(waiter)
  if waiter.priority ~= priority then
    return waiter.priority < priority
  end
  return waiter.place < place
end

-- Forget waiters that are gone, put me (back) into my place, and say how many are served before
-- me. Not counted: the late, and those who wait for another limit so long that a permit used now
-- is back before they could use it here.
local function queue_up(limit)
  local waiting, index, before = {}, 1, 0
  for _, waiter in ipairs(limit.waiting) do
    if waiter.id ~= me and waiter.due + GONE >= now then
      waiting[#waiting + 1] = waiter
      if comes_before_me(waiter) then
        index = #waiting + 1
        if waiter.due + late(limit) >= now and waiter.ready < now + limit.window + limit.guard then
          before = before + 1
        end
      end
    end
  end
  local mine = {id = me, priority = priority, place = place}
  table.insert(waiting, index, mine)
  limit.waiting = waiting
  return mine, before
end

-- When each of the limit's permits is free at the soonest, in that order: {at, permit, extra}.
-- `extra` is set where `at` is a guess: what is likely to come on top.
local function free_times(limit)
  local times = {}
  for _, permit in ipairs(limit.busy) do
    local at, extra = permit.free_at, nil
    if permit.start then  -- in flight: its answer may be seen right now
      at, extra = math.max(permit.start, now) + cool_down(limit, share), 0
      if at >= permit.free_at then  -- or never, and that is known no sooner than its lease ends
        at, extra = permit.free_at, early(limit)
      end
    end
    times[#times + 1] = {at = math.max(at, limit.hold), permit = permit, extra = extra}
  end
  while #times < limit.calls do
    times[#times + 1] = {at = math.max(now, limit.hold)}
  end
  table.sort(times, function(a, b) return a.at < b.at end)
  while #times > limit.calls do  -- a permit came back after its lease: one more than the quota
    table.remove(times, 1)
  end
  return times
end

-- The turn of whoever has `before` others ahead: {at, permit, extra} as above.
local function turn(limit, times, before)
  local rounds = math.floor(before / limit.calls)
  local first = times[before % limit.calls + 1]
  if rounds == 0 then
    return first
  end
  return {
    at = first.at + rounds * cool_down(limit, share),
    extra = (first.extra or 0) + rounds * limit.trips.usual,
  }
end

-- When to ask again: shortly before my turn; and when the one ahead of me would be late, to take
-- the permit instead.
local function next_ask(limit, times, before)
  local near = math.floor(ahead(limit) / 10)
  local mine = turn(limit, times, before)
  local again = mine.at + (mine.extra or 0) - early(limit)
  if before > 0 then
    local previous = turn(limit, times, before - 1)
    local missed = previous.at + (previous.extra or 0) - early(limit) + late(limit)
    again = math.min(again, math.max(missed, now) + near)
  end
  return again
end

local limits, permits = {}, {}
for i = 1, #KEYS do
  limits[i] = load(i, quota(i))
  permits[i] = permit_of(limits[i], me)
end

-- Granted already, and the answer got lost: the call is still to come, so the lease begins anew.
-- Or given back already: then this ask is a stray, and changes nothing.
if next(permits) then
  local start = now
  for _, permit in pairs(permits) do
    if not permit.start then
      return {0, 0, 0, place}
    end
    start = math.max(start, permit.start)
  end
  for i, permit in pairs(permits) do
    permit.start, permit.free_at = start, start + lease
    save(i, limits[i])
  end
  return {1, start - now, 0, place}
end

if place == 0 then
  place = now  -- a time, so that the order is kept even when all memory is lost
  for _, limit in ipairs(limits) do
    place = math.max(place, limit.place + 1)
  end
end

local start, again, margin, sure = now, now + 1000, math.huge, true
local waiters, turns = {}, {}
for i, limit in ipairs(limits) do
  limit.place = math.max(limit.place, place)
  local mine, before = queue_up(limit)
  local times = free_times(limit)
  waiters[i], turns[i] = mine, turn(limit, times, before)
  start = math.max(start, turns[i].at)
  again = math.max(again, next_ask(limit, times, before))
  margin = math.min(margin, ahead(limit))
  sure = sure and not turns[i].extra
end

if sure and start - now <= margin then
  for i, limit in ipairs(limits) do
    leave_queue(limit, me)
    if turns[i].permit then
      local _, index = permit_of(limit, turns[i].permit.id)
      table.remove(limit.busy, index)
    end
    table.insert(limit.busy, {id = me, start = start, free_at = start + lease})
    count_grants(limit, 1)
    save(i, limit)
  end
  return {1, start - now, 0, place}
end

for i, limit in ipairs(limits) do
  local ready = now
  for j, elsewhere in ipairs(turns) do
    if j ~= i then
      ready = math.max(ready, elsewhere.at)
    end
  end
  waiters[i].due, waiters[i].ready = again, ready
  save(i, limit)
end
return {0, start - now, again - now, place}
