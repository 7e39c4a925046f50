import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reach } from '../../src/index.js';

/**
 * IPIP, GRE, WireGuard and IPVS: what a Debian kernel in a virtual machine answered (samples/machine, kept by lab/keep-cases.mjs), held against
 * the walk as the lab's judge does.
 */
const lab = join(import.meta.dirname, '..', '..', 'lab');
const root = join(import.meta.dirname, '..', '..', 'samples', 'machine');

interface Answer {
  readonly ok: boolean;
  readonly flaky?: true;
  readonly seen?: string;
  readonly answers?: Readonly<Record<string, number>>;
}

interface Judge {
  readonly judge: (
    said: unknown,
    answer: Answer,
    addressOf: (owner: string) => string | undefined,
  ) => { readonly outcome: string; readonly why?: string };
}

const json = (...path: readonly string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

describe.each(readdirSync(root).sort())('%s', (name) => {
  test('the walk says what the kernel did', async () => {
    const { judge } = (await import(pathToFileURL(join(lab, 'judge', 'compare.mjs')).href)) as Judge;
    const kernel = json(name, 'kernel.json') as { addresses: Record<string, string>; probes: readonly Answer[] };
    const probes = json(name, 'probes.json');
    const { probes: said } = await reach([join(root, name, 'bundle')], { probes });
    const wrong = kernel.probes.flatMap((answer, i) => {
      const { outcome, why } = judge(said[i], answer, (owner: string) => kernel.addresses[owner]);
      return outcome !== 'contradiction' && outcome !== 'unknown'
        ? []
        : [
            `${outcome}: ${JSON.stringify(probes[i])} ${said[i]?.verdict} ${why ?? ''} ${said[i]?.because?.reason ?? ''}`,
          ];
    });
    expect(kernel.probes.some((p) => p.ok) && kernel.probes.some((p) => !p.ok)).toBe(true);
    expect(wrong).toEqual([]);
  });
});
