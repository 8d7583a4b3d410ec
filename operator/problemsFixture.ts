import type { Snapshot } from './bareWorldFixture.ts';
import { compareVersions, versionOf } from './controller/objectVersion.ts';
import type { History } from './historyFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import { finished } from './reconcile/jobOutcome.ts';
import { annotations, type Job, labels, ownerLabels, type Run, type Scheduled } from './reconcile/kinds.ts';
import { isFinal } from './reconcile/runStatus.ts';
import { cronJobName, type ScheduledKind } from './reconcile/scheduledKind.ts';

/** What is not yet, or not at all, as it should be with an object of a snapshot, a sentence each; empty: all is right. */
export function problems(all: Snapshot, name: string): string[] {
  const { kind } = all;
  const owner = all.owners.find(({ metadata }) => metadata.name === name);
  if (owner === undefined) return [`There is no ${kind.noun} ${name}.`];
  const runs = all.runs.filter((run) => kind.ownerOf(run) === name);
  const jobs = all.jobs.filter((job) => ownerOf(job, kind) === name);
  const of = (purpose: string) => jobs.filter((job) => job.metadata.labels?.[labels.purpose] === purpose);
  const cronJob = all.cronJobs.find(({ metadata }) => metadata.name === cronJobName(kind, owner));
  return [
    ...(cronJob === undefined ? ['There is no CronJob.'] : []),
    ...of(kind.purpose).flatMap((job) => jobProblems(job, runs)),
    ...runs.flatMap((run) => runProblems(run, of(kind.purpose), of('notify'))),
    ...historyProblems(owner, runs),
    ...statusProblems(owner, runs, of(kind.purpose), of('check')),
  ];
}

/** The records of a Job: never two, and one unless it is no longer wanted. */
function jobProblems(job: Job, runs: readonly Run[]): string[] {
  const { name, uid, annotations: notes = {} } = job.metadata;
  const records = runs.filter((run) => jobUID(run) === uid || notes[annotations.runUID] === run.metadata.uid);
  const [record] = records;
  const hasTTL = job.spec.ttlSecondsAfterFinished !== undefined;
  const end = finished(job);
  const problem = (text: string) => [`Job ${name} ${text}.`];
  if (records.length > 1) return problem(`has ${records.length} records`);
  if (hasTTL !== (end !== undefined))
    return problem(hasTTL ? 'has a TTL and runs' : 'has ended without a TTL');
  if (record === undefined) {
    return notes[annotations.runUID] !== undefined && end ? [] : problem('has no record');
  }
  const phase = record.status?.phase;
  if (end === undefined) return phase === 'Pending' || phase === 'Running' ? [] : problem(`runs as ${phase}`);
  const wanted = end.type === 'Complete' ? 'Succeeded' : 'Failed';
  return phase === wanted ? [] : problem(`is ${end.type} and its record ${phase}`);
}

function runProblems(run: Run, jobs: readonly Job[], notices: readonly Job[]): string[] {
  const problem = (text: string) => [`Run ${run.metadata.name} ${text}.`];
  const { phase, rows, reason, message, conditions } = run.status ?? {};
  if (phase === 'Succeeded') return rows === 7 ? [] : problem(`has ${rows} rows`);
  if (phase === 'Failed') {
    if (reason !== 'DatabaseUnreachable') return problem(`failed for ${reason}`);
    const told = conditionOf(conditions, 'Notified')?.reason;
    const sent = notices.filter(finished).length;
    if (told === 'MailSent') return [];
    // With several on their way it is not told here which is whose: the last look has none on its way.
    return told === 'MailPending' && sent < notices.length ? [] : problem(`says ${told} of its mail`);
  }
  if (jobUID(run) !== undefined || jobs.some(({ metadata }) => metadata.name === run.metadata.name))
    return [];
  const isBusy = jobs.some((job) => finished(job) === undefined);
  if (!isBusy) return problem('waits for nothing');
  return phase === 'Pending' && /^Waits until run /.test(message ?? '')
    ? []
    : problem('does not say that it waits');
}

function historyProblems({ spec }: Scheduled, runs: readonly Run[]): string[] {
  const isDone = (run: Run) => conditionOf(run.status?.conditions, 'Notified')?.reason !== 'MailPending';
  const count = (phase: string) => runs.filter((run) => run.status?.phase === phase && isDone(run)).length;
  const { runHistoryLimit: limits } = spec as { runHistoryLimit?: { successful?: number; failed?: number } };
  const { successful = 30, failed = 10 } = limits ?? {};
  const has = { Succeeded: count('Succeeded'), Failed: count('Failed') };
  return [
    ...(has.Succeeded > successful ? [`${has.Succeeded} records of successes are kept.`] : []),
    ...(has.Failed > failed ? [`${has.Failed} records of failures are kept.`] : []),
  ];
}

