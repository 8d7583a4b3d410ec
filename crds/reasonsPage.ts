import { failureReasons, reasonFacts } from './failureReason.ts';

/** docs/reasons.md: the reference of all failure reasons. */
export function reasonsPage(): string {
  const rows = failureReasons.map((reason) => {
    const { kind, meaning, hint } = reasonFacts(reason);
    const retried = kind === 'Transient' ? 'yes (1)' : 'no (2)';
    return `| \`${reason}\` | ${retried} | ${meaning} | ${hint.replaceAll('|', '\\|')} |`;
  });
  return [
    '<!-- Made by `npm run generate` from crds/failureReason.ts. Do not edit. -->',
    '# Failure reasons',
    'A failure has one name, and it is the same in the report, the mail, the log and on the terminal. A transient failure is worth another attempt (exit status 1), a permanent one is not (exit status 2).',
    '',
    '| reason | tried again (exit status) | meaning | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
