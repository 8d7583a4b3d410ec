import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FakeGoogle } from '../fakeControls.ts';
import { consentOnDevicePage } from '../person.ts';
import { testDrive } from '../testDrive.ts';

const driveFile = 'https://www.googleapis.com/auth/drive.file';

async function post(fake: FakeGoogle, path: string, form: Record<string, string>) {
  const answer = await fetch(fake.url + path, { method: 'POST', body: new URLSearchParams(form) });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely.
  return { status: answer.status, json: (await answer.json()) as any };
}

test('a device waits, is told to slow down, gets its tokens once, and may not ask for all of Drive or of Sheets', async (t) => {
  let now = new Date('2026-01-01T00:00:00Z');
  const later = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000);
  };
  const { fake } = await testDrive(t, { now: () => now });
  const client = fake.createClient('device');
  const start = (scope: string, id = client.id) => post(fake, '/device/code', { client_id: id, scope });
  for (const scope of ['drive', 'spreadsheets']) {
    const url = `https://www.googleapis.com/auth/${scope}`;
    const error_description = `Invalid device flow scope: ${url}`;
    assert.deepEqual(await start(url), { status: 400, json: { error: 'invalid_scope', error_description } });
  }
  const desktop = await start(driveFile, fake.client.id);
  assert.deepEqual([desktop.status, desktop.json.error_description], [401, 'Invalid client type.']);
  const device = (await start(driveFile)).json;
  const poll = (code = device.device_code) =>
    post(fake, '/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: client.id,
      client_secret: client.secret,
      device_code: code,
    });
  const pending = await poll();
  assert.deepEqual([pending.status, pending.json.error], [428, 'authorization_pending']);
  later(4);
  const hasty = await poll();
  assert.deepEqual([hasty.status, hasty.json.error], [403, 'slow_down']);
  await consentOnDevicePage(device.verification_url, device.user_code.toLowerCase());
  later(5);
  const tokens = await poll();
  assert.equal(tokens.status, 200);
  assert.equal(tokens.json.scope, driveFile);
  assert.match(tokens.json.refresh_token, /^1\/\//);
  later(5);
  assert.equal((await poll()).json.error, 'invalid_grant');

  const refused = (await start(driveFile)).json;
  await consentOnDevicePage(refused.verification_url, refused.user_code, { deny: true });
  assert.deepEqual(await poll(refused.device_code), {
    status: 403,
    json: { error: 'access_denied', error_description: 'Forbidden' },
  });
  const forgotten = (await start(driveFile)).json;
  later(1800);
  assert.equal((await poll(forgotten.device_code)).json.error, 'expired_token');
  await assert.rejects(consentOnDevicePage(forgotten.verification_url, forgotten.user_code), /Invalid code/);
});
