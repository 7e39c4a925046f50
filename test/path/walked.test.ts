import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, traceProbe } from '../../src/path/index.js';
import { rowsIn } from './judged-cases.js';

/** Clusters of other labs: see samples/walked/README.md. */
const root = join(import.meta.dirname, '..', '..', 'samples', 'walked');

/** Where the kernel's answer hangs on what nobody captured: who asked whom before, what is between a host outside and an address that nobody has. */
const OPEN: Readonly<Record<string, RegExp>> = {
  'arp-dropped-behind-a-vxlan-port': /, which does not answer on eth0, has asked there itself$/,
  'copies-routed-on': /^what becomes of the copies that node-1 gets, and routes on$/,
  'known-by-asking': /, which does not answer on eth0, has asked there itself$/,
  'known-by-asking-over-vxlan': /, which does not answer on eth0, has asked there itself$/,
  'queues-that-drop': /^filters of tc behind (?:clsact|ingress) of /,
  'set-that-packets-fill': /^what packets put into nft set d since$/,
  'ttl-of-what-comes-from-outside': /^-m u32 of data$/,
  'multicast-not-flooded': /, which does not answer on eth0, has asked there itself$/,
};

test.each(readdirSync(root).filter((name) => !name.endsWith('.md')))('%s', async (name) => {
  const world = makeWorld((await load([join(root, name, 'bundle')])).model);
  const wrong: string[] = [];
  let asked = 0;
  for (const { probe, ok } of rowsIn(join(root, name, 'answers.tsv'))) {
    asked++;
    const traced = traceProbe(world, probe);
    const text = `${probe.src} ${probe.dst} ${probe.proto} ${probe.port ?? ''} ${probe.size ?? ''}`;
    if (traced.kind === 'error') {
      wrong.push(`${text}: ${traced.says}`);
      continue;
    }
    const { verdict, because, missing } = traced.trace;
    if (verdict === 'unknown' && missing.every((m) => OPEN[name]?.test(m.input))) continue;
    if (verdict !== (ok ? 'delivered' : 'dropped'))
      wrong.push(`${text}: ${verdict} ${because?.reason ?? ''} ${missing.map((m) => m.input).join()}`);
  }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(0);
});
