import { BackupError } from '../../crds/failureReason.ts';
import { type Attempt, serviceOf } from './googleErrors.ts';
import { TransientError } from './retry.ts';

/** The JSON of an answer, {} if it is empty. Throws TransientError if it is none: a proxy, or a login page. */
export function jsonAnswer(body: Buffer, attempt: Attempt): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    // The error of JSON.parse would quote the answer.
    throw new TransientError(
      new BackupError(
        'UploadFailed',
        `${serviceOf(attempt)} could not ${attempt.what}: the answer is not JSON. Is there a proxy or a login page in between?`,
      ),
    );
  }
}
