import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommand, startCommand } from '../support/command.js';
import { testDatabases } from '../support/outbox.js';
import { waitUntil } from '../support/waitUntil.js';

/** A directory without a .env. */
const elsewhere = '/tmp';

describe('waybill dashboard', () => {
  it('serves on this machine, prints its address, and stops when told to', async () => {
    const databases = await testDatabases();
    const running = startCommand(['dashboard', '--port', '0'], databases.environment, elsewhere);
    onTestFinished(() => void running.process.kill('SIGKILL'));
    await waitUntil('it has printed its address', () => running.stdout().includes('\n'));
    const url = running.stdout().trim();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const session = await fetch(`${url}api/session`);
    expect(await session.json()).toMatchObject({ user: { name: 'local', role: 'operator' } });
    const rebound = await fetch(`${url}api/session`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(rebound.status).toBe(401);
    running.process.kill('SIGINT');
    expect((await running.ended).exitCode).toBe(0);
  });

  it('has the users of the environment', async () => {
    const databases = await testDatabases();
    const running = startCommand(
      ['dashboard', '--port', '0', '--host', '0.0.0.0'],
      {
        ...databases.environment,
        DASHBOARD_USERS: 'ann:operator:a:password:long bob:viewer:another-password',
      },
      elsewhere,
    );
    onTestFinished(() => void running.process.kill('SIGKILL'));
    await waitUntil('it has printed its address', () => running.stdout().includes('\n'));
    const url = running.stdout().trim().replace('0.0.0.0', '127.0.0.1');
    expect((await fetch(`${url}api/session`)).status).toBe(401);
    const authorization = `Basic ${Buffer.from('ann:a:password:long').toString('base64')}`;
    const session = await fetch(`${url}api/session`, { headers: { authorization } });
    expect(await session.json()).toMatchObject({ user: { name: 'ann', role: 'operator' } });
    running.process.kill('SIGTERM');
    expect((await running.ended).exitCode).toBe(0);
  });

  it('is below a path, or where a proxy says that it is', async () => {
    const databases = await testDatabases();
    const environment = { ...databases.environment, DASHBOARD_USERS: 'ann:operator:a-long-password' };
    const authorization = `Basic ${Buffer.from('ann:a-long-password').toString('base64')}`;
    const below = startCommand(['dashboard', '--port', '0', '--base-path', '/ops/'], environment, elsewhere);
    onTestFinished(() => void below.process.kill('SIGKILL'));
    const told = startCommand(
      ['dashboard', '--port', '0'],
      { ...environment, DASHBOARD_TRUST_PROXY: 'true', DASHBOARD_HOSTS: 'ops.example.com' },
      elsewhere,
    );
    onTestFinished(() => void told.process.kill('SIGKILL'));
    await waitUntil('both have printed their address', () =>
      [below, told].every((running) => running.stdout().includes('\n')),
    );
    expect(below.stdout()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ops\/\n$/);
    const page = await fetch(below.stdout().trim(), { headers: { authorization } });
    expect(await page.text()).toContain('<base href="/ops/" />');
    const forwarded = await fetch(told.stdout().trim(), {
      headers: { authorization, 'x-forwarded-prefix': '/waybill', 'x-forwarded-host': 'ops.example.com' },
    });
    expect(await forwarded.text()).toContain('<base href="/waybill/" />');
  });

  it.each([
    ['DASHBOARD_BASE_PATH', '/ops'],
    ['DASHBOARD_TRUST_PROXY', 'true'],
  ])('refuses %s without users, since a proxy lets others in', async (variable, value) => {
    const databases = await testDatabases({ migrated: false });
    const environment = { ...databases.environment, [variable]: value };
    const { exitCode, stderr } = await runCommand(['dashboard', '--port', '0'], environment, elsewhere);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Through a proxy others can reach the dashboard');
  });

  it.each(['0.0.0.0', '192.0.2.1', '::'])('refuses address %s without users', async (address) => {
    const databases = await testDatabases({ migrated: false });
    const { exitCode, stderr } = await runCommand(
      ['dashboard', '--host', address],
      databases.environment,
      elsewhere,
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Set DASHBOARD_USERS');
  });

  it.each([
    ['ann:operator', 'DASHBOARD_USERS'],
    ['ann:admin:a-long-password', 'DASHBOARD_USERS'],
    ['ann:operator:short', 'needs a password'],
  ])('refuses users %j, and shows no password', async (users, told) => {
    const databases = await testDatabases({ migrated: false });
    const environment = { ...databases.environment, DASHBOARD_USERS: users };
    const { exitCode, stderr } = await runCommand(['dashboard'], environment, elsewhere);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(told);
    expect(stderr).not.toContain('a-long-password');
  });

  it('says when its port is taken', async () => {
    const databases = await testDatabases({ migrated: false });
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const { exitCode, stderr } = await runCommand(
      ['dashboard', '--port', String(port)],
      databases.environment,
      elsewhere,
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Choose another one with --port');
  });

  it('shows its options, but no password', async () => {
    const environment = {
      DASHBOARD_USERS: 'ann:operator:a-long-password',
      DASHBOARD_HOSTS: 'a.example, b.example',
    };
    const { stdout } = await runCommand(['config'], environment, elsewhere);
    expect(stdout).toContain('a.example b.example');
    expect(stdout).toContain('***');
    expect(stdout).not.toContain('a-long-password');
  });
});
