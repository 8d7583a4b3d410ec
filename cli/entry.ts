import { BackupError } from '../crds/failureReason.ts';
import { main } from './main.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stop.abort(new BackupError('Interrupted', `dbbackup was stopped by ${signal}.`)));
}
process.exitCode = await main(process.argv.slice(2), process, stop.signal);
