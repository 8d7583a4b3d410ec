import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One request to the API server, as its audit log tells it. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** `get`, `list`, `watch`, `create`, `patch`, … */
  readonly verb: string;
  /** With its subresource: `databasebackups/status`. */
  readonly resource: string;
  readonly name: string | undefined;
  readonly status: number;
  readonly userAgent: string;
}

/** Flags of an API server that logs every request of one user, and the log. */
export interface AuditLog {
  readonly flags: string[];
  /** All entries so far, in the order of their ends. */
  entries(): Promise<readonly AuditEntry[]>;
}

/** The API server's own record of requests: nothing stands between it and the operator, and retries count too. */
export async function auditLog(directory: string, user: string): Promise<AuditLog> {
  const [policy, file] = [join(directory, 'audit-policy.yaml'), join(directory, 'audit.log')];
  const rules = [
    { level: 'Metadata', users: [user] },
    { level: 'None', users: [] },
  ];
  const content = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules };
  await writeFile(policy, JSON.stringify(content));
  const entries: AuditEntry[] = [];
  let offset = 0;
  let rest = '';
  return {
    flags: [`--audit-policy-file=${policy}`, `--audit-log-path=${file}`, '--audit-log-maxsize=2000'],
    async entries() {
      await using handle = await open(file, 'r');
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - offset), 0, size - offset, offset);
      offset += bytesRead;
      const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) entries.push(...entryOf(JSON.parse(line) as AuditEvent));
      return entries;
    },
  };
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly userAgent?: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** A watch is told twice, at its start and at its end: the start is enough. */
function entryOf(event: AuditEvent): AuditEntry[] {
  const { stage, verb, userAgent = '', objectRef = {}, responseStatus } = event;
  if (stage !== (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete')) return [];
  const { resource = '', subresource } = objectRef;
  return [
    {
      startedAt: Date.parse(event.requestReceivedTimestamp),
      endedAt: Date.parse(event.stageTimestamp),
      verb,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      name: objectRef.name,
      status: responseStatus?.code ?? 0,
      userAgent,
    },
  ];
}
