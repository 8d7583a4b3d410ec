import type { FailureReason } from '../crds/failureReason.ts';
import type { Manifest } from '../crds/manifest.ts';
import type { ReportFile, RunReport } from '../crds/runReport.ts';
import type { Services } from './services.ts';
import type { Artifact } from './setWriter.ts';
import { Stages } from './stages.ts';

/** Collects what a run tells while it goes on, so that a failure at any point has a report too. */
export class RunRecord {
  readonly warnings: string[] = [];
  readonly notes: string[] = [];
  readonly #startedAt: Date;
  readonly #services: Pick<Services, 'clock'>;
  readonly #stages: Stages;
  readonly #facts: Partial<RunReport> = {};
  /** When the newest good set before this run was stored. */
  lastSuccess: Date | undefined;
  /** The manifest of the complete set. */
  manifest: Manifest | undefined;

  constructor(services: Pick<Services, 'clock' | 'logger' | 'progress'>) {
    this.#services = services;
    this.#stages = new Stages(services);
    this.#startedAt = services.clock.now();
  }

  /** Runs a stage and notes how long it took, failed or not. */
  stage<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#stages.run(name, work);
  }

  /** Adds facts as they become known. */
  note(
    facts: Partial<
      Pick<
        RunReport,
        | 'database'
        | 'serverVersion'
        | 'set'
        | 'snapshotTime'
        | 'snapshotSeconds'
        | 'tables'
        | 'rows'
        | 'folderLink'
        | 'retention'
        | 'email'
      >
    >,
  ): void {
    Object.assign(this.#facts, facts);
  }

  /** The files that now lie at the destination. */
  files(artifacts: readonly Artifact[], manifest: Manifest): void {
    this.manifest = manifest;
    const rowFormats = new Set(['csv', 'xlsx', 'json']);
    const files = artifacts.map(
      ({ format, stored, sha256 }): ReportFile => ({
        name: stored.name,
        format,
        ...(rowFormats.has(format) ? { rows: manifest.rows } : {}),
        bytes: stored.bytes,
        sha256,
        ...(stored.link === undefined ? {} : { link: stored.link }),
      }),
    );
    Object.assign(this.#facts, {
      files,
      rows: manifest.rows,
      tables: manifest.tables.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    });
  }

  /** The report as of now. */
  report(failure?: { reason: FailureReason; message: string }): RunReport {
    return {
      version: 1,
      result: failure ? 'Failed' : 'Succeeded',
      ...failure,
      startedAt: this.#startedAt.toISOString(),
      finishedAt: this.#services.clock.now().toISOString(),
      files: [],
      stages: this.#stages.times,
      warnings: this.warnings,
      notes: this.notes,
      ...this.#facts,
    };
  }
}
