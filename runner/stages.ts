import type { Services } from './services.ts';

/** How long each stage of a run or a drill took. */
export class Stages {
  readonly times: { name: string; seconds: number }[] = [];
  readonly #services: Pick<Services, 'logger' | 'progress'>;

  constructor(services: Pick<Services, 'logger' | 'progress'>) {
    this.#services = services;
  }

  /** Runs a stage and notes how long it took, failed or not. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const { logger, progress } = this.#services;
    progress.stage = name;
    const started = performance.now();
    try {
      return await work();
    } finally {
      const seconds = Math.round(performance.now() - started) / 1000;
      this.times.push({ name, seconds });
      const { rows, bytes } = progress;
      logger.info({ stage: name, seconds, rows, bytes }, 'stage ended');
    }
  }
}
