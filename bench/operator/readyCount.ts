import { pino } from 'pino';
import { Informer, withoutManagedFields } from '../../operator/controller/informer.ts';
import { conditionOf } from '../../operator/reconcile/conditions.ts';
import { type Backup, backups } from '../../operator/reconcile/kinds.ts';
import type { OperatorCluster } from './operatorCluster.ts';

const patienceMinutes = 30;

/** Waits until so many backups have Ready True; throws at one that is False, for then its check went wrong. */
export async function readyCount(
  { client }: OperatorCluster,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const limit = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(patienceMinutes * 60_000)]);
  const logger = pino({ level: 'silent' });
  const informer = new Informer<Backup>({
    client,
    resource: backups,
    logger,
    transform: withoutManagedFields,
  });
  const ready = new Set<string>();
  let wrong: string | undefined;
  informer.store.onChange(({ object: { metadata, status } }) => {
    const found = conditionOf(status?.conditions, 'Ready');
    if (found?.status === 'True') ready.add(metadata.name);
    if (found?.status === 'False') wrong = `${metadata.name} is not Ready: ${found.message}`;
    if (wrong !== undefined || ready.size >= count) ended.abort();
  });
  await informer.run(limit);
  signal.throwIfAborted();
  if (wrong !== undefined) throw new Error(wrong);
  if (ready.size < count)
    throw new Error(`${ready.size} of ${count} backups are Ready after ${patienceMinutes} minutes`);
}
