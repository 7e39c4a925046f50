import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, traceProbe } from '../../src/path/index.js';

/**
 * What the walk says of the stored bundles is what the kernel answered when they were taken (samples/bundles/NAME.kernel.json).
 */
const root = join(import.meta.dirname, '..', '..', 'samples', 'bundles');

interface Answered {
  readonly src: string;
  readonly dst: string;
  readonly proto: 'icmp' | 'tcp' | 'udp';
  readonly port?: number;
  readonly ok: boolean;
}

const bundles = readdirSync(root)
  .filter((f) => f.endsWith('.kernel.json'))
  .map((f) => f.replace('.kernel.json', ''));

describe('the walk and the kernel', () => {
  test.each(bundles)('%s', async (name) => {
    const asked = JSON.parse(readFileSync(join(root, `${name}.kernel.json`), 'utf8')) as readonly Answered[];
    const world = makeWorld((await load([join(root, name)])).model);
    const wrong: string[] = [];
    let unknown = 0;
    for (const { ok, ...probe } of asked) {
      const traced = traceProbe(world, probe);
      const text = `${probe.src} ${probe.dst} ${probe.proto} ${probe.port ?? ''}`;
      if (traced.kind === 'error') {
        wrong.push(`${text}: ${traced.says}`);
        continue;
      }
      const { verdict, because, missing } = traced.trace;
      if (verdict === 'unknown') {
        // A Gravity report has no sysctls: whether a bridge calls iptables is not known from it.
        if (name.endsWith('-gravity') && missing.every((m) => m.input.startsWith('bridge-nf'))) continue;
        unknown++;
        if (unknown < 8) wrong.push(`${text}: unknown, ${JSON.stringify(missing)}`);
      } else if ((verdict === 'delivered') !== ok)
        wrong.push(
          `${text}: ${verdict}, the kernel ${ok ? 'delivered' : 'did not'} ${because?.node} ${because?.reason}`,
        );
    }
    expect(wrong.slice(0, 25)).toEqual([]);
    expect(unknown).toBe(0);
  });
});
