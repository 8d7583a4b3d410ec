import { pickleCall } from './pickleConstructors.ts';
import type { PickleReader } from './pickleReader.ts';
import type { PickleStack } from './pickleStack.ts';
import { PickleClass, PickleObject } from './pickleValue.ts';

type Operation = (reader: PickleReader, stack: PickleStack) => void;

/**
 * The opcodes that work on stack and memo, by their byte; protocols 0 to 5. Left out, and so refused, are
 * persistent IDs, the extension registry and out-of-band buffers: they mean something outside the file.
 */
export const pickleOperations: ReadonlyMap<number, Operation> = new Map(
  Object.entries<Operation>({
    '\x80': (reader) => {
      if (reader.uint8() > 5) throw reader.error('a protocol newer than 5');
    },
    '\x95': (reader) => reader.expect(reader.uint64()),
    '(': (_, stack) => stack.mark(),
    '0': (_, stack) => {
      if (stack.size > 0) stack.pop();
      else stack.popMark();
    },
    '1': (_, stack) => {
      stack.popMark();
    },
    '2': (_, stack) => stack.push(stack.top()),
    p: (reader, stack) => stack.put(lineIndex(reader)),
    q: (reader, stack) => stack.put(reader.uint8()),
    r: (reader, stack) => stack.put(reader.uint32()),
    '\x94': (_, stack) => stack.put(),
    g: (reader, stack) => stack.get(lineIndex(reader)),
    h: (reader, stack) => stack.get(reader.uint8()),
    j: (reader, stack) => stack.get(reader.uint32()),
    t: (_, stack) => pushList(stack, stack.popMark()),
    l: (_, stack) => pushList(stack, stack.popMark()),
    '\x85': (_, stack) => pushList(stack, stack.popMany(1)),
    '\x86': (_, stack) => pushList(stack, stack.popMany(2)),
    '\x87': (_, stack) => pushList(stack, stack.popMany(3)),
    '\x91': (_, stack) => {
      const items = stack.popMark();
      stack.push(stack.nest(new Set(items), items));
    },
    d: (reader, stack) => {
      const items = stack.popMark();
      stack.push(new Map());
      setItems(reader, stack, items);
    },
    a: (reader, stack) => append(reader, stack, stack.popMany(1)),
    e: (reader, stack) => append(reader, stack, stack.popMark()),
    s: (reader, stack) => setItems(reader, stack, stack.popMany(2)),
    u: (reader, stack) => setItems(reader, stack, stack.popMark()),
    '\x90': (reader, stack) => addItems(reader, stack, stack.popMark()),
    c: (reader, stack) => stack.push(classNamed(reader, reader.line(), reader.line())),
    '\x93': (reader, stack) => {
      const [module, name] = stack.popMany(2);
      stack.push(classNamed(reader, module, name));
    },
    R: (reader, stack) => {
      const [type, args] = stack.popMany(2);
      call(reader, stack, type, args, pickleCall);
    },
    '\x81': (reader, stack) => {
      const [type, args] = stack.popMany(2);
      call(reader, stack, type, args, instance);
    },
    '\x92': (reader, stack) => {
      const [type, args, keywords] = stack.popMany(3);
      call(reader, stack, type, Array.isArray(args) ? [...args, keywords] : args, instance);
    },
    i: (reader, stack) => {
      const type = classNamed(reader, reader.line(), reader.line());
      call(reader, stack, type, stack.popMark(), instance);
    },
    o: (reader, stack) => {
      const [type, ...args] = stack.popMark();
      call(reader, stack, type, args, instance);
    },
    b: (reader, stack) => {
      const state = stack.pop();
      const object = stack.top();
      if (!(object instanceof PickleObject)) throw reader.error('a state for something that is no object');
      object.state = state;
      stack.nest(object, [state]);
    },
  }).map(([opcode, operation]) => [opcode.charCodeAt(0), operation]),
);

function lineIndex(reader: PickleReader): number {
  const line = reader.line();
  if (!/^\d{1,10}$/.test(line)) throw reader.error('a memo index that is no number');
  return Number(line);
}

function pushList(stack: PickleStack, items: unknown[]): void {
  stack.push(stack.nest(items, items));
}

function append(reader: PickleReader, stack: PickleStack, items: readonly unknown[]): void {
  const target = stack.top();
  const list = target instanceof PickleObject ? target.items : target;
  if (!Array.isArray(list)) throw reader.error('an append to something that is no list');
  for (const item of items) list.push(item);
  stack.nest(target as object, items);
}

function addItems(reader: PickleReader, stack: PickleStack, items: readonly unknown[]): void {
  const set = stack.top();
  if (!(set instanceof Set)) throw reader.error('an addition to something that is no set');
  for (const item of items) set.add(item);
  stack.nest(set, items);
}

function setItems(reader: PickleReader, stack: PickleStack, items: readonly unknown[]): void {
  const target = stack.top();
  const map = target instanceof PickleObject ? target.entries : target;
  if (!(map instanceof Map)) throw reader.error('keys for something that is no dict');
  if (items.length % 2 !== 0) throw reader.error('a key without a value');
  for (let at = 0; at < items.length; at += 2) map.set(items[at], items[at + 1]);
  stack.nest(target as object, items);
}

function classNamed(reader: PickleReader, module: unknown, name: unknown): PickleClass {
  if (typeof module !== 'string' || typeof name !== 'string') throw reader.error('a class without a name');
  return new PickleClass(`${module}.${name}`);
}

function call(
  reader: PickleReader,
  stack: PickleStack,
  type: unknown,
  args: unknown,
  make: (name: string, args: readonly unknown[]) => unknown,
): void {
  if (!(type instanceof PickleClass)) throw reader.error('a call of something that is no class');
  if (!Array.isArray(args)) throw reader.error('a call without arguments');
  const made = make(type.class, args);
  stack.push(typeof made === 'object' && made !== null ? stack.nest(made, args) : made);
}

function instance(name: string, args: readonly unknown[]): PickleObject {
  return new PickleObject(name, args);
}
