import { describe, expect, it } from 'vitest';
import { judgeRedis } from './judgeRedis.js';

function info(version: string, policy: string): string {
  return `# Server\r\nredis_version:${version}\r\nredis_mode:standalone\r\n\r\n# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:${policy}\r\n`;
}

describe('what Redis is like', () => {
  it.each(['6.2.0', '7.0.15', '10.0.0'])('is fine with version %s that evicts nothing', (version) => {
    expect(judgeRedis(info(version, 'noeviction'))).toEqual([]);
  });

  it.each(['allkeys-lru', 'volatile-ttl'])('is not fine with the policy %s', (policy) => {
    expect(judgeRedis(info('7.0.15', policy))).toEqual([expect.stringContaining(`is ${policy}: when`)]);
  });

  it('tells a version that is too old from one that is merely old', () => {
    expect(judgeRedis(info('4.0.14', 'noeviction'))).toEqual([expect.stringContaining('needs 5.0.0')]);
    expect(judgeRedis(info('6.0.16', 'noeviction'))).toEqual([expect.stringContaining('advises 6.2.0')]);
  });

  it('says nothing of what a service does not tell', () => {
    expect(judgeRedis('# Server\r\n')).toEqual([]);
  });
});
