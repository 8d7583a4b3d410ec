import { setTimeout as delay } from 'node:timers/promises';
import { type BackOff, backOff } from './backOff.ts';
import { imageReference } from './imageReference.ts';
import type { NodeContext } from './nodeContext.ts';
import type { Container, Pod } from './pod.ts';
import { imageID, type ProcessImage } from './processImage.ts';

export interface PulledImage {
  readonly id: string;
  readonly image: ProcessImage;
}

/** A reason and a message for a container that waits. */
export type Wait = (reason: string, message: string) => void;

/**
 * The image of a container, as kubelet's image manager gets it (images/image_manager.go): where there is none it tries
 * again for ever, with its reasons, messages, events and back-off. Throws only the signal's reason.
 */
export async function pullImage(
  node: NodeContext,
  pod: Pod,
  container: Container,
  wait: Wait,
  signal: AbortSignal,
): Promise<PulledImage> {
  const { image: name, imagePullPolicy: policy } = container;
  const record = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    node.record(pod, type, reason, message, container.name);
  const refuse = async (event: string, reason: string, message: string) => {
    record('Warning', event, message);
    record('Warning', 'Failed', `Error: ${reason}`);
    wait(reason, message);
    await delay(node.backOff.initialMs, undefined, { signal });
  };

  const waits = backOff(node.backOff);
  for (;;) {
    signal.throwIfAborted();
    let reference: string;
    try {
      reference = imageReference(name);
    } catch (error) {
      const message = `Failed to apply default image tag "${name}": ${(error as Error).message}`;
      await refuse('InspectFailed', 'InvalidImageName', message);
      continue;
    }
    const image = node.images.find(reference);
    if (image) {
      const present = `Container image "${name}" already present on machine and can be accessed by the pod`;
      const pulled = `Successfully pulled image "${name}" in 0s (0s including waiting). Image size: 0 bytes.`;
      if (policy === 'Always') record('Normal', 'Pulling', `Pulling image "${name}"`);
      record('Normal', 'Pulled', policy === 'Always' ? pulled : present);
      return { id: imageID(reference, image), image };
    }
    if (policy === 'Never') {
      const message = `Container image "${name}" is not present with pull policy of Never`;
      await refuse('ErrImageNeverPull', 'ErrImageNeverPull', message);
    } else await failToPull(reference, waits);
  }

  async function failToPull(reference: string, waits: BackOff): Promise<void> {
    const problem =
      `rpc error: code = NotFound desc = failed to pull and unpack image "${reference}": ` +
      `failed to resolve reference "${reference}": ${reference}: not found`;
    record('Normal', 'Pulling', `Pulling image "${name}"`);
    record('Warning', 'Failed', `Failed to pull image "${name}": ${problem}`);
    record('Warning', 'Failed', 'Error: ErrImagePull');
    wait('ErrImagePull', problem);
    const shownMs = Math.min(1_000, waits.nextMs / 4);
    const over = waits.wait(signal);
    over.catch(() => {}); // the same signal ends the wait before it
    await delay(shownMs, undefined, { signal });
    record('Normal', 'BackOff', `Back-off pulling image "${name}"`);
    record('Warning', 'Failed', 'Error: ImagePullBackOff');
    wait('ImagePullBackOff', `Back-off pulling image "${name}": ErrImagePull: ${problem}`);
    await over;
  }
}
