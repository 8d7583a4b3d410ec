import { databaseRestore } from './databaseRestore.ts';
import { testExplanations, testRequest, testRules } from './kindCasesFixture.ts';
import { badRestores, goodRestores, minimalRestore } from './restoreCasesFixture.ts';

testRules({ kind: 'DatabaseRestore', schema: databaseRestore, bad: badRestores, good: goodRestores });

testRequest({
  ...{ kind: 'DatabaseRestore', shortName: 'dbr', schema: databaseRestore, owner: 'backupName' },
  spec: minimalRestore,
  changes: [{ clean: true }, { set: '20260210' }, { target: { port: 5433 } }, { retries: 3 }],
  advice: 'DatabaseRestore for another restore',
});

testExplanations('databaserestores', {
  'spec.clean': /Drop what the target holds .* Nobody is asked\./,
  'spec.allowSource': /very database that the set was taken from/,
  'status.rows': /as many as the set has/,
});
