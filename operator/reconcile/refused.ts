/** Thrown where the API server refuses what a spec leads to; `reason` and `message` go to the status. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: 'InvalidSpec' | 'NameTaken' | 'PodRefused';
  constructor(reason: Refused['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
