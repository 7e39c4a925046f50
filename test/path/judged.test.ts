import { load } from '../../src/index.js';
import { makeWorld, traceProbe } from '../../src/path/index.js';
import { withFiles } from '../folder.js';
import { bundleOf, cases, rowsOf } from './judged-cases.js';

/** What lives as long as an entry of a neighbour that nothing renews: the kernel answers now, and does not in half a minute. */
const PASSING = /^whether (?:neighbours still know|\S+ is still known|\S+, which does not answer on)/;

test.each(cases)('%s %s', async (topology, name) => {
  await withFiles(bundleOf(topology, name), async (folder) => {
    const world = makeWorld((await load([folder])).model);
    const wrong: string[] = [];
    for (const { probe, ok, seen } of rowsOf(topology, name)) {
      const traced = traceProbe(world, probe);
      const text = `${probe.src} ${probe.dst} ${probe.proto} ${probe.port ?? ''} ${probe.size ?? ''}`;
      if (traced.kind === 'error') wrong.push(`${text}: ${traced.says}`);
      else {
        const { verdict, because, missing, outcomes } = traced.trace;
        // Which of several sources a hash picks is the kernel's own secret: it must be one of those that the walk names.
        const sources = outcomes.flatMap((o) => o.seenSource ?? []);
        // What is between somebody outside and an address that no node has any more nobody captured.
        if (verdict === 'unknown' && !/^(?:node|pod):/.test(probe.src)) continue;
        if (verdict === 'unknown' && missing.length > 0 && missing.every((m) => PASSING.test(m.input))) continue;
        if (verdict !== (ok ? 'delivered' : 'dropped'))
          wrong.push(`${text}: ${verdict} ${because?.node} ${because?.reason} ${missing.map((m) => m.input).join()}`);
        else if (ok && seen !== '' && sources.length > 0 && !sources.includes(seen))
          wrong.push(`${text}: seen as ${sources.join(' or ')}, not ${seen}`);
      }
    }
    expect(wrong.slice(0, 20)).toEqual([]);
  });
});
