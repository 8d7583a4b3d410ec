/** A class or function that a pickle names. Only its name: nothing is ever imported. */
export class PickleClass {
  /** As the pickle spells it: `os.system`. */
  readonly class: string;
  constructor(name: string) {
    this.class = name;
  }
}

/** What Python would have made by calling a class or function: the call as data, never carried out. */
export class PickleObject {
  readonly class: string;
  readonly args: readonly unknown[];
  /** What Python would hand to `__setstate__`, mostly a Map of attributes. */
  state: unknown = undefined;
  /** What Python would append, if the object acts as a list. */
  readonly items: unknown[] = [];
  /** What Python would set by key, if the object acts as a dict. */
  readonly entries = new Map<unknown, unknown>();
  constructor(name: string, args: readonly unknown[]) {
    this.class = name;
    this.args = args;
  }
}
