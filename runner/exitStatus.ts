import { type FailureReason, reasonFacts } from '../crds/failureReason.ts';

/** How an attempt ended, by the report of whatever was tried. */
interface Ended {
  readonly result: 'Succeeded' | 'Failed';
  readonly reason?: FailureReason | undefined;
}

/** Exit status of the program: 0, 1 for a failure worth another attempt, 2 for a permanent one. */
export function exitStatus({ result, reason = 'Internal' }: Ended): 0 | 1 | 2 {
  if (result === 'Succeeded') return 0;
  return reasonFacts(reason).kind === 'Transient' ? 1 : 2;
}
