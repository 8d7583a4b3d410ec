import { STATUS_CODES } from 'node:http';

/** What a Status object says, without its sentences. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly string[];
  /** Whether the API server refuses an owner because it does not know the owner's kind yet, as for half a minute after its CRD was made. */
  readonly isKindNew: boolean;
}

const word = /^[A-Za-z]{1,64}$/;
// The admission plugin OwnerReferencesPermissionEnforcement, whose list of kinds is renewed every 30 s.
const newKind = /cannot set blockOwnerDeletion in this case because cannot find RESTMapping/;
const fieldPath = /^[\w.[\]/-]{1,200}$/;

/**
 * Reason and fields of an answer that is no success. Only words and paths are taken over: the sentences of a Status, and
 * whatever a proxy in between may say, can quote what was sent.
 */
export function refusal(status: number, body: string): Refusal {
  const told = parsed(body);
  const reason = typeof told?.reason === 'string' && word.test(told.reason) ? told.reason : undefined;
  const causes: unknown[] = Array.isArray(told?.details?.causes) ? told.details.causes : [];
  const fields = causes.flatMap((cause) => fieldOf(cause) ?? []);
  const isKindNew = status === 403 && newKind.test(String(told?.message));
  return { status, reason: reason ?? statusWord(status), fields: [...new Set(fields)], isKindNew };
}

function fieldOf(cause: unknown): string | undefined {
  const field = (cause as { field?: unknown } | null)?.field;
  if (typeof field !== 'string') return undefined;
  // Conflicts of an apply are told as `.spec.schedule`, the rest as `spec.schedule`.
  const path = field.replace(/^\./, '');
  return fieldPath.test(path) ? path : undefined;
}

function parsed(
  body: string,
): { reason?: unknown; message?: unknown; details?: { causes?: unknown } | null } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function statusWord(status: number): string {
  return (STATUS_CODES[status] ?? 'Unknown').replaceAll(/[^A-Za-z]/g, '');
}
