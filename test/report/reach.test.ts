import { reachText } from '../../src/report/path/reach.js';
import { columnsOf } from '../../src/report/text/lines.js';
import { HOSTILE } from './fixtures.js';
import { becauseOf, reachOf } from './walks.js';

const UNSAFE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const names = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => `node-${i + 1}`);
const page = (reach: Parameters<typeof reachText>[0], more: object = {}): string =>
  reachText(reach, { paths: ['case'], ...more });
/** Commands stay on one line each, so that they can be copied. */
const prose = (text: string): readonly string[] => text.split('\n').filter((l) => !/^ +(see|supplied by) /.test(l));
const legend = (text: string, letter: string): string =>
  new RegExp(`^  ${letter}  (.*(?:\\n {5}.*)*)`, 'm').exec(text)?.[1]?.replace(/\n +/g, ' ') ?? '';

/** Pods of `broken` reach nobody but each their own node, and nobody reaches them. */
const cut = (broken: readonly string[], nodes: readonly string[], services: readonly string[] = []) =>
  reachOf(nodes, services, (src, dst) => {
    const lost = [src, dst].find((c) => c.kind === 'pods' && broken.includes(c.node ?? ''));
    if (!lost || src.node === dst.node) return { verdict: 'delivered' };
    return { verdict: 'dropped', because: becauseOf(lost.node ?? '') };
  });

describe('a cause', () => {
  test('that many nodes have is told once, with all of them', () => {
    const text = page(cut(names(60), names(100)));
    expect(text).toMatch(/^lost: of 39\d00 pairs \d+ are lost, by 1 cause; \d+ arrive\n/);
    expect(text).toContain('60 nodes (node-1…node-60), cni0: cni0 does not forward');
    expect(text).toContain('and 59 more places like this (--verbose shows all)');
    expect(page(cut(names(60), names(100)), { verbose: true }).match(/forwarding = 0/g)).toHaveLength(60);
  });

  test('of two nodes has the line of both', () => {
    expect(page(cut(['node-1', 'node-2'], names(4)))).toMatch(
      / node-1\/sysctl.txt:17 .*\n +also node-2\/sysctl\.txt:17\n/,
    );
  });

  test('by which only one endpoint of a service is lost is told beside that of the other', () => {
    const text = page(
      reachOf(names(2), ['default/web:80'], (_, dst) =>
        dst.kind === 'service'
          ? {
              verdict: 'partly',
              because: becauseOf('node-1'),
              outcomes: [
                { endpoint: '10.0.1.1', verdict: 'dropped' },
                { endpoint: '10.0.2.1', verdict: 'dropped', because: becauseOf('node-2', { reason: 'policy DROP' }) },
                { endpoint: '10.0.3.1', verdict: 'delivered' },
              ],
            }
          : { verdict: 'delivered' },
      ),
    );
    expect(text).toContain('node-1, cni0: cni0 does not forward');
    expect(text).toContain('node-2, cni0: policy DROP');
    expect(text).toMatch(/by 2 causes/);
  });

  test('is told in full four times, then in a line each', () => {
    const all = reachOf(names(9), [], (src, dst) => ({
      verdict: src.node === dst.node ? 'delivered' : 'dropped',
      because:
        src.node === dst.node
          ? null
          : becauseOf(src.node ?? '', { reason: `reason ${'abcdefghi'[Number(src.node?.slice(5)) - 1]}` }),
    }));
    const text = page(all);
    expect(text.match(/pairs lose the request there/g)).toHaveLength(4);
    expect(text.match(/^ {2}32 pairs {2}node-\d, cni0: reason \w$/gm)).toHaveLength(5);
    expect(text).toContain('--verbose tells these in full');
    expect(page(all, { verbose: true }).match(/pairs lose the request there/g)).toHaveLength(9);
  });

  test('whose rule the sentence quotes names the place of the rule alone', () => {
    const rule = '-A FORWARD -s 10.0.0.0/8 -j DROP';
    const at = { file: 'case/node-1/iptables-save.txt', line: 9, text: `[4:240] ${rule}` };
    const text = page(
      reachOf(names(2), [], (src) =>
        src.name === 'node-1'
          ? {
              verdict: 'dropped',
              because: becauseOf('node-1', { reason: `iptables filter FORWARD: ${rule}`, evidence: [at] }),
            }
          : { verdict: 'delivered' },
      ),
    );
    expect(text.replace(/\n +/g, ' ').match(/-s 10\.0\.0\.0\/8 -j DROP/g)).toHaveLength(1);
    expect(text).toMatch(/iptables-save\.txt:9\n/);
  });
});

describe('whom it costs what', () => {
  test('nodes and their pods are told as such', () => {
    const text = page(cut(['node-5'], names(100), ['default/web:80']));
    expect(text).toContain('99 nodes and their pods to pods of node-5\n');
    expect(text).toContain('pods of node-5 to 99 nodes and their pods, default/web:80\n');
  });

  test('nodes stand before pods, whose own list would be read on', () => {
    const text = page(
      reachOf(names(3), ['default/web:80'], (src, dst) =>
        dst.kind === 'service' && src.name !== 'pods of node-1'
          ? { verdict: 'dropped', because: becauseOf('node-1') }
          : { verdict: 'delivered' },
      ),
    );
    expect(text).toContain('node-1…node-3 and pods of node-2, node-3 to default/web:80\n');
  });

  test('what a line leaves out --verbose has', () => {
    const odd = reachOf(names(12), [], (src, dst) => {
      const [a, b] = [src, dst].map((c) => Number(c.node?.slice(5)));
      return src.kind === 'pods' && dst.kind === 'pods' && ((a ?? 0) * (b ?? 0)) % 5 === 1
        ? { verdict: 'dropped', because: becauseOf('node-1') }
        : { verdict: 'delivered' };
    });
    expect(page(odd).replace(/\n +/g, ' ')).toContain('(not each to each: --verbose)');
    expect(page(odd, { verbose: true })).not.toContain('--verbose');
  });
});

