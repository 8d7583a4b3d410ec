import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import { eventually } from '../sandbox/testing.ts';
import type { BareWorld } from './bareWorldFixture.ts';
import { type Ending, type PodOf, wellEnding } from './fakeKubeletFixture.ts';
import { moments, openLane, throughKills } from './killedOperatorFixture.ts';
import { annotations, type Job, jobs, type Restore, restores } from './reconcile/kinds.ts';
import { restoreReport } from './reconcile/observedRestoreFixture.ts';

const patience = 180;
const endings = { good: undefined, full: 'TargetNotEmpty', orphan: 'BackupNotFound' } as const;
type Name = keyof typeof endings;
const names = Object.keys(endings) as Name[];

function ending(pod: PodOf): Ending {
  if (pod.job !== 'full') return wellEnding(pod);
  const report = restoreReport({ result: 'Failed', reason: 'TargetNotEmpty', message: 'It holds table a.' });
  return { exitCode: 2, report };
}

/** Restores that succeed, fail, and never have a Job; each to its end, and its Job marked as recorded. */
async function scenario({ client, namespace, applyOwner }: BareWorld): Promise<void> {
  const { signal } = new AbortController();
  await applyOwner('shop');
  for (const name of names) {
    await client.create<Restore>(
      restores,
      {
        ...{ apiVersion, kind: 'DatabaseRestore', metadata: { name, namespace } },
        spec: {
          backupName: name === 'orphan' ? 'nobody' : 'shop',
          ...{ set: 'latest', target: { secretRef: { name: 'copy-db' } } },
        },
      },
      signal,
    );
  }
  for (const name of names) {
    await eventually(async () => {
      const restore = await client.get<Restore>(restores, namespace, name, signal);
      const { phase, reason } = restore?.status ?? {};
      const expected = name === 'good' ? 'Succeeded' : 'Failed';
      assert.deepEqual([phase, reason], [expected, endings[name]], JSON.stringify(restore?.status));
      const job = await client.get<Job>(jobs, namespace, name, signal);
      if (name !== 'orphan') assert.equal(job?.spec.ttlSecondsAfterFinished, 3600);
    }, patience);
  }
}

for (const [moment, hook] of Object.entries(moments)) {
  test(`killed after each of its writes, ${moment}: each restore has one Job, and one end`, async (t) => {
    const lane = await openLane(t, { ending });
    if (!lane) return;
    const { world } = lane;
    const { kills } = await throughKills(lane, hook, scenario);
    t.diagnostic(`${kills} kills`);
    // A Job, its start, its end and its TTL for two of them, and the end of the third.
    assert.ok(kills > 8, `${kills} kills`);
    const made = [...world.history.jobs.values()].map(({ all }) => all.at(-1));
    const own = made.filter((job) => job?.metadata.annotations?.[annotations.runUID] !== undefined);
    assert.deepEqual(own.map((job) => job?.metadata.name).sort(), ['full', 'good']);
  });
}
