import { htmlPart } from './htmlPart.ts';
import type { ReportMail } from './notifier.ts';
import { type ReportContent, reportContent } from './reportContent.ts';
import { isSync, type ReportInput } from './reportInput.ts';
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
  const set = isSync(input) ? undefined : input.report.set;
  const id = `${input.owner}/${input.id ?? set ?? input.report.startedAt}`;
  return { id, subject: subject(content), text: textPart(content), html };
}

function subject(content: ReportContent): string {
  const { symbol, name, noun, failure, headline, ran, summary, warnings } = content;
  if (!ran)
    return `${symbol} ${name}: ${headline.replace(/^./, (letter) => letter.toLowerCase())} (${summary})`;
  if (failure !== undefined) return `${symbol} ${name} ${noun} failed: ${failure.reason}`;
  const warned = warnings.length === 0 ? '' : ', with a warning';
  return `${symbol} ${name} ${noun}: ${summary}${warned}`;
}
