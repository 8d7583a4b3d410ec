import { join } from 'node:path';
import { dbbackupImage } from '../sandbox/kubernetes/node/dbbackupImage.ts';
import type { ProcessImage } from '../sandbox/kubernetes/node/processImage.ts';
import { wellEnding } from './fakeKubeletFixture.ts';
import type { OperatorWorld } from './operatorFixture.ts';

/** A runner whose checks and mails go well without a database, Drive or relay, and whose runs do `code`, in which `end()` reports success. */
export function imageWhoseRuns(code: string): ProcessImage {
  const told = (purpose: 'run' | 'check' | 'notify') => wellEnding({ job: '', purpose }).report;
  const reports = JSON.stringify({ run: told('run'), check: told('check'), notify: told('notify') });
  const script = `
    const end = () => require('fs').writeFileSync(process.env.DBBACKUP_TERMINATION_LOG, JSON.stringify(${reports}[process.argv[2]]));
    if (process.argv[2] === 'run') { ${code} } else end();`;
  return {
    entrypoint: [process.execPath, '-e', script],
    paths: { DBBACKUP_TERMINATION_LOG: '/dev/termination-log' },
  };
}

const entry = join(import.meta.dirname, '..', 'cli', 'entry.ts');

/** Our image, but for runs of backups and syncs, which do something else. */
export function imageThat(world: OperatorWorld, code: string): ProcessImage {
  const otherwise = `process.argv.splice(1, 0, 'entry'); import(${JSON.stringify(entry)})`;
  const script = `if (['run', 'sync'].includes(process.argv[2])) { ${code} } else { ${otherwise} }`;
  return {
    ...dbbackupImage({ DBBACKUP_GOOGLE_URL: world.google.url }),
    entrypoint: [process.execPath, '-e', script],
  };
}
