import { describe, expect, it } from 'vitest';
import type { Logger } from '../../../observe/logger.js';
import { OutageLog } from './outageLog.js';

function recordingLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    };
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  return { logger, lines };
}

describe('the log of an outage of Redis', () => {
  it('has one warning for each, and says when it is over', () => {
    const { logger, lines } = recordingLogger();
    const log = new OutageLog(logger, 'redis://127.0.0.1:6379/2');
    log.answered();
    for (let tried = 0; tried < 3; tried += 1) log.failed(new Error('connect ECONNREFUSED'));
    log.answered();
    log.answered();
    log.failed(new Error('read ECONNRESET'));
    expect(lines.map((line) => line.split(' ', 1)[0])).toEqual(['warn', 'debug', 'debug', 'info', 'warn']);
    expect(lines[0]).toContain('{"redis":"127.0.0.1:6379/2","reason":"connect ECONNREFUSED"}');
  });

  it('never holds the password, neither of the URL nor of the command that failed', () => {
    const { logger, lines } = recordingLogger();
    const log = new OutageLog(logger, 'rediss://user:s3cret@redis.example:6380/0');
    const refused = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
      command: { name: 'auth', args: ['user', 's3cret'] },
    });
    log.failed(refused);
    log.failed(refused);
    log.told(refused, 'a job went wrong');
    expect(lines).toHaveLength(3);
    expect(lines.join()).toContain('redis.example:6380/0');
    expect(lines.join()).not.toMatch(/s3cret|user:/);
  });
});