describe('the grid', () => {
  test('the ports of one service are told, and all of them', () => {
    const text = page(
      reachOf(
        names(3),
        ['kube-system/kube-dns:53/udp', 'kube-system/kube-dns:53', 'kube-system/kube-dns:9153'],
        () => ({
          verdict: 'delivered',
        }),
      ),
    );
    expect(legend(text, 'c')).toBe('kube-system/kube-dns:53,53/udp,9153');
  });

  test('more names than fit are counted, not cut in their middle', () => {
    const services = Array.from({ length: 40 }, (_, i) => `default/a-service-of-some-name-${i}:80`);
    const text = page(reachOf(names(2), services, () => ({ verdict: 'delivered' })));
    expect(legend(text, 'c')).toMatch(/^40 services: default\/a-service-of-some-name-0:80, .* and \d+ more$/);
    expect(text).not.toContain(' …');
  });

  test('nodes that each reach their own only are one row', () => {
    const text = page(cut(names(30), names(30)));
    expect(text).toMatch(/^ {2}pods of node-1…node-30 {2}\. \. X X ?$/m);
    expect(legend(text, 'a')).toBe('pods of its own node');
  });

  test('rows that read alike are told apart', () => {
    const sixth = (c: { readonly node?: string }): number => Number(c.node?.slice(5)) % 3;
    const text = page(
      reachOf(names(24), [], (src, dst) =>
        src.kind === 'pods' && dst.kind === 'pods' && (sixth(src) + 1) % 3 === sixth(dst)
          ? { verdict: 'dropped', because: becauseOf('node-1') }
          : { verdict: 'delivered' },
      ),
    );
    const letters = [...text.matchAll(/^ {2}pods of 8 nodes \((\w)\) /gm)].map((m) => m[1] ?? '');
    expect(new Set(letters).size).toBe(3);
    for (const letter of letters) expect(legend(text, letter)).toMatch(/^pods of 8 nodes: node-\d, /);
  });

  test('with more differences than a page holds says of which cells only some are lost', () => {
    const text = page(
      reachOf(names(40), [], (src, dst) => {
        const [a, b] = [src, dst].map((c) => Number(c.node?.slice(5)));
        return src.kind === 'pods' && dst.kind === 'pods' && ((a ?? 0) + (b ?? 0)) % 13 === 0 && a !== b
          ? { verdict: 'dropped', because: becauseOf('node-1') }
          : { verdict: 'delivered' };
      }),
    );
    expect(text).toContain('x some of these pairs are lost');
    expect(text.split('\n').length).toBeLessThan(45);
  });

  test('a hundred nodes and two hundred services fit a screen, whatever is broken', () => {
    const services = Array.from({ length: 200 }, (_, i) => `default/app-${i}:80`);
    for (const broken of [[], ['node-5'], names(60), names(100)])
      expect(page(cut(broken, names(100), services)).split('\n').length).toBeLessThan(40);
  });
});

test('one pair is one pair', () => {
  const one = reachOf(['node-1'], [], () => ({ verdict: 'delivered' }));
  expect(page({ ...one, probes: one.probes.slice(0, 1) })).toMatch(/^all arrive: of 1 pair 1 arrives\n/);
});

test('of many probes of a list those that arrive are counted', () => {
  const { probes } = cut(['node-5'], names(20));
  const list = { schema: 'dumplint/reach@1' as const, probes: probes.map(({ pair: _, ...p }) => p) };
  expect(page(list).match(/^ {2}dropped /gm)).toHaveLength(40);
  expect(page(list)).toMatch(/\d+ more probes \(--verbose shows all\)/);
  expect(page(list, { verbose: true }).match(/^ {2}delivered /gm)?.length).toBeGreaterThan(100);
});

const NAMES: readonly (readonly string[])[] = [
  names(100),
  ['节点一号机器服务器-1', '노드이번', 'ノード三番目の名前'],
  ['n'.repeat(300), `${'x-'.repeat(150)}1`, 'ip-10-0-143-172.us-east-2.compute.internal'],
  [HOSTILE, `${HOSTILE}2`, '\u202enode\x07'],
];

test.each([60, 80, 120, 200])('whatever the names, no line is wider than %i, and none is unsafe', (width) => {
  for (const nodes of NAMES)
    for (const more of [{}, { ascii: true }, { verbose: true }]) {
      const text = page(cut(nodes.slice(0, 2), nodes, ['default/web:80', `${nodes[0]}/x-dns:53`]), { width, ...more });
      expect(text).not.toMatch(UNSAFE);
      for (const line of prose(text)) expect(columnsOf(line)).toBeLessThanOrEqual(width);
    }
});

test('colours change no words', () => {
  const colored = page(cut(['node-5'], names(9)), { color: true });
  expect(colored).toContain('\x1b[1;31mX\x1b[0m');
  expect(colored.replace(/\x1b\[[\d;]*m/g, '')).toBe(page(cut(['node-5'], names(9))));
});
