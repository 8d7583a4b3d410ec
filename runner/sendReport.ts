import { reasonFacts } from '../crds/failureReason.ts';
import type { RunReport } from '../crds/runReport.ts';
import type { Failure } from './failure.ts';
import { type MailedResource, type MailFacts, mailFacts } from './mailFacts.ts';
import { mailReport } from './mailReport.ts';
import type { BackupInput, SyncInput } from './notifiers/reportInput.ts';
import type { Services } from './services.ts';

/** Who else tells of the run. */
export interface Telling {
  /** Whether a cluster keeps the schedule of the spec, so that the mail may name the next run. */
  readonly scheduled?: true;
  /** In a cluster another attempt may follow a transient failure, and the operator mails when none does. */
  readonly mailTransientFailures: boolean;
}

interface Ended extends Telling {
  readonly resource: MailedResource;
  readonly failure: Failure | undefined;
  /** What the mail says of the run; asked for only where there is one. */
  readonly told: () => Omit<BackupInput, keyof MailFacts> | Omit<SyncInput, keyof MailFacts>;
}

/** Mails the report where the spec wants one. Never throws: a mail that cannot be sent is said in the report. */
export async function sendReport(
  { resource, failure, told, scheduled, mailTransientFailures }: Ended,
  services: Services,
  stop: AbortSignal,
): Promise<NonNullable<RunReport['email']>> {
  const email = resource.spec.notification?.email;
  const wanted =
    email !== undefined && (email.when === 'Always' || (email.when === 'OnFailure' && failure !== undefined));
  const another =
    failure !== undefined && reasonFacts(failure.reason).kind === 'Transient' && !mailTransientFailures;
  if (!wanted || another) return { result: 'NotWanted' };
  const now = scheduled && services.clock.now();
  const input = async () => ({ ...(await mailFacts(resource, now)), ...told() });
  const mailed = await mailReport(email, input, services, stop);
  return 'message' in mailed ? { result: mailed.result, message: mailed.message } : mailed;
}
