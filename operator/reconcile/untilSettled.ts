import type { Plan } from './observed.ts';

/** More rounds than any change needs: a plan that never ends is a bug, and must not spin. */
const mostRounds = 25;

/** Looks and does what is to be done, again until nothing is left to do; gives the plan of the last look. */
export async function untilSettled(
  look: () => Promise<Plan>,
  carryOut: (plan: Plan) => Promise<void>,
): Promise<Plan> {
  for (let round = 0; round < mostRounds; round++) {
    const plan = await look();
    if (plan.actions.length === 0) return plan;
    await carryOut(plan);
  }
  throw new Error(`no end of work for one object after ${mostRounds} rounds`);
}

/** Milliseconds until a plan wants to be looked at again, `most` at the latest; undefined: only on an event. */
export function delayOf({ lookAgainAt: at }: Plan, most: number | undefined, now: Date): number | undefined {
  const wait = at === undefined ? undefined : Math.max(0, at.getTime() - now.getTime());
  if (wait === undefined || most === undefined) return wait ?? most;
  return Math.min(wait, most);
}
