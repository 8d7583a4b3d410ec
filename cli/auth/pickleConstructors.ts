import { PickleClass, PickleObject } from './pickleValue.ts';

/** Python 2 and the protocols up to 2 use the old module names. */
function modernName(name: string): string {
  return name.replace(/^__builtin__\./, 'builtins.').replace(/^copy_reg\./, 'copyreg.');
}

const constructors: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  'builtins.set': ([items]) => (Array.isArray(items) ? new Set(items) : undefined),
  'builtins.frozenset': ([items]) => (Array.isArray(items) ? new Set(items) : undefined),
  'builtins.bytes': (args) => (args.length === 0 ? new Uint8Array() : undefined),
  'collections.OrderedDict': (args) => (args.length === 0 ? new Map() : undefined),
  // Protocols 0 to 2 have no bytes: they are spelt as Latin-1 text to be encoded.
  '_codecs.encode': ([text, encoding]) =>
    typeof text === 'string' && encoding === 'latin1'
      ? Uint8Array.from(Buffer.from(text, 'latin1'))
      : undefined,
  // Protocols 0 and 1 have no NEWOBJ: object.__reduce_ex__ names this function and the class.
  'copyreg._reconstructor': ([type]) =>
    type instanceof PickleClass ? new PickleObject(type.class, []) : undefined,
  'copyreg.__newobj__': ([type, ...args]) =>
    type instanceof PickleClass ? new PickleObject(type.class, args) : undefined,
};

/**
 * What a call in a pickle stands for: sets, bytes and bare objects, which older protocols spell as calls,
 * become values; every other call stays a record of itself.
 */
export function pickleCall(name: string, args: readonly unknown[]): unknown {
  const modern = modernName(name);
  const construct = Object.hasOwn(constructors, modern) ? constructors[modern] : undefined;
  return construct?.(args) ?? new PickleObject(name, args);
}
