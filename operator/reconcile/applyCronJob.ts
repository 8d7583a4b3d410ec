import { ApiError } from '../controller/kubernetesClient.ts';
import type { ApplyContext } from './apply.ts';
import { isControlledBy } from './cronJob.ts';
import { type CronJob, cronJobs } from './kinds.ts';
import type { Action } from './observed.ts';
import { forbidden, Refused } from './refused.ts';
import { refusedSentence } from './specField.ts';
import { hasForeignFields } from './storedObjects.ts';

/**
 * Server-side apply, and a replace where that leaves what others added. Throws Refused for an object of somebody else and for
 * a spec that the API server does not take.
 */
export async function applyCronJob(
  { cronJob: wanted, current, isRestored }: Extract<Action, { type: 'ApplyCronJob' }>,
  context: ApplyContext,
  signal: AbortSignal,
): Promise<void> {
  const { client, stores } = context;
  const uid = current?.metadata.uid;
  const object = uid === undefined ? wanted : { ...wanted, metadata: { ...wanted.metadata, uid } };
  let applied: CronJob;
  try {
    // Without force where nothing should be there: what somebody else made under the name is a conflict.
    applied = await client.apply(cronJobs, object, { force: current !== undefined }, signal);
  } catch (error) {
    throw await cronJobRefusal(error, wanted, context, signal);
  }
  if (hasForeignFields(applied)) {
    // An apply takes values back but leaves what others added: foreign containers, variables, node selectors.
    applied = await client.replace(cronJobs, { ...applied, spec: wanted.spec }, signal);
  }
  if (isRestored && applied.metadata.resourceVersion !== current?.metadata.resourceVersion) {
    const note = `CronJob ${wanted.metadata.name} was changed by somebody else and put back. Change the ${ownerOf(wanted)} instead.`;
    context.tell({ type: 'Warning', reason: 'CronJobRestored', action: 'Apply', note });
  }
  stores.cronJobs.remember(applied);
  context.settled?.(applied);
}

/** What a refused CronJob means. Someone else's object of the name is never taken. */
async function cronJobRefusal(
  error: unknown,
  wanted: CronJob,
  { client, stores }: ApplyContext,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof ApiError)) return error;
  const { namespace, name, ownerReferences } = wanted.metadata;
  const isOwners = error.fields.some((field) => field.startsWith('metadata.ownerReferences'));
  if (error.status === 409 || (error.status === 422 && isOwners)) {
    const live = await client.get<CronJob>(cronJobs, namespace, name, signal);
    if (live === undefined) return error;
    if (isControlledBy(live, ownerReferences?.[0]?.uid)) {
      stores.cronJobs.remember(live);
      return error;
    }
    return new Refused(
      'NameTaken',
      `CronJob ${name} exists and does not belong to this ${ownerOf(wanted)}: choose another name or remove the other object.`,
      { cause: error },
    );
  }
  if (error.status === 403) return forbidden(`CronJob ${name}`, error);
  if (error.status === 422 || error.status === 400) {
    return new Refused('InvalidSpec', refusedSentence('CronJob', error.fields), { cause: error });
  }
  return error;
}

/** Kind of the object whose CronJob it is. */
function ownerOf({ metadata }: CronJob): string {
  return metadata.ownerReferences?.[0]?.kind ?? '';
}
