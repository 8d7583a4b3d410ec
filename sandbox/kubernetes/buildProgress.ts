/** Where progress goes: standard error, or a test's own. */
export interface ProgressOutput {
  isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Tells how far a build is: one line that is rewritten on a terminal, one every 30 s elsewhere. */
export class BuildProgress {
  private readonly what: string;
  private readonly output: ProgressOutput;
  private readonly now: () => number;
  private readonly start: number;
  private readonly timer: NodeJS.Timeout;
  private modules = 0;
  private packages = 0;
  private total = 0;
  private compilingSince = 0;

  /** `what` begins every line; `now` gives milliseconds. */
  constructor(what: string, output: ProgressOutput, now: () => number = () => performance.now()) {
    this.what = what;
    this.output = output;
    this.now = now;
    this.start = now();
    this.timer = setInterval(() => this.tell(this.state()), output.isTTY ? 1_000 : 30_000);
    this.timer.unref();
  }

  moduleFetched(): void {
    this.modules++;
  }

  /** How many packages there are, those that Go has built before included; from now on it compiles. */
  packagesListed(total: number): void {
    this.total = total;
    this.compilingSince = this.now();
  }

  packageCompiled(): void {
    this.packages++;
  }

  /** The last line. */
  end(isBuilt: boolean): void {
    clearInterval(this.timer);
    this.tell(`${isBuilt ? 'built' : 'not built'} after ${clock(this.now() - this.start)}`);
    if (this.output.isTTY) this.output.write('\n');
  }

  private state(): string {
    const passed = `${clock(this.now() - this.start)} passed`;
    if (this.total === 0) return `modules fetched: ${this.modules}, ${passed}`;
    if (this.packages >= this.total) return `linking, ${passed}`;
    const left = this.left();
    const rest = left === undefined ? '' : `, about ${clock(left)} left`;
    return `${this.packages} of ${this.total} packages, ${passed}${rest}`;
  }

  /** Milliseconds left if the packages to come take as long as those before: undefined while that says little. */
  private left(): number | undefined {
    if (this.packages < this.total * 0.05) return undefined;
    return ((this.now() - this.compilingSince) / this.packages) * (this.total - this.packages);
  }

  private tell(state: string): void {
    const line = `${this.what}: ${state}`;
    this.output.write(this.output.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  }
}

function clock(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
