import { htmlPart } from './htmlPart.ts';
import type { ReportMail } from './notifier.ts';
import { type ReportContent, type ReportInput, reportContent } from './reportContent.ts';
import { tightLimits } from './reportLimits.ts';
import { textPart } from './textPart.ts';

// Gmail cuts a mail at 102 kB and hides the rest.
const htmlLimit = 100_000;

/**
 * The mail about a run: the result in the subject and first on the screen. Pure. Holds names and counts and
 * never a row; the HTML stays below 100 kB.
 */
export function reportMail(input: ReportInput): ReportMail {
  let content = reportContent(input);
  let html = htmlPart(content);
  if (Buffer.byteLength(html) >= htmlLimit) {
    content = reportContent(input, tightLimits);
    html = htmlPart(content);
  }
  const { set, startedAt } = input.report;
  const id = `${input.owner}/${input.id ?? set ?? startedAt}`;
  return { id, subject: subject(content), text: textPart(content), html };
}

function subject({ symbol, backup, failure, headline, ran, summary, warnings }: ReportContent): string {
  if (!ran)
    return `${symbol} ${backup}: ${headline.replace(/^./, (letter) => letter.toLowerCase())} (${summary})`;
  if (failure !== undefined) return `${symbol} ${backup} backup failed: ${failure.reason}`;
  const warned = warnings.length === 0 ? '' : ', with a warning';
  return `${symbol} ${backup} backup: ${summary}${warned}`;
}
