import type { RetentionContent } from './retentionContent.ts';

/** A file or a tab in the list of what was written. */
export interface ContentEntry {
  readonly title: string;
  readonly detail: string;
  readonly amount: string;
  /** A second amount; empty where there is none. */
  readonly more: string;
  readonly link: string | undefined;
}

/** The parts of a report that not every kind has. */
export interface OwnParts {
  /** What was written, and the address of where it is. */
  readonly written: {
    readonly title: string;
    readonly entries: readonly ContentEntry[];
    readonly place: 'folder' | 'spreadsheet';
    readonly link: string | undefined;
  };
  readonly tables?: {
    readonly rows: readonly { readonly name: string; readonly rows: string }[];
    readonly more: string | undefined;
  };
  readonly retention?: RetentionContent;
  readonly restore?: {
    readonly byHand: readonly string[];
    /** The same with our own program, as commands. */
    readonly commands: readonly string[];
  };
}

/** What a kind has of its own to tell. */
export interface OwnContent {
  readonly noun: 'backup' | 'sync';
  /** How much a good run wrote. */
  readonly volume: string;
  /** What did not happen, or failed, where the report is neither about a run nor about the schedule. */
  readonly absence?: string | undefined;
  /** Behind how long it took: how long it held its snapshot. */
  readonly held: string;
  /** Before those of the report. */
  readonly warnings: readonly string[];
  /** Behind the database. */
  readonly facts: readonly (readonly [label: string, value: string | undefined])[];
  readonly parts: OwnParts;
}

/** Bounds a text, and puts it on one line. */
export type Short = (text: string) => string;

/** Only what a browser opens: a mail with javascript: or file: links is not ours. */
export function webLink(link: string | undefined): string | undefined {
  return link !== undefined && /^https?:\/\//.test(link) && URL.canParse(link)
    ? new URL(link).href
    : undefined;
}
