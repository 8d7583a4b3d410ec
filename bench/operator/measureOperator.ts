import { setTimeout as delay } from 'node:timers/promises';
import { apiVersion } from '../../crds/databaseBackup.ts';
import { backups } from '../../operator/reconcile/kinds.ts';
import type { Workbench } from '../workbench.ts';
import { type BareClient, bareClient } from './bareClient.ts';
import { type BenchOperator, benchOperator, type ProcessUse } from './benchOperator.ts';
import { fakeKubelet } from './fakeKubelet.ts';
import { backupObject, createBackups } from './manyBackups.ts';
import { namespaces, type OperatorCluster, operatorCluster } from './operatorCluster.ts';
import { readyCount } from './readyCount.ts';
import { countRequests, isCronJobMade, isLease, isRead, isWrite } from './requests.ts';
import { until } from './until.ts';

/** The operator's own default, and how many requests of the bare client go at a time. */
const workers = 4;
const singles = 20;
const scrapes = 3;
/** So long without a write, and all is settled. */
const quietMs = 15_000;

/** What was seen of the operator with so many backups. */
export interface OperatorFacts {
  readonly count: number;
  /** From the start of the process until the last CronJob was there. */
  readonly cronJobSeconds: number;
  /** CronJob and status of as many backups by the bare client, before the backups came and after the operator had ended. */
  readonly bareSeconds: readonly number[];
  /** From there until every backup was Ready. */
  readonly readySeconds: number;
  readonly cpuSeconds: number | undefined;
  /** All requests until then but those for the Lease: `patch cronjobs` → how many. */
  readonly requests: ReadonlyMap<string, number>;
  readonly idle: {
    readonly seconds: number;
    /** `patch databasebackups/status backup-00001`. */
    readonly writes: readonly string[];
    readonly renewals: number;
    readonly cpuSeconds: number | undefined;
    readonly use: ProcessUse | undefined;
  };
  /** A page of metrics, and what the process had at most after some of them. */
  readonly scrape: {
    readonly seconds: number;
    readonly bytes: number;
    readonly use: ProcessUse | undefined;
  };
  /** Seconds until one new backup had its CronJob, and until the bare client had one. */
  readonly single: { readonly ours: readonly number[]; readonly bare: readonly number[] };
}

/** Backups that are there, then the operator: CronJobs, checks, and nothing more to do. Everything is fresh. */
export async function measureOperator(
  bench: Workbench,
  count: number,
  idleSeconds: number,
): Promise<OperatorFacts> {
  const { signal } = bench;
  const told = (what: string) => console.log(`  ${count} backups: ${what}`);
  await using world = await operatorCluster(bench);
  await using bare = bareClient(world);
  const before = await bareWrites(world, bare, count, signal);
  told(`the bare client made the same writes in ${before.toFixed(1)} s`);
  await createBackups(world, count);

  await using operator = await benchOperator(bench, world, ['--workers', `${workers}`, '--max-checks', '50']);
  const madeAt = await cronJobsMade(world, count, signal);
  const cronJobSeconds = (madeAt - operator.startedAt) / 1000;
  told(`their CronJobs were there after ${cronJobSeconds.toFixed(1)} s`);

  // Not before: a check takes a real pod longer than all the CronJobs, and must not be done beside them.
  await using kubelet = fakeKubelet(world);
  const began = performance.now();
  await readyCount(world, count, signal);
  const readySeconds = (performance.now() - began) / 1000;
  told(`all were Ready ${readySeconds.toFixed(1)} s later`);
  await untilQuiet(world, signal);
  const cpuSeconds = (await operator.use())?.cpuSeconds;
  const requests = countRequests(await world.audit.entries());

  const idle = await idleFor(world, operator, idleSeconds, signal);
  told(`${idle.writes.length} writes in ${idleSeconds} s`);
  const scrape = await scraped(operator);
  const single = await oneByOne(world, bare, count, signal);
  await operator.stop();
  await kubelet[Symbol.asyncDispose]();
  const after = await bareWrites(world, bare, count, signal);
  return {
    ...{ count, cronJobSeconds, readySeconds, cpuSeconds, requests, idle, scrape, single },
    bareSeconds: [before, after],
  };
}

