-- Give a permit back: its answer is seen, or will never be.
--
-- KEYS[i]   one for each limit of the permit
-- ARGV      now (us, 0: the server's clock), id, share of the least round trip to credit (0-1),
--           outcome: "answered", "rejected" (the broker counted one call too many) or
--           "unanswered" (it may still arrive), then calls and window (us) a limit
-- Returns   nothing
--
-- Giving back twice changes nothing; what lost its lease or its memory still cools down.

local share = tonumber(ARGV[3])
local outcome = ARGV[4]

local function widen(limit)
  limit.refusals = limit.refusals + 1
  limit.guard = math.min(limit.guard + math.floor(limit.window / 50), limit.window)
  limit.hold = math.max(limit.hold, now + limit.window)
  limit.trips = {usual = limit.trips.usual, count = 0}  -- what was credited is to be learnt anew
end

local function narrow(limit)
  limit.guard = math.max(0, limit.guard - math.floor(limit.window / 2500))
end

-- `usual` is only for guessing when to ask: no single slow call may move it far.
local function note_trip(limit, trip)
  local trips = limit.trips
  trips.usual = trips.usual + math.floor((math.min(trip, 2 * ahead(limit)) - trips.usual) / 8)
  trips.count = trips.count + 1
  trips.least = math.min(trips.least or trip, trip)
  if trips.count == BATCH then
    trips.count, trips.before, trips.least = 0, trips.least, nil
  end
end

for i = 1, #KEYS do
  local limit = load(i, quota(i))
  local permit = permit_of(limit, me)
  local known = permit ~= nil
  if not known then
    permit = {id = me, start = now, free_at = now}
    table.insert(limit.busy, permit)
  end
  if permit.start then
    if outcome == 'unanswered' then
      limit.unanswered = limit.unanswered + 1
      permit.free_at = math.max(permit.free_at, now + cool_down(limit, 0))
    else
      if outcome == 'rejected' then
        widen(limit)
      else
        narrow(limit)
        if known then
          note_trip(limit, now - permit.start)
        end
      end
      permit.free_at = now + cool_down(limit, share)
    end
    permit.start = nil
    save(i, limit)
  end
end
return nil
