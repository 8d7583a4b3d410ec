/** The command that makes a token of a scope (its short name). */
export function loginCommand(scope: string): string {
  return `dbbackup auth login${scope === 'drive.file' ? '' : ` --scope ${scope}`}`;
}

/** What is said of a token without a scope (its short name), and how one with it is made. */
export function missingScope(scope: string, whose = 'The token'): string {
  return `${whose} lacks the scope ${scope}: run \`${loginCommand(scope)}\` and leave the box ticked`;
}
