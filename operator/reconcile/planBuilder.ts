import type { Action, Plan } from './observed.ts';

export class PlanBuilder implements Plan {
  readonly actions: Action[] = [];
  lookAgainAt: Date | undefined;
  readonly now: Date;
  constructor(now: Date) {
    this.now = now;
  }
  add(actions: readonly Action[]): void {
    this.actions.push(...actions);
  }
  lookAt(time: number): void {
    const at = new Date(Math.max(time, this.now.getTime()));
    if (this.lookAgainAt === undefined || at < this.lookAgainAt) this.lookAgainAt = at;
  }
}
