import { type ListenAddress, type Page, type PageServer, servePages } from './servePages.ts';

/** Looks at one thing and gives the sentence of what is wrong with it; undefined: nothing is. */
export interface HealthCheck {
  readonly name: string;
  check(): string | undefined;
}

export interface HealthChecks {
  /** What only a restart helps against. */
  readonly healthz: readonly HealthCheck[];
  /** What passes by itself. */
  readonly readyz: readonly HealthCheck[];
}

/**
 * Serves /healthz and /readyz: 200, or 503 with the names and sentences of what fails. That there is an answer at all says
 * that the event loop turns.
 */
export function serveHealth(checks: HealthChecks, address: ListenAddress): Promise<PageServer> {
  return servePages(address, {
    '/healthz': () => healthPage('healthz', checks.healthz),
    '/readyz': () => healthPage('readyz', checks.readyz),
  });
}

/** In the words of the API server's own /readyz?verbose. */
export function healthPage(name: string, checks: readonly HealthCheck[]): Page {
  const lines = checks.map((check) => ({ name: check.name, problem: problemOf(check) }));
  const isFine = lines.every(({ problem }) => problem === undefined);
  const text = lines.map((line) =>
    line.problem ? `[-]${line.name}: ${line.problem}` : `[+]${line.name} ok`,
  );
  const end = `${name} check ${isFine ? 'passed' : 'failed'}`;
  return {
    status: isFine ? 200 : 503,
    type: 'text/plain; charset=utf-8',
    text: `${[...text, end].join('\n')}\n`,
  };
}

function problemOf(one: HealthCheck): string | undefined {
  try {
    return one.check();
  } catch {
    return 'The check itself failed.';
  }
}
