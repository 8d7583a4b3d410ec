/**
 * Thrown where the API server refuses what a spec leads to; `reason` and `message` go to the status. `mayPass`: it may be of the
 * moment, and is told only when it lasts.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: 'InvalidSpec' | 'NameTaken' | 'PodRefused';
  readonly mayPass: boolean;
  constructor(
    reason: Refused['reason'],
    message: string,
    { mayPass = false, ...options }: ErrorOptions & { readonly mayPass?: boolean } = {},
  ) {
    super(message, options);
    this.reason = reason;
    this.mayPass = mayPass;
  }
}

/** When to try again what may be refused for a moment alone, and for how long that may be so, in milliseconds. */
export const passingMs = 2_000;
const patienceMs = 20_000;

/** Whether a refusal that began at `since` may still be of the moment. */
export function mayStillPass({ mayPass }: Refused, since: Date, now: Date): boolean {
  return mayPass && now.getTime() < since.getTime() + patienceMs;
}
