import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../sandbox/testing.ts';
import type { BareWorld } from './bareWorldFixture.ts';
import { type Ending, type PodOf, wellEnding } from './fakeKubeletFixture.ts';
import { moments, openLane, throughKills } from './killedOperatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import { type Backup, backups, labels } from './reconcile/kinds.ts';
import { drillReport } from './reconcile/observedFixture.ts';

/** For a scenario of which each write takes a start of the operator. */
const patience = 180;

/** The first drill goes well, those after it fail for good. */
function endings(): (pod: PodOf) => Ending {
  const drills: string[] = [];
  return (pod) => {
    if (pod.purpose !== 'drill') return wellEnding(pod);
    if (!drills.includes(pod.job)) drills.push(pod.job);
    if (drills.indexOf(pod.job) === 0) return wellEnding(pod);
    const message = 'Of 1 assertion one does not hold: 1.';
    const failed = drillReport({ result: 'Failed', reason: 'AssertionFailed', message });
    return { exitCode: 2, report: failed };
  };
}

/** Asks for a drill and waits until the status tells its end. */
async function drilled({ client, namespace, owner }: BareWorld, name: string, ask: string): Promise<Backup> {
  const { signal } = new AbortController();
  const patch = { metadata: { annotations: { 'dbbackup.dev/drill-now': ask } } };
  await client.patch<Backup>(backups, namespace, name, patch, {}, signal);
  return eventually(async () => {
    const found = (await owner(name)) as Backup;
    assert.equal(found.status?.lastDrill?.drillNow, ask);
    return found;
  }, patience);
}

for (const [moment, hook] of Object.entries(moments)) {
  test(`killed after each of its writes, ${moment}: each drill is one Job, and one that fails one mail`, async (t) => {
    const lane = await openLane(t, { ending: endings() });
    if (!lane) return;
    const { world } = lane;
    const { result: last, kills } = await throughKills(lane, hook, async () => {
      await world.applyOwner('shop', { drill: { ephemeral: {} } });
      const good = await drilled(world, 'shop', 'first');
      assert.equal(good.status?.lastDrill?.result, 'Succeeded');
      return drilled(world, 'shop', 'second');
    });
    const { lastDrill, conditions } = last.status ?? {};
    assert.deepEqual([lastDrill?.result, lastDrill?.reason], ['Failed', 'AssertionFailed']);
    assert.equal(conditionOf(conditions, 'DrillSucceeded')?.reason, 'AssertionFailed');
    const of = (purpose: string) =>
      [...world.history.jobs.values()].filter(
        ({ all }) => all[0]?.metadata.labels?.[labels.purpose] === purpose,
      ).length;
    assert.deepEqual([of('drill'), of('notify')], [2, 1]);
    t.diagnostic(`${kills} kills`);
    // CronJob, check and what it found, two drills and what became of them, the mail.
    assert.ok(kills >= 8, `${kills} kills`);
  });
}
