import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../sandbox/testing.ts';
import type { BareWorld } from './bareWorldFixture.ts';
import { type Ending, type PodOf, wellEnding } from './fakeKubeletFixture.ts';
import { moments, openLane, throughKills } from './killedOperatorFixture.ts';
import { pastProblems, problems } from './problemsFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import type { Purpose } from './reconcile/kinds.ts';
import { report, syncReport } from './reconcile/observedFixture.ts';
import { scheduledKinds } from './reconcile/scheduledKinds.ts';

/** For a scenario of which each write takes a start of the operator. */
const patience = 180;

/** Jobs whose names end so fail, and their runners can't mail: another attempt might have followed. */
const failing = /-[34]$/;
function ending(pod: PodOf): Ending {
  if (!isRun(pod.purpose) || !failing.test(pod.job)) return wellEnding(pod);
  const failure = { result: 'Failed', reason: 'DatabaseUnreachable', message: 'No answer.' } as const;
  const { email, ...told } = pod.purpose === 'sync' ? syncReport(failure) : report(failure);
  return { exitCode: 1, report: told };
}
const isRun = (purpose: Purpose) => scheduledKinds.some((kind) => kind.purpose === purpose);

/** From the first apply to a history that was pruned: a check, runs of every trigger, failures with their mails. */
async function scenario(world: BareWorld, name: string): Promise<string[]> {
  await world.applyOwner(name, { runHistoryLimit: { successful: 1, failed: 1 } });
  await eventually(async () => {
    const { status } = await world.owner(name);
    assert.equal(conditionOf(status?.conditions, 'Ready')?.reason, 'CheckPassed');
  }, patience);
  const jobs = [1, 2, 3, 4].map((number) => `${name}-${number}`);
  for (const job of jobs) await world.createJob(name, job, job.endsWith('-1') ? 'Manual' : 'Schedule');
  await world.createRun(name, `${name}-5`);
  await eventually(async () => {
    const now = await world.snapshot();
    assert.deepEqual(problems(now, name), []);
    const own = now.runs.filter((run) => now.kind.ownerOf(run) === name);
    assert.deepEqual(own.map(({ status }) => status?.phase).sort(), ['Failed', 'Succeeded']);
    assert.ok(
      own.every(({ status }) => conditionOf(status?.conditions, 'Notified')?.reason !== 'MailPending'),
    );
  }, patience);
  return [...jobs, `${name}-5`];
}

/** The mails of failures are one each, those of notify Jobs whose pods ended well. */
function mailProblems({ kubelet }: BareWorld, runs: readonly string[]): string[] {
  const mails = kubelet.ended.filter(({ purpose }) => purpose === 'notify');
  const failed = runs.filter((run) => failing.test(run));
  return mails.length === failed.length
    ? []
    : [`${failed.length} runs failed, and ${mails.length} mails went.`];
}

const cases = scheduledKinds.flatMap((kind) =>
  Object.entries(moments).map(([moment, hook]) => ({ kind, moment, hook })),
);
for (const { kind, moment, hook } of cases) {
  test(`killed after each of its writes for a ${kind.noun}, ${moment}: nothing twice, nothing lost`, async (t) => {
    const lane = await openLane(t, { kind, ending });
    if (!lane) return;
    const { world } = lane;
    const { result: runs, kills } = await throughKills(lane, hook, () => scenario(world, 'shop'));
    assert.deepEqual(pastProblems(world.history, 'shop', runs), []);
    assert.deepEqual(mailProblems(world, runs), []);
    t.diagnostic(`${kills} kills`);
    // The least writes that the scenario takes: CronJob, check, record, TTL and status of each run, mails, history.
    assert.ok(kills > 25, `${kills} kills`);
  });
}

test('killed once at some write, its status is right again soon after the restart', async (t) => {
  const lane = await openLane(t, { ending });
  if (!lane) return;
  const { world, proxy } = lane;
  const times: number[] = [];
  for (const position of [2, 9, 16, 23, 30]) {
    const name = `shop${position}`;
    const runs = [1, 2, 3].map((number) => `${name}-${number}`);
    const isRight = async () => {
      const now = await world.snapshot();
      assert.deepEqual(problems(now, name), []);
      const phases = now.runs
        .filter((run) => now.kind.ownerOf(run) === name)
        .map(({ status }) => status?.phase);
      assert.deepEqual(phases.sort(), ['Failed', 'Succeeded', 'Succeeded']);
    };
    let operator = lane.spawn();
    let count = 0;
    let isKilled = false;
    const kill = () => {
      isKilled = true;
      operator.kill('SIGKILL');
    };
    proxy.onWrite = ({ path, status }) => {
      if (path.includes('/leases/') || status >= 300 || ++count !== position) return;
      kill();
    };
    // Nothing new comes after the kill: what was there has to become right.
    await world.applyOwner(name);
    for (const run of runs) await world.createJob(name, run, 'Schedule');
    // A slow operator needs fewer writes, and comes to rest before that one.
    await eventually(async () => {
      if (!isKilled) await isRight();
    });
    if (!isKilled) kill();
    await operator.exited;
    const restart = performance.now();
    operator = lane.spawn();
    await eventually(isRight);
    times.push(performance.now() - restart);
    operator.kill('SIGKILL');
    await operator.exited;
    assert.deepEqual(pastProblems(world.history, name, runs), []);
  }
  t.diagnostic(`right again after ${times.map((time) => (time / 1000).toFixed(1)).join(', ')} s`);
});
