import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseText } from '../../src/capture/parse.js';
import type { HostnameFact } from '../../src/facts/index.js';
import { load } from '../../src/index.js';
import { type Parser, textFrom } from '../../src/kit/index.js';
import { withFiles } from '../folder.js';

const collector = readFileSync(join(import.meta.dirname, '../../samples/parsers/kubeskoop/node.txt'), 'utf8');

describe('one capture that tells of several places', () => {
  test('each network namespace of a node is a stack of its own, on the node that the capture is of', () =>
    withFiles({ 'dump/collector.json': collector }, async (folder) => {
      const { model } = await load([`${folder}/dump`]);
      expect(model.nodes.map((n) => [n.name, n.others.map((s) => s.netns)])).toEqual([['dump', ['default/web-5d9c7']]]);
      const [node] = model.nodes;
      expect(node?.host.facts('route').some((r) => r.prefix === '10.244.2.0/24')).toBe(true);
      const [pod] = node?.others ?? [];
      expect(pod?.facts('route').map((r) => r.prefix)).toContain('0.0.0.0/0');
      expect(pod?.facts('route').map((r) => r.prefix)).not.toContain('10.244.2.0/24');
    }));

  test('absence is concluded of what was listed there, and of nothing else', () =>
    withFiles({ 'dump/collector.json': collector }, async (folder) => {
      const { model } = await load([`${folder}/dump`]);
      const [node] = model.nodes;
      const [pod] = node?.others ?? [];
      const known = (stack: typeof pod, kind: 'route' | 'neigh' | 'socket' | 'connections', family = '4') =>
        stack?.absence(kind, { family }).known;
      expect([known(node?.host, 'route'), known(pod, 'route')]).toEqual([true, true]);
      expect([known(node?.host, 'socket'), known(pod, 'socket')]).toEqual([true, false]);
      expect(known(node?.host, 'connections')).toBe(false);
      expect([known(pod, 'neigh'), known(pod, 'neigh', '6'), known(pod, 'route', '6')]).toEqual([true, false, false]);
    }));

  test('its bytes count once', () =>
    withFiles({ 'dump/collector.json': collector }, async (folder) => {
      const { model } = await load([`${folder}/dump`]);
      expect(model.captures.map((c) => c.bytes.facts)).toEqual([Buffer.byteLength(collector), 0]);
    }));

  test('a fact may name its node', () => {
    const parser: Parser<HostnameFact> = {
      command: 'x',
      emits: ['hostname'],
      scope: 'stack',
      claims: { sniff: () => 0 },
      parse(text, out) {
        for (let i = 0; i < text.count; i++)
          out.fact(i, { kind: 'hostname', name: text.line(i), source: 'etc' }, { node: text.line(i) });
        out.listed(['hostname'], { node: 'a' });
      },
    };
    const { facts, elsewhere, tally } = parseText(parser, textFrom('a\nb\na\n'), 0, {
      argv: [],
      fileName: '',
      scope: {},
    });
    expect(facts).toEqual([]);
    expect(elsewhere?.map((e) => [e.where.node, e.facts.length, e.kinds])).toEqual([
      ['a', 2, ['hostname']],
      ['b', 1, []],
    ]);
    expect(tally).toEqual({ facts: 3, noise: 0, gaps: 0 });
  });

  test('a dump of one pod alone says nothing of the host', () =>
    withFiles(
      {
        'dump/collector.json': JSON.stringify({
          ...JSON.parse(collector),
          n: JSON.parse(collector).n.slice(1),
        }),
      },
      async (folder) => {
        const { model } = await load([`${folder}/dump`]);
        const [node] = model.nodes;
        expect(node?.host.absence('route', {}).known).toBe(false);
        expect(node?.others[0]?.absence('route', {}).known).toBe(true);
      },
    ));

  test.each([
    ['a cut', collector.slice(0, 5000)],
    ['rules that break off', collector.replace('</iptables-rules>', '')],
    ['masks with holes', collector.replaceAll('////AA==', '/wD/AA==')],
  ])('%s proves no absence', (_, text) =>
    withFiles({ 'dump/collector.json': text }, async (folder) => {
      const { model } = await load([`${folder}/dump`]);
      for (const node of model.nodes)
        for (const stack of [node.host, ...node.others]) expect(stack.absence('route', {}).known).toBe(false);
    }),
  );
});
