import { inMebibytes, inSeconds, median, type Row } from '../row.ts';
import type { OperatorFacts } from './measureOperator.ts';
import { isRead } from './requests.ts';

/** Of the API server's own time for the same writes; the operator starts in that time, lists, and reads the echo of each write. */
const ratioLimit = 2.5;
/** What design and API leave no way around: README.md counts them. */
const leastWrites = 5;
const residentMebibytes = 150;
const limitedCount = 1000;

/** The lines of the table for one number of backups. */
export function operatorRows(facts: OperatorFacts): Row[] {
  const { count, readySeconds, cpuSeconds, scrape } = facts;
  const cpu = cpuSeconds === undefined ? '' : `, ${inSeconds(cpuSeconds)} of CPU in all`;
  const many = `${count.toLocaleString('en')} backups`;
  return [
    cronJobRow(many, facts),
    told(`${many}: then until all are Ready`, `${inSeconds(readySeconds)}${cpu}`),
    writesRow(many, facts),
    idleRow(many, facts),
    memoryRow(many, facts),
    told(
      `${many}: a page of metrics`,
      `${inSeconds(scrape.seconds)}, ${(scrape.bytes / 2 ** 20).toFixed(1)} MiB; then at most ${scrape.use ? inMebibytes(scrape.use.peakBytes) : '?'} resident`,
    ),
    singleRow(many, facts),
  ];
}

/** What one backup costs among many against among few: above 1 something grows faster than their number. */
export function growthRows(all: readonly OperatorFacts[]): Row[] {
  const [few, many] = [all[0], all.at(-1)];
  if (!few || !many || few.count === many.count) return [];
  const counts = `${few.count.toLocaleString('en')} → ${many.count.toLocaleString('en')}`;
  const row = (what: string, less: number | undefined, more: number | undefined): Row[] => {
    if (less === undefined || more === undefined) return [];
    const inEach = (seconds: number, { count }: OperatorFacts) => (seconds / count) * 1000;
    const [before, after] = [inEach(less, few), inEach(more, many)];
    return [
      {
        work: `${counts}: ${what} for each`,
        ours: `${after.toFixed(1)} ms`,
        peer: `among ${few.count.toLocaleString('en')}: ${before.toFixed(1)} ms`,
        figure: `${(after / before).toFixed(2)} ×`,
        limit: '–',
        ok: undefined,
      },
    ];
  };
  const [less, more] = [few.idle.use?.anonymousBytes, many.idle.use?.anonymousBytes];
  return [
    ...row('time to a CronJob', few.cronJobSeconds, many.cronJobSeconds),
    ...row('CPU until Ready', few.cpuSeconds, many.cpuSeconds),
    ...(less === undefined || more === undefined
      ? []
      : [
          told(
            `${counts}: memory for each more`,
            `${((more - less) / (many.count - few.count) / 1024).toFixed(1)} KiB`,
          ),
        ]),
  ];
}

function told(work: string, ours: string): Row {
  return { work, ours, peer: '–', figure: '–', limit: '–', ok: undefined };
}

function cronJobRow(many: string, { count, cronJobSeconds, bareSeconds }: OperatorFacts): Row {
  const peer = bareSeconds.reduce((sum, seconds) => sum + seconds, 0) / bareSeconds.length;
  const ratio = cronJobSeconds / peer;
  return {
    work: `${many}: operator started until all CronJobs are there`,
    ours: `${inSeconds(cronJobSeconds)}, ${Math.round(count / cronJobSeconds)} a second`,
    peer: `bare client: ${bareSeconds.map(inSeconds).join(' and ')}`,
    figure: `${ratio.toFixed(2)} ×`,
    limit: `≤ ${ratioLimit.toFixed(2)} ×`,
    ok: ratio <= ratioLimit,
  };
}

function writesRow(many: string, { count, requests }: OperatorFacts): Row {
  const each = (requests: number) => (requests / count).toFixed(2);
  const isReads = (kind: string) => isRead(kind.split(' ')[0] ?? '');
  const writes = [...requests].filter(([kind]) => !isReads(kind));
  const reads = [...requests].filter(([kind]) => isReads(kind)).reduce((sum, [, number]) => sum + number, 0);
  const sum = writes.reduce((all, [, number]) => all + number, 0);
  return {
    work: `${many}: writes for each until it is Ready`,
    ours: `${writes.map(([kind, number]) => `${kind} ${each(number)}`).join(', ')}; ${reads} reads in all`,
    peer: `least: ${leastWrites}`,
    figure: each(sum),
    limit: `≤ ${leastWrites.toFixed(2)}`,
    // Writes that met another's at the same moment are tried again: one in a hundred is no pattern.
    ok: sum <= count * leastWrites * 1.01,
  };
}

function idleRow(many: string, { idle: { seconds, writes, renewals, cpuSeconds } }: OperatorFacts): Row {
  const cpu = cpuSeconds === undefined ? '' : `, ${inSeconds(cpuSeconds)} of CPU`;
  const which = writes.length === 0 ? '' : ` (${[...new Set(writes)].slice(0, 5).join(', ')})`;
  return {
    work: `${many}: ${seconds} s with nothing to do`,
    ours: `${writes.length} writes${which}${cpu}`,
    peer: `${renewals} renewals of the Lease`,
    figure: `${writes.length}`,
    limit: '0',
    ok: writes.length === 0,
  };
}

function memoryRow(many: string, { count, idle: { use } }: OperatorFacts): Row {
  const work = `${many}: resident memory after that`;
  const limit = count === limitedCount ? `≤ ${residentMebibytes} MiB` : '–';
  if (use === undefined) return { ...told(work, 'not known on this system'), limit };
  return {
    work,
    ours: `${inMebibytes(use.residentBytes)} (${inMebibytes(use.anonymousBytes)} without Node's own files), at most ${inMebibytes(use.peakBytes)} before`,
    peer: '–',
    figure: inMebibytes(use.residentBytes),
    limit,
    ok: count === limitedCount ? use.residentBytes <= residentMebibytes * 2 ** 20 : undefined,
  };
}

function singleRow(many: string, { single }: OperatorFacts): Row {
  const [ours, bare] = [median(single.ours), median(single.bare)];
  return {
    work: `${many}: one more until its CronJob is there`,
    ours: inSeconds(ours),
    peer: `bare client: ${inSeconds(bare)}`,
    figure: `${(ours / bare).toFixed(2)} ×`,
    limit: '–',
    ok: undefined,
  };
}
