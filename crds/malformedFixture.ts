import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A YAML that is wrong, and who says what about it. Its first lines are comments: `# expect:` the sentence of
 * kubectl, or `# condition:` that of Ready for what the schema lets through (`# by: the CronJob` where the API
 * server says it of our CronJob, and nobody before); `# cli:` the sentence of the command line, none where it
 * takes the file or where the sentence is that of the condition.
 */
export interface MalformedFile {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly expect: string | undefined;
  readonly condition: string | undefined;
  readonly byCronJob: boolean;
  readonly cli: string | undefined;
}

const folder = join(import.meta.dirname, 'testdata', 'malformed');

/** All of them, by name. */
export const malformedFiles: MalformedFile[] = globSync('*.yaml', { cwd: folder })
  .sort()
  .map((name) => {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8');
    const marker = (word: string) => new RegExp(`^# ${word}: (.+)$`, 'm').exec(text)?.[1];
    const [expect, condition, cli] = ['expect', 'condition', 'cli'].map(marker);
    if ((expect === undefined) === (condition === undefined)) {
      throw new Error(`${name} must say either what kubectl or what the condition is to say`);
    }
    return { name, path, text, expect, condition, cli, byCronJob: marker('by') === 'the CronJob' };
  });
