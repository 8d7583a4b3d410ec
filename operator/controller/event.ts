import { randomBytes } from 'node:crypto';
import { eventNote } from './eventNote.ts';
import type { KubernetesObject, Resource } from './kubernetesObject.ts';
import { microTime } from './lease.ts';

/** An Event of events.k8s.io: something that happened to `regarding`, told once or several times. */
export interface Event extends KubernetesObject {
  readonly eventTime: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly regarding: ObjectReference;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export const events: Resource = { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events' };

/** What is to be told of an object. */
export interface EventText {
  readonly type: 'Normal' | 'Warning';
  /** A word in UpperCamelCase: why. */
  readonly reason: string;
  /** A word in UpperCamelCase: what was done or tried. */
  readonly action: string;
  /** Cut at 1024 bytes. */
  readonly note: string;
}

/** Who tells. */
export interface Reporter {
  /** A qualified name, `dbbackup.dev/operator`. */
  readonly controller: string;
  readonly instance: string;
}

const longestWord = 128;

/**
 * The Event of a text, under a name that no other has. Names are in the order of time, then of `sequence`: kubectl describe
 * shows Events of events.k8s.io as the API server lists them, which is by name.
 */
export function newEvent(
  object: KubernetesObject,
  text: EventText,
  reporter: Reporter,
  now: Date,
  sequence: number,
): Event {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const order = hex(now.getTime(), 11) + hex(sequence % 0x1000, 3);
  const unique = order + randomBytes(2).toString('hex');
  return {
    apiVersion: events.apiVersion,
    kind: events.kind,
    // Events on what has no namespace go into default: the API server wants them there.
    metadata: {
      name: `${name.slice(0, 200).replace(/[.-]+$/, '')}.${unique}`,
      namespace: namespace ?? 'default',
    },
    eventTime: microTime(now),
    type: text.type,
    reason: text.reason.slice(0, longestWord),
    action: text.action.slice(0, longestWord),
    note: eventNote(text.note),
    regarding: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, longestWord),
  };
}
