import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A machine's place in the network: a cable between this host and it, and a range for its pods. */
export interface MachineNetwork {
  /** The host's end of the cable. */
  readonly device: string;
  /** Where the machine and its pods reach this host. */
  readonly hostAddress: string;
  readonly address: string;
  readonly podRange: string;
  /** The bridge's address, which is the pods' gateway. */
  readonly gateway: string;
  /** Routes go when a cable is pulled out. */
  addRoutes(): Promise<void>;
}

/** The bridge on the machine that its pods hang on. */
export const bridge = 'cni0';

/** Lays a cable to the machine whose first process is `pid`, with addresses that nobody on this host has. */
export async function freeNetwork(
  pid: number,
  inside: (program: string, ...args: string[]) => Promise<string>,
): Promise<MachineNetwork> {
  for (let number = 0; ; number++) {
    const device = `dbbackup${number}`;
    const [hostAddress, address] = [`10.245.${number}.1`, `10.245.${number}.2`];
    const [podRange, gateway] = [`10.244.${number}.0/24`, `10.244.${number}.1`];
    const { stdout: known } = await run('ip', ['route', 'show', 'table', 'all']);
    if (known.includes(hostAddress) || known.includes(`10.244.${number}.`)) {
      if (number === 255) throw new Error('All of 10.244.0.0/16 and 10.245.0.0/16 is taken on this host.');
      continue;
    }
    try {
      await run('ip', ['link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)]);
    } catch (error) {
      // Another session has just taken it.
      if (String(error).includes('File exists') && number < 255) continue;
      throw error;
    }
    await run('ip', ['addr', 'add', `${hostAddress}/30`, 'dev', device]);
    await run('ip', ['link', 'set', device, 'up']);
    await inside('ip', 'link', 'set', 'lo', 'up');
    await inside('ip', 'addr', 'add', `${address}/30`, 'dev', 'eth0');
    await inside('ip', 'link', 'set', 'eth0', 'up');
    await inside('ip', 'route', 'add', 'default', 'via', hostAddress);
    await inside('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    const addRoutes = async () => void (await run('ip', ['route', 'replace', podRange, 'via', address]));
    await addRoutes();
    return { device, hostAddress, address, podRange, gateway, addRoutes };
  }
}
