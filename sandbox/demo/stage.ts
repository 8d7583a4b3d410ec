/** Where the acts of the demo play: what people see, and how many steps went another way than they should. */
export class Stage {
  /** Aborts when the demo is ended from outside: nothing is begun any more. */
  readonly signal: AbortSignal;
  readonly #write: (line: string) => void;
  readonly #isTerminal: boolean;
  #scenes = 0;
  #mistakes = 0;

  constructor(options: { signal: AbortSignal; write: (line: string) => void; isTerminal?: boolean }) {
    this.signal = options.signal;
    this.#write = options.write;
    this.#isTerminal = options.isTerminal ?? false;
  }

  get mistakes(): number {
    return this.#mistakes;
  }

  /** The title of the next scene; they count through all acts. */
  scene(title: string): void {
    this.#scenes += 1;
    this.say(`\n${this.bold(`Scene ${this.#scenes}: ${title}`)}`);
  }

  /** A command, as a person would type it. */
  command(text: string): void {
    this.say(this.bold(`$ ${text}`));
  }

  say(line: string): void {
    this.#write(line);
  }

  /** A step went another way than it should. */
  wrong(sentence: string): void {
    this.#mistakes += 1;
    this.say(this.bold(sentence));
  }

  bold(text: string): string {
    return this.#isTerminal ? `\x1b[1m${text}\x1b[0m` : text;
  }
}
