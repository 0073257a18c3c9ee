/** The oldest Redis with the commands that BullMQ uses, and the oldest that it advises. */
const versionMin = '5.0.0';
const versionAdvised = '6.2.0';

/**
 * What is amiss with a Redis for BullMQ, from its answer to INFO; each a sentence for the log. BullMQ looks at the same
 * and writes it to the console, past the log, which is why it is told to look away.
 */
export function judgeRedis(info: string): string[] {
  const faults: string[] = [];
  const policy = field(info, 'maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction')
    faults.push(
      `maxmemory-policy of Redis is ${policy}: when its memory is full it removes keys of BullMQ, and tasks stop. ` +
        'Set it to noeviction.',
    );
  const version = field(info, 'redis_version');
  // Others that speak its protocol tell a version of Redis, too, for the sake of their clients.
  if (version !== undefined && isOlder(version, versionMin))
    faults.push(`This is Redis ${version}; BullMQ needs ${versionMin} or newer, and fails with this one.`);
  else if (version !== undefined && isOlder(version, versionAdvised))
    faults.push(`This is Redis ${version}; BullMQ advises ${versionAdvised} or newer.`);
  return faults;
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

function isOlder(version: string, than: string): boolean {
  const numbers = version.split('.').map(Number);
  for (const [index, limit] of than.split('.').map(Number).entries()) {
    const number = numbers[index] ?? 0;
    if (number !== limit) return number < limit;
  }
  return false;
}
