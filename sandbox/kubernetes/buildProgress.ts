import { availableParallelism } from 'node:os';

/** Where progress goes: standard error, or a test's own. */
export interface ProgressOutput {
  isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Tells of a build: one line that is rewritten on a terminal, one every 30 s elsewhere. */
export class BuildProgress {
  private readonly what: string;
  private readonly output: ProgressOutput;
  private readonly start = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private modules = 0;
  private packages = 0;
  private total = 0;
  /** When the first package was through: what counts for the estimate. */
  private compilingSince: number | undefined;

  constructor(what: string, output: ProgressOutput) {
    this.what = what;
    this.output = output;
    const usual = Math.ceil(12 / Math.min(availableParallelism(), 8));
    this.line(
      `${what}, once for this machine: ${usual} to ${usual + 3} minutes if Go has built nothing of it yet`,
    );
    this.timer = setInterval(() => this.line(this.state()), output.isTTY ? 1_000 : 30_000);
    this.timer.unref();
  }

  moduleFetched(): void {
    this.modules++;
  }

  /** How many packages there are, those that Go has in its cache included. */
  packagesListed(total: number): void {
    this.total = total;
  }

  packageCompiled(): void {
    this.compilingSince ??= performance.now();
    this.packages++;
  }

  /** Ends the line. */
  end(isBuilt: boolean): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.line(`${this.what}: ${isBuilt ? 'done' : 'not done'} after ${clock(this.elapsed())}`);
    if (this.output.isTTY) this.output.write('\n');
  }

  private state(): string {
    const passed = `${clock(this.elapsed())} passed`;
    if (this.total === 0) return `${this.what}: ${this.modules} modules fetched, ${passed}`;
    const left = this.left();
    const rest = left === undefined ? '' : `, about ${clock(left)} left`;
    return `${this.what}: ${this.packages} of ${this.total} packages, ${passed}${rest}`;
  }

  /** Seconds left if the packages to come take as long as those before: undefined while that says little. */
  private left(): number | undefined {
    if (this.compilingSince === undefined || this.packages < this.total * 0.05) return undefined;
    const compiling = (performance.now() - this.compilingSince) / 1000;
    return Math.max(0, (compiling / this.packages) * (this.total - this.packages));
  }

  private elapsed(): number {
    return (performance.now() - this.start) / 1000;
  }

  private line(text: string): void {
    this.output.write(this.output.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
  }
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
