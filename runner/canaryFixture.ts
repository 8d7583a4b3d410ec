import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type PostgresServer, startPostgres } from '../sandbox/postgres/startPostgres.ts';
import { type RunWorld, runWorld } from '../sandbox/runWorld.ts';
import { startMailbox } from '../sandbox/smtp/startMailbox.ts';
import { hurriedClock, secretsOf } from './failureFixture.ts';
import { leaks } from './leaks.ts';
import { type PodOptions, runPod } from './podFixture.ts';

// Characters that JSON, URLs, HTML and base64 write in another way.
export const password = 'Pä+ss/w\\"rd <4711> =&%';
export const canary = 'canary-row-<Zeile> "17"+/ä';
// One that any YAML may hold as it is.
export const plain = 'Einfaches-Wort-4711';
export const secrets = { 'password of the role': password, 'plain password': plain, 'a row': canary };

const quoted = `'${canary}'`;
const rows = `
  CREATE TABLE texts AS SELECT ${quoted}::text v, repeat(${quoted} || E'\\x01', 2000) long;
  CREATE TABLE documents AS SELECT to_jsonb(${quoted}::text) v, ARRAY[${quoted}] list, convert_to(${quoted}, 'UTF8') bytes;
  CREATE FUNCTION complain(v text, state text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
    RAISE NOTICE 'notice %', v;
    RAISE EXCEPTION 'message %', v USING ERRCODE = state, DETAIL = v, HINT = v, TABLE = v, COLUMN = v; END $$;`;

/** Views that fail as they are read, with the value in what PostgreSQL says. */
export const views: Record<string, string> = {
  invalidInput: 'SELECT v::int FROM texts',
  invalidDate: 'SELECT v::date FROM texts',
  invalidJSON: 'SELECT v::json FROM texts',
  invalidEnum: 'SELECT v::pg_catalog.regclass FROM texts',
  invalidType: 'SELECT v::regtype FROM texts',
  invalidFunction: 'SELECT to_regprocedure(v), v::regprocedure FROM texts',
  invalidQuery: "SELECT query_to_xml('SELECT ' || v, true, true, '') FROM texts",
  divisionByZero: 'SELECT 1 / (length(v) - length(v)) FROM texts',
  invalidTimeZone: 'SELECT now() AT TIME ZONE v FROM texts',
  raised: "SELECT complain(v, 'P0001') FROM texts",
  raisedAsConstraint: "SELECT complain(v, '23514') FROM texts",
  raisedAsPermission: "SELECT complain(v, '42501') FROM texts",
  raisedAsSerialization: "SELECT complain(v, '40001') FROM texts",
  raisedAsLock: "SELECT complain(v, '55P03') FROM texts",
};

let ownServer: Promise<PostgresServer> | undefined;

/** The server of this file, with a role that has a password of its own. */
export function canaryServer(): Promise<PostgresServer> {
  ownServer ??= (async () => {
    const server = await startPostgres();
    await server.query(`CREATE ROLE reader LOGIN PASSWORD '${password}'; GRANT pg_read_all_data TO reader`);
    return server;
  })();
  return ownServer;
}

/** A world whose role has a password of its own, on a database full of canaries. */
export async function canaryWorld(t: TestContext): Promise<RunWorld> {
  const server = await canaryServer();
  const uri = await server.createDatabase();
  await server.query(rows, uri);
  const url = new URL(uri);
  url.username = 'reader';
  url.password = encodeURIComponent(password);
  const world = await runWorld(t, { uri });
  world.secrets.db = { uri: url.href };
  world.clock = hurriedClock();
  return world;
}

/** Asserts that what a pod left, its log at the finest level included, holds no secret and no row. */
export async function podInSecret(t: TestContext, world: RunWorld, word: string, pod: PodOptions) {
  const environment = { ...pod.environment, DBBACKUP_LOG_LEVEL: 'debug' };
  const ended = await runPod(t, word, { secrets: world.secrets, ...pod, environment });
  const texts = { log: ended.log, answer: JSON.stringify(ended.answer) };
  for (const [where, text] of Object.entries(texts)) assert.notEqual(text ?? '', '', where);
  assert.deepEqual(leaks(texts, { ...secretsOf(world), ...secrets }), []);
  return ended;
}

/** A relay that wants a login over TLS, which the world's Secrets have, right or wrong; and what it took. */
export async function lockedRelay(t: TestContext, { secrets: known }: RunWorld, right: boolean) {
  const auth = { user: 'relay', password: right ? password : 'x' };
  const relay = await startMailbox({ tls: 'required', auth });
  t.after(() => relay.stop());
  known.relay = { username: 'relay', password };
  known['relay-ca'] = { 'ca.crt': relay.ca ?? '' };
  const smtp = {
    ...{ host: relay.host, port: relay.port, tls: 'Required' as const },
    ...{ credentialsSecretRef: { name: 'relay' }, caSecretRef: { name: 'relay-ca', key: 'ca.crt' } },
  };
  return {
    notification: { email: { to: ['ops@example.com'], smtp } },
    mails: () => relay.messages().flatMap(({ raw, text, html }) => [raw, text, html]),
  };
}
