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