function statusProblems(
  { status = {}, metadata }: Scheduled,
  runs: readonly Run[],
  jobs: readonly Job[],
  checks: readonly Job[],
): string[] {
  const condition = (type: string) => {
    const { status: is, reason } = conditionOf(status.conditions, type) ?? {};
    return `${is} ${reason}`;
  };
  const wanted = new Map<string, readonly unknown[]>();
  const seen = new Map<string, unknown>();
  const want = (what: string, is: unknown, ...values: unknown[]) => {
    seen.set(what, is);
    wanted.set(what, values);
  };
  const check = checks.find((job) => finished(job) === undefined) ?? checks.at(-1);
  want('observedGeneration', status.observedGeneration, metadata.generation);
  want('a check Job', check !== undefined, true);
  want('Ready', condition('Ready'), check && finished(check) ? 'True CheckPassed' : 'Unknown CheckPending');
  const active = jobs.filter((job) => finished(job) === undefined).map((job) => job.metadata.name);
  want('activeRun', status.activeRun, ...(active.length > 0 ? active : [undefined]));
  const ended = runs.filter(({ status }) => isFinal(status));
  const endOf = (run: Run) => run.status?.completionTime ?? '';
  const lastEnd = ended.map(endOf).sort().at(-1);
  const last = ended.filter((run) => endOf(run) === lastEnd);
  want(
    'lastRun',
    status.lastRun?.name,
    ...(last.length > 0 ? last.map((run) => run.metadata.name) : [undefined]),
  );
  const reasons = last.map(({ status }) =>
    status?.phase === 'Succeeded' ? 'True RunSucceeded' : `False ${status?.reason}`,
  );
  want(
    'LastRunSucceeded',
    condition('LastRunSucceeded'),
    ...(last.length > 0 ? reasons : ['Unknown NoRunYet']),
  );
  return [...seen].flatMap(([what, is]) => {
    const values = wanted.get(what) ?? [];
    return values.includes(is) ? [] : [`${what} is ${is} and should be ${values.join(' or ')}.`];
  });
}

/** What went wrong on the way, though all may be well in the end: doubled, lost, or in the wrong order. */
export function pastProblems(history: History, name: string, expected: readonly string[]): string[] {
  const { kind, jobs, runs } = history;
  const own = [...jobs.values()].filter(({ all }) => all[0] && ownerOf(all[0], kind) === name);
  const purpose = (wanted: string) =>
    own.filter(({ all }) => all[0]?.metadata.labels?.[labels.purpose] === wanted);
  const records = [...runs.values()].filter(({ all }) => all[0] && kind.ownerOf(all[0]) === name);
  const names = (of: readonly { all: readonly (Job | Run)[] }[]) =>
    of.map(({ all }) => all[0]?.metadata.name).sort();
  const wanted = [...expected].sort();
  const same = (what: string, are: unknown[]) =>
    JSON.stringify(are) === JSON.stringify(wanted)
      ? []
      : [`${what} were ${are.join()} and should be ${wanted.join()}.`];
  const uids = records.map(({ all }) => all.map(jobUID).findLast((uid) => uid !== undefined));
  return [
    ...same('Jobs of runs', names(purpose(kind.purpose))),
    ...same('Records', names(records)),
    ...(new Set(uids).size === records.length ? [] : ['Two records had one Job.']),
    ...purpose(kind.purpose).flatMap(({ all }) =>
      orderProblems(
        all,
        records.map((record) => record.all),
      ),
    ),
    ...(purpose('check').length === 1 ? [] : [`There were ${purpose('check').length} check Jobs.`]),
  ];
}

/** The Job may be removed (TTL) only after its record was complete, and a record only after its Job was marked with it. */
function orderProblems(job: readonly Job[], records: readonly (readonly Run[])[]): string[] {
  const { name, uid } = job[0]?.metadata ?? {};
  const record = records.find((versions) => versions.some((run) => jobUID(run) === uid));
  const final = record?.find(({ status }) => isFinal(status));
  const freed = job.find(({ spec }) => spec.ttlSecondsAfterFinished !== undefined);
  if (final === undefined) return [`Job ${name} never had a complete record.`];
  const ends = record?.filter(({ status }) => isFinal(status)).map(({ status }) => status?.phase) ?? [];
  return [
    ...(freed && compareVersions(versionOf(freed), versionOf(final)) < 0
      ? [`Job ${name} was freed too early.`]
      : []),
    ...(new Set(ends).size === 1 ? [] : [`The record of Job ${name} was ${[...new Set(ends)].join()}.`]),
  ];
}

/** Name of the owner that a Job tells by its label. */
function ownerOf({ metadata }: Job, { resource }: ScheduledKind): string | undefined {
  return metadata.labels?.[ownerLabels[resource.kind] ?? ''];
}

function jobUID({ status, metadata }: Run): string | undefined {
  return status?.jobUID ?? metadata.annotations?.[annotations.jobUID];
}
