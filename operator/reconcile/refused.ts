import type { ApiError } from '../controller/kubernetesClient.ts';

/**
 * Thrown where the API server refuses what a spec leads to; `reason` and `message` go to the status. `patienceMs`: for so long it
 * may be of the moment, and is told only when it lasts.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: 'InvalidSpec' | 'NameTaken' | 'PodRefused';
  readonly patienceMs: number;
  constructor(
    reason: Refused['reason'],
    message: string,
    { patienceMs = 0, ...options }: ErrorOptions & { readonly patienceMs?: number } = {},
  ) {
    super(message, options);
    this.reason = reason;
    this.patienceMs = patienceMs;
  }
}

/** When to try again what may be refused for a moment alone, in milliseconds. */
export const passingMs = 2_000;
/** A quota may be used up by Jobs that end. */
const quotaMs = 20_000;
/** The API server learns within 30 s of the kind of an owner whose CRD is new. */
const newKindMs = 60_000;

/** What it means that the API server forbids an object (403): a quota or a policy, or a kind that it does not know yet. */
export function forbidden(what: string, error: ApiError): Refused {
  const sentence = `${what} cannot be made: a quota or a policy of the namespace refuses it.`;
  return new Refused('PodRefused', sentence, {
    cause: error,
    patienceMs: error.isKindNew ? newKindMs : quotaMs,
  });
}

/** Whether a refusal that began at `since` may still be of the moment. */
export function mayStillPass({ patienceMs }: Refused, since: Date, now: Date): boolean {
  return now.getTime() < since.getTime() + patienceMs;
}
