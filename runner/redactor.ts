import type { RunReport } from '../crds/runReport.ts';
import type { SyncReport } from '../crds/syncReport.ts';

/** Takes known secrets out of texts: the last guard, since no message should hold one in the first place. */
export interface Redactor {
  /** Makes a value known. Values of fewer than four characters are too common to be searched for. */
  add(secret: string | undefined): void;
  /** The text with every known secret, also base64, URL- or JSON-escaped, replaced. */
  redact(text: string): string;
}

const replacement = '[secret]';
/** An identity of age shows what it is, known or not. */
const identityLook = /AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+/gi;

export function redactor(): Redactor {
  // The longest first, so that no part of one is left where a secret holds another.
  let forms: string[] = [];
  return {
    add(secret) {
      if (secret === undefined || secret.length < 4) return;
      forms = [...new Set([...forms, ...formsOf(secret)])].sort((a, b) => b.length - a.length);
    },
    redact(text) {
      let result = text.replace(identityLook, replacement);
      for (const form of forms) result = result.replaceAll(form, replacement);
      return result;
    },
  };
}

/**
 * The report without known secrets in its sentences. Numbers, times, names and the words of a fixed vocabulary stay
 * as they are: a password such as 2026 or Failed would else break the report.
 */
export function redactReport<R extends RunReport | SyncReport>(report: R, { redact }: Redactor): R {
  const { message, warnings, notes, email } = report;
  const retention = 'retention' in report ? report.retention : undefined;
  return {
    ...report,
    ...(message === undefined ? {} : { message: redact(message) }),
    warnings: warnings.map(redact),
    notes: notes.map(redact),
    ...(retention && {
      retention: {
        ...retention,
        removed: retention.removed.map(({ set, why }) => ({ set, why: redact(why) })),
        ...(retention.skipped === undefined ? {} : { skipped: redact(retention.skipped) }),
      },
    }),
    ...(email && {
      email: { ...email, ...(email.message === undefined ? {} : { message: redact(email.message) }) },
    }),
  };
}

/** A line of a JSON log without known secrets in its strings; its numbers stay, so that it still parses. */
export function redactLine(line: string, { redact }: Redactor): string {
  const clean = (_: string, value: unknown) => (typeof value === 'string' ? redact(value) : value);
  return `${JSON.stringify(JSON.parse(line), clean)}\n`;
}

/** The forms in which a secret travels, the longest first. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  const forms = [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    ...[base64, ...[0, 1, 2].map((before) => base64Inside(bytes, before))].flatMap((form) => [
      form,
      form.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
  ];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

/** What is always the same in the base64 of a longer text that has the bytes behind `before` others, modulo 3. */
function base64Inside(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
