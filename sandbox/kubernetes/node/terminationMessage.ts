import { open } from 'node:fs/promises';
import type { Container } from './pod.ts';

const maxBytes = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

/** What a container left in its termination log (its last 4,096 bytes), or where it asks for it the end of its log. */
export async function terminationMessage(
  container: Container,
  exitCode: number,
  messageFile: string,
  logFile: string,
): Promise<string> {
  const message = await tail(messageFile, maxBytes);
  const fallsBack = container.terminationMessagePolicy === 'FallbackToLogsOnError';
  if (message !== '' || !fallsBack || exitCode === 0) return message;
  const log = await tail(logFile, maxLogBytes);
  return log
    .split('\n')
    .slice(-maxLogLines - 1)
    .join('\n');
}

async function tail(path: string, bytes: number): Promise<string> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
