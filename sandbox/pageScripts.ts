import { readFile } from 'node:fs/promises';

/** The scripts of a page of docs/: its blocks of sh, by the heading (##) that they stand under. */
export async function pageScripts(path: string): Promise<Map<string, string[]>> {
  const sections = (await readFile(path, 'utf8')).split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => [
      section.split('\n')[0] ?? '',
      [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, script]) => script ?? ''),
    ]),
  );
}
