-- Leave the queue, or return a permit that was not used: it is free again when it would have been.
--
-- KEYS[i]   one for each limit
-- ARGV      now (us, 0: the server's clock), id, "timeout" when the wait ended for want of a
--           permit or "" for any other reason, then calls and window (us) a limit
-- Returns   nothing

for i = 1, #KEYS do
  local limit = load(i, quota(i))
  leave_queue(limit, me)
  local permit = permit_of(limit, me)
  if permit and permit.start then
    permit.free_at, permit.start = permit.start, nil
    count_grants(limit, -1)
  end
  if ARGV[3] == 'timeout' then
    limit.timeouts = limit.timeouts + 1
  end
  save(i, limit)
end
return nil