/** The time of the bare client, on as many backups that the operator never sees. */
async function bareWrites(
  world: OperatorCluster,
  bare: BareClient,
  count: number,
  signal: AbortSignal,
): Promise<number> {
  await createBackups(world, count, namespaces.bare);
  const seconds = await bare.bring(count, workers);
  const { cluster } = world;
  for (const group of ['batch/v1', apiVersion]) {
    const kind = group === apiVersion ? 'databasebackups' : 'cronjobs';
    const path = `/apis/${group}/namespaces/${namespaces.bare}/${kind}`;
    // The CronJob controller would go on looking at them, and the operator would find the backups.
    const look = async () => {
      await cluster.request('DELETE', path).catch(() => {});
      const { status, body } = await cluster.request('GET', `${path}?limit=1`);
      return status === 200 && (JSON.parse(body) as { items: [] }).items.length === 0 ? true : undefined;
    };
    await until(`the ${kind} of the bare client are gone`, 120, look, signal);
  }
  return seconds;
}

/** When the last CronJob was made. */
async function cronJobsMade({ audit }: OperatorCluster, count: number, signal: AbortSignal): Promise<number> {
  return until(
    `${count} CronJobs are made`,
    900,
    async () => {
      const made = (await audit.entries()).filter(isCronJobMade);
      return made.length < count ? undefined : Math.max(...made.map(({ endedAt }) => endedAt));
    },
    signal,
  );
}

async function untilQuiet({ audit }: OperatorCluster, signal: AbortSignal): Promise<void> {
  await until(
    'nothing is written',
    300,
    async () => {
      const last = (await audit.entries()).findLast(isWrite);
      return last === undefined || Date.now() - last.endedAt > quietMs ? true : undefined;
    },
    signal,
  );
}

async function idleFor(
  { audit }: OperatorCluster,
  operator: BenchOperator,
  seconds: number,
  signal: AbortSignal,
): Promise<OperatorFacts['idle']> {
  const seen = (await audit.entries()).length;
  const before = await operator.use();
  await delay(seconds * 1000, undefined, { signal });
  const use = await operator.use();
  const entries = (await audit.entries()).slice(seen);
  const writes = entries
    .filter(isWrite)
    .map(({ verb, resource, name }) => `${verb} ${resource} ${name ?? ''}`.trim());
  const renewals = entries.filter((entry) => isLease(entry) && !isRead(entry.verb)).length;
  return { seconds, writes, renewals, use, cpuSeconds: use && before && use.cpuSeconds - before.cpuSeconds };
}

async function scraped(operator: BenchOperator): Promise<OperatorFacts['scrape']> {
  const times: number[] = [];
  let bytes = 0;
  for (let scrape = 0; scrape < scrapes; scrape++) {
    const start = performance.now();
    bytes = Buffer.byteLength(await operator.metrics());
    times.push((performance.now() - start) / 1000);
  }
  return { seconds: Math.min(...times), bytes, use: await operator.use() };
}

/** New backups, one after the other, and in turn with each a CronJob of the bare client. */
async function oneByOne(
  { client, audit }: OperatorCluster,
  bare: BareClient,
  count: number,
  signal: AbortSignal,
): Promise<OperatorFacts['single']> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let index = count; index < count + singles; index++) {
    const backup = backupObject(index, new Date());
    const start = Date.now();
    await client.create(backups, backup, signal);
    const look = async () =>
      (await audit.entries()).findLast(
        (entry) => isCronJobMade(entry) && entry.name === backup.metadata.name,
      );
    const made = await until(`${backup.metadata.name} has its CronJob`, 60, look, signal);
    ours.push((made.endedAt - start) / 1000);
    theirs.push(await bare.cronJob(`single-${index}`));
  }
  return { ours, bare: theirs };
}
