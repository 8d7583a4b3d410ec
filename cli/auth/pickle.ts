import { pickleError } from './pickleError.ts';
import { pickleLiterals } from './pickleLiterals.ts';
import { pickleOperations } from './pickleOperations.ts';
import { PickleReader } from './pickleReader.ts';
import { PickleStack } from './pickleStack.ts';

const stop = 0x2e;
// Saved credentials have about two kilobytes.
const maxBytes = 1 << 20;

/**
 * Reads a Python pickle, protocols 0 to 5, as data: None is null, dict is Map, set is Set, list and tuple
 * are arrays; every object and every call is a PickleObject. Nothing is imported, called or executed.
 * Throws CredentialsInvalid for whatever is no such pickle.
 */
export function parsePickle(bytes: Uint8Array): unknown {
  if (bytes.length > maxBytes) throw pickleError('more than 1 MiB, too much for credentials,', maxBytes);
  const reader = new PickleReader(bytes);
  const stack = new PickleStack(reader);
  for (;;) {
    const opcode = reader.uint8();
    if (opcode === stop) return stack.pop();
    const literal = pickleLiterals.get(opcode);
    const operation = pickleOperations.get(opcode);
    if (literal) stack.push(literal(reader));
    else if (operation) operation(reader, stack);
    else throw reader.error(`opcode 0x${opcode.toString(16).padStart(2, '0')}, unknown or not allowed,`);
  }
}
