import type { PickleReader } from './pickleReader.ts';

// Saved credentials have about four levels.
const maxDepth = 100;

/** The stack of Python's pickle machine with its marks and its memo; misuse is a CredentialsInvalid. */
export class PickleStack {
  readonly #reader: PickleReader;
  readonly #memo = new Map<number, unknown>();
  readonly #marked: unknown[][] = [];
  readonly #depths = new WeakMap<object, number>();
  #values: unknown[] = [];

  constructor(reader: PickleReader) {
    this.#reader = reader;
  }

  get size(): number {
    return this.#values.length;
  }

  push(value: unknown): void {
    this.#values.push(value);
  }

  top(): unknown {
    this.#need(1);
    return this.#values.at(-1);
  }

  pop(): unknown {
    this.#need(1);
    return this.#values.pop();
  }

  /** The `count` topmost values, the lowest first. */
  popMany(count: number): unknown[] {
    this.#need(count);
    return this.#values.splice(-count);
  }

  mark(): void {
    if (this.#marked.length >= maxDepth) throw this.#tooDeep();
    this.#marked.push(this.#values);
    this.#values = [];
  }

  /** All values above the last mark, which goes as well. */
  popMark(): unknown[] {
    const below = this.#marked.pop();
    if (!below) throw this.#reader.error('a missing mark');
    const values = this.#values;
    this.#values = below;
    return values;
  }

  /** Remembers the topmost value; without an index at the next free one. */
  put(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  get(index: number): void {
    if (!this.#memo.has(index)) throw this.#reader.error('a reference to an unknown memo entry');
    this.push(this.#memo.get(index));
  }

  /** Notes that the container holds the children. Nothing here recurses, but readers of the result may. */
  nest<T extends object>(container: T, children: readonly unknown[]): T {
    let depth = this.#depths.get(container) ?? 1;
    for (const child of children) {
      if (typeof child === 'object' && child !== null)
        depth = Math.max(depth, (this.#depths.get(child) ?? 0) + 1);
    }
    if (depth > maxDepth) throw this.#tooDeep();
    this.#depths.set(container, depth);
    return container;
  }

  #need(count: number): void {
    if (this.#values.length < count) throw this.#reader.error('an empty stack');
  }

  #tooDeep(): Error {
    return this.#reader.error(`nesting deeper than ${maxDepth} levels`);
  }
}
