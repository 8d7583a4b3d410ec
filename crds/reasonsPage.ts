import {
  type FailureReason,
  failureReasons,
  reasonFacts,
  type StatusReason,
  stateMeanings,
} from './failureReason.ts';
import { foundByOperator, type Place, places, reasonPlaces } from './reasonPlaces.ts';

type Row = readonly string[];

const conditions: Row[] = [
  [
    '`Ready`',
    'The spec is valid, the CronJob is applied and the last check found everything that a run needs. Its message may hold warnings, such as a scheduled time that a change of the clocks skips.',
    'A run would fail now, or is not set up: the message names the probe or the field, and what to do.',
    'The first check of this spec has not ended yet.',
  ],
  [
    '`LastRunSucceeded`',
    'The run that ended last left a complete and verified set, or every tab up to the database.',
    'It failed: the reason is that of the run.',
    'No run has ended yet.',
  ],
  [
    '`Stale`',
    '**Bad:** two scheduled times in a row, and `timeoutSeconds` after them, passed without a success.',
    'The last success is as recent as the schedule promises, or there is no active schedule.',
    '',
  ],
  [
    '`ScheduleMissed`',
    '**Bad:** a scheduled time passed without a run. It goes back to False when the next run starts.',
    'Every scheduled time had its run, or there is no active schedule.',
    '',
  ],
  [
    '`DrillSucceeded` (with `spec.drill`)',
    'The drill that ended last restored a set and found in it what the backup had read; `status.lastDrill` tells how long a recovery takes.',
    'It failed, or no drill has succeeded for too long (`DrillOverdue`).',
    'No drill has ended yet.',
  ],
  [
    '`Notified` (of a run)',
    'A mail told of the run.',
    'None did: `MailNotWanted` is as the spec wants it, `MailFailed` is trouble with the relay.',
    'A notify Job is on its way, in place of the runner.',
  ],
];

const phases: Row[] = [
  [
    '`Pending`',
    'It has no running pod yet: another run of the same backup or sync goes first, or the pod waits for a node or its image. `status.reason` and `message` say what it waits for.',
  ],
  ['`Running`', 'Its pod works, or the next of its `attempts` is about to.'],
  ['`Succeeded`', 'The set is complete and verified, or every tab is up to the database. Final.'],
  [
    '`Failed`',
    'No attempt succeeded, or none could help: `reason`, `message` and `hint` say why and what to do. Final.',
  ],
];

/** docs/reasons.md: what status says, and the reference of all reasons. */
export function reasonsPage(): string {
  return `${[
    '<!-- Made by `npm run generate` from crds/failureReason.ts and crds/reasonPlaces.ts. Do not edit. -->',
    '# Status and reasons',
    'What is known of a backup stands in the status of its DatabaseBackup, what is known of one run in that of its DatabaseBackupRun, and of one restore in that of the DatabaseRestore; a SheetSync and its SheetSyncRuns have the same conditions and phases as a backup and its runs. Every condition, event and failure has its reason: one word, the same in status, log, metric, mail and on the terminal.',
    '```sh',
    'kubectl get databasebackups                 # ready? last result, last success, next run',
    'kubectl get databasebackups -o wide         # with the message of Ready',
    'kubectl describe databasebackup shop        # conditions and events',
    'kubectl get databasebackupruns --field-selector spec.backupName=shop',
    'kubectl get databaserestores                # phase, set, target, rows',
    'kubectl get sheetsyncs                      # ready? last result, rows, last sync, next run',
    'kubectl annotate databasebackup shop --overwrite dbbackup.dev/check-now="$(date)"   # check it now',
    '```',
    '## Conditions',
    table(['condition', 'True', 'False', 'Unknown'], conditions),
    '`Ready` can be True while `LastRunSucceeded` is False: what made the run fail is mended, or does not show in a check. `observedGeneration` is the `metadata.generation` of the spec that a condition was found for; after a change it follows within seconds. `lastTransitionTime` changes with the status alone.',
    '',
    'A check runs when the spec changes, once a day, and when the annotation `dbbackup.dev/check-now` gets a new value; after a failed one it is tried again after 30 seconds, then after 1, 2 … 10 minutes. `status.lastCheck` holds what it found.',
    '## Phases of a run',
    table(['phase', 'meaning'], phases),
    'Those of a DatabaseRestore are the same: `Succeeded` means that the target has the rows of the set, and its condition `Ready` is True then (`kubectl wait --for=condition=Ready databaserestore/NAME`), Unknown until it has ended.',
    '## Where a reason can be read',
    table(
      ['place', 'what it is'],
      Object.entries(places).map(([place, meaning]) => [place, meaning]),
    ),
    '## States',
    'Reasons that are no failure.',
    '',
    table(
      ['reason', 'where', 'meaning'],
      stateMeanings.map(([state, meaning]) => [`\`${state}\``, where(state), meaning]),
    ),
    '## Failures',
    'A transient failure is worth another attempt: the runner ends with the exit status 1, and `spec.retries` says how often it is tried again. A permanent one is not tried again (exit status 2). No exit status: the operator finds it from outside. A dash: it ends no Job.',
    '',
    table(
      ['reason', 'where', 'tried again (exit status)', 'meaning', 'what to do'],
      failureReasons.map((reason) => {
        const { meaning, hint } = reasonFacts(reason);
        return [`\`${reason}\``, where(reason), triedAgain(reason), meaning, hint];
      }),
    ).trimEnd(),
  ].join('\n')}\n`;
}

/** Where a reason ends a Job, whose exit status then says whether it is tried again. */
const ends: ReadonlySet<Place> = new Set(['run', 'restore', 'drill', 'sync'] as const);

function triedAgain(reason: FailureReason): string {
  if (!reasonPlaces[reason].some((place) => ends.has(place))) return '–';
  const [again, status] = reasonFacts(reason).kind === 'Transient' ? ['yes', 1] : ['no', 2];
  return foundByOperator.has(reason) ? again : `${again} (${status})`;
}

const where = (reason: StatusReason) => reasonPlaces[reason].join(', ');

function table(heads: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line), ''].join('\n');
}
