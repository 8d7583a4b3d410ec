import type { DrillReport } from '../../crds/drillReport.ts';
import type { Failure } from '../failure.ts';
import type { Services } from '../services.ts';
import { Stages } from '../stages.ts';

/** Collects what a drill tells while it goes on, so that a failure at any point has a report too. */
export class DrillRecord {
  readonly warnings: string[] = [];
  readonly notes: string[] = [];
  readonly assertions: DrillReport['assertions'] = [];
  readonly #services: Pick<Services, 'clock' | 'redactor'>;
  readonly #startedAt: Date;
  readonly #stages: Stages;
  readonly #facts: Partial<DrillReport> = {};

  constructor(services: Pick<Services, 'clock' | 'logger' | 'progress' | 'redactor'>) {
    this.#services = services;
    this.#startedAt = services.clock.now();
    this.#stages = new Stages(services);
  }

  /** Runs a stage and notes how long it took, failed or not. */
  stage<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#stages.run(name, work);
  }

  /** Adds facts as they become known. */
  note(facts: Partial<DrillReport>): void {
    Object.assign(this.#facts, facts);
  }

  /** The report as of now, without known secrets in its sentences. */
  report(failure?: Failure): DrillReport {
    const { clock, redactor } = this.#services;
    const redact = (text: string) => redactor.redact(text);
    return {
      version: 1,
      kind: 'DrillReport',
      result: failure ? 'Failed' : 'Succeeded',
      ...(failure && { reason: failure.reason, message: redact(failure.message) }),
      startedAt: this.#startedAt.toISOString(),
      finishedAt: clock.now().toISOString(),
      ...this.#facts,
      stages: this.#stages.times,
      assertions: this.assertions,
      notes: this.notes.map(redact),
      warnings: this.warnings.map(redact),
    };
  }
}
