/**
 * Takes the next message of any priority into this worker's hands, if there is one.
 * KEYS: the list of messages in hand, then the lists of the queue. kombu adds on the left and takes from the right.
 */
export const takeScript = `
  for index = 2, #KEYS do
    local message = redis.call('LMOVE', KEYS[index], KEYS[1], 'RIGHT', 'LEFT')
    if message then return message end
  end
  return false`;

/**
 * Puts one message in hand back, to be taken next.
 * KEYS: the list of messages in hand, the queue. ARGV: the message.
 */
export const giveBackScript = `
  if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
  redis.call('RPUSH', KEYS[2], ARGV[1])
  return 1`;

/**
 * Shows that this worker lives, and puts back what workers had in their hands that were not seen for a while. Those
 * stay known for an hour: one that was only stopped may still take a message before it shows itself again.
 * Returns how many messages were put back.
 * KEYS: the workers, the queue. ARGV: this worker, prefix of the lists in hand, ms after which a worker counts as dead,
 * ms after which it is forgotten.
 */
export const keepAliveScript = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  local putBack = 0
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])) do
    while redis.call('LMOVE', ARGV[2] .. worker, KEYS[2], 'LEFT', 'RIGHT') do putBack = putBack + 1 end
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[4])
  return putBack`;

/**
 * Keeps a result, unless the task has succeeded already with a run, and tells who waits for it.
 * KEYS: the key of the result, also the channel. ARGV: the result, seconds until it expires.
 */
export const storeResultScript = `
  local kept = redis.call('GET', KEYS[1])
  if kept then
    local readable, meta = pcall(cjson.decode, kept)
    local succeeded = readable and type(meta) == 'table' and meta.status == 'SUCCESS'
    if succeeded and not (type(meta.result) == 'table' and meta.result.skipped) then return 0 end
  end
  redis.call('SETEX', KEYS[1], ARGV[2], ARGV[1])
  redis.call('PUBLISH', KEYS[1], ARGV[1])
  return 1`;
