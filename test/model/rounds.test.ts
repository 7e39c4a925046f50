import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';

const NEIGH = (state: string): string => `10.0.0.1 dev eth0 lladdr 16:88:4f:00:36:49 ${state}\n`;

const modelOf = (files: Readonly<Record<string, string>>) =>
  withFiles(files, async (folder) => (await load([folder])).model);

describe('collections of several times in one input', () => {
  test.each([
    ['before', 'after'],
    ['old', 'new'],
    ['run-9', 'run-10'],
    ['2026-03-12', '2026-03-13'],
    ['broken', 'fixed'],
  ])('%s, %s: one node, the later state counts, the earlier is history', async (first, second) => {
    const model = await modelOf({
      [`${first}/node-1/ip-neigh.txt`]: NEIGH('STALE'),
      [`${first}/node-2/ip-neigh.txt`]: NEIGH('STALE'),
      [`${second}/node-1/ip-neigh.txt`]: NEIGH('REACHABLE'),
      [`${second}/node-2/ip-neigh.txt`]: NEIGH('REACHABLE'),
    });
    expect(model.nodes.map((n) => n.name)).toEqual(['node-1', 'node-2']);
    const [node] = model.nodes;
    expect(node?.host.facts('neigh').map((n) => n.state)).toEqual(['REACHABLE']);
    expect(node?.host.listings('neigh')).toHaveLength(2);
  });

  test('are not held against each other', async () => {
    const model = await modelOf({
      'before/node-1/ip-neigh.txt': NEIGH('STALE'),
      'before/node-2/ip-neigh.txt': NEIGH('STALE'),
      'after/node-1/ip-neigh.txt': NEIGH('STALE'),
      'after/node-2/ip-neigh.txt': NEIGH('STALE'),
    });
    const at = (path: string) => {
      const fact = model.captures.find((c) => c.path.includes(path))?.facts[0];
      if (!fact) throw new Error(path);
      return fact.at;
    };
    expect(model.notComparable(at('before/node-1'), at('after/node-2'))).toBe(
      'collected at different times (before, after)',
    );
    expect(model.notComparable(at('after/node-1'), at('after/node-2'))).toBeUndefined();
  });

  test('a date in the name of each node is none', async () => {
    const model = await modelOf({
      'node-1-2026-03-12/ip-neigh.txt': NEIGH('STALE'),
      'node-2-2026-03-13/ip-neigh.txt': NEIGH('STALE'),
    });
    expect(model.captures.map((c) => c.round)).toEqual([undefined, undefined]);
  });
});
