const sheetsOperations = [
  'spreadsheetCreate',
  'spreadsheetGet',
  'spreadsheetUpdate',
  'valuesGet',
  'valuesUpdate',
  'valuesClear',
] as const;

/**
 * What a fault can be tied to: one kind of request to the fake. `create` is also every new file of Drive, however it
 * came; `spreadsheetUpdate` is spreadsheets.batchUpdate; get, update and clear of values are the batch forms too.
 */
export type Operation =
  | (typeof sheetsOperations)[number]
  | 'tokenRefresh'
  | 'list'
  | 'get'
  | 'create'
  | 'update'
  | 'delete'
  | 'about'
  | 'generateIds'
  | 'uploadStart'
  | 'uploadChunk'
  | 'uploadStatus'
  | 'uploadCancel'
  | 'download';

/** Which requests a fault hits. */
export interface FaultMatch {
  /** `sheets` is every request to Sheets. */
  operation: Operation | 'sheets';
  /** How many matching requests are hit; default 1. */
  count?: number;
  /** The first one that is hit, counted from 1 among the matching requests; default 1. */
  nth?: number;
  /** Only where the file has such a name. */
  name?: RegExp;
  /** Only this page of a listing, counted from 1. */
  page?: number;
}

/** Does something of the test's before the request is carried out (and waits for it), or after that and before its answer. */
export interface CallEffect {
  effect: 'call';
  when: 'before' | 'after';
  call(): unknown;
}

/** What goes wrong. `bytes` and `afterBytes` count within the one request's content. */
export type FaultEffect =
  | { effect: 'error'; status: number; reason?: string; retryAfter?: number; afterBytes?: number }
  | { effect: 'drop'; when: 'before' | 'mid' | 'after'; afterBytes?: number }
  | { effect: 'hang' }
  | CallEffect
  | { effect: 'storeLess'; bytes: number }
  | { effect: 'sessionGone'; status: 404 | 410 }
  | { effect: 'slow'; bytesPerSecond: number }
  | { effect: 'incompleteSearch' }
  | { effect: 'wrongChecksum' | 'wrongSize' }
  | { effect: 'listingLag'; lists: number };

/** A fault to inject. Effects on a new file (wrongChecksum, wrongSize, listingLag) belong to operation `create`. */
export type Fault = FaultMatch & FaultEffect;

/** A fault that was added: `hits` tells a test that it did strike. */
export interface AddedFault {
  readonly hits: number;
}

/** What is known about a request when faults are looked for. */
export interface FaultSubject {
  name?: string;
  page?: number;
}

const fileEffects = new Set<FaultEffect['effect']>(['wrongChecksum', 'wrongSize', 'listingLag']);
const fits: Readonly<Partial<Record<FaultEffect['effect'], readonly FaultMatch['operation'][]>>> = {
  storeLess: ['uploadChunk'],
  sessionGone: ['uploadChunk', 'uploadStatus'],
  slow: ['uploadChunk', 'download', 'sheets', ...sheetsOperations],
  incompleteSearch: ['list'],
  wrongChecksum: ['create'],
  wrongSize: ['create'],
  listingLag: ['create'],
};

/** Whether an operation is one of Sheets. */
export function ofSheets(operation: Operation): boolean {
  return sheetsOperations.some((one) => one === operation);
}

/** The faults still to come, in the order they were added. */
export class Faults {
  #entries: { fault: Fault; seen: number; hits: number }[] = [];

  /** Adds a fault; one that could never strike is refused, so that no test passes for nothing. */
  add(fault: Fault): AddedFault {
    if (fits[fault.effect]?.includes(fault.operation) === false)
      throw new Error(`The effect ${fault.effect} does not exist for ${fault.operation}.`);
    if (
      fault.effect === 'error' &&
      fault.afterBytes !== undefined &&
      !['uploadChunk'].includes(fault.operation)
    )
      throw new Error('An error after some bytes exists for uploadChunk only.');
    const entry = { fault, seen: 0, hits: 0 };
    this.#entries.push(entry);
    return entry;
  }

  /** Forgets all faults. */
  clear(): void {
    this.#entries = [];
  }

  /** Number of hits that were asked for and did not happen yet. */
  get pending(): number {
    return this.#entries.reduce((sum, { fault, hits }) => sum + (fault.count ?? 1) - hits, 0);
  }

  /** Takes what strikes this request. */
  forRequest(operation: Operation, subject: FaultSubject): FaultEffect[] {
    return this.#take(operation, subject, false);
  }

  /** Takes what strikes a file that has just been made. */
  forFile(subject: FaultSubject): FaultEffect[] {
    return this.#take('create', subject, true);
  }

  #take(operation: Operation, subject: FaultSubject, ofFile: boolean): FaultEffect[] {
    const taken: FaultEffect[] = [];
    for (const entry of this.#entries) {
      const { fault } = entry;
      const meant = fault.operation === operation || (fault.operation === 'sheets' && ofSheets(operation));
      if (!meant || fileEffects.has(fault.effect) !== ofFile) continue;
      if (fault.page !== undefined && fault.page !== subject.page) continue;
      if (fault.name && !(subject.name !== undefined && subject.name.search(fault.name) >= 0)) continue;
      entry.seen++;
      if (entry.seen < (fault.nth ?? 1) || entry.hits >= (fault.count ?? 1)) continue;
      entry.hits++;
      taken.push(fault);
    }
    return taken;
  }
}
