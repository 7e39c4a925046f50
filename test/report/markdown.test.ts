import { code, prose } from '../../src/report/markdown/escape.js';
import { heading, markdown } from '../../src/report/markdown/index.js';
import { cause, effect, evidence, HOSTILE, reportOf } from './fixtures.js';

test('the triage of one cause with its symptom', () => {
  const missing = [{ node: 'node-2', input: 'ip neigh', reason: 'not-captured' as const, command: 'ip neigh' }];
  const report = reportOf([cause, effect], {
    rules: [{ id: 'a/b', outcome: 'not-assessed', applicable: true, missing }],
  });
  expect(markdown(report)).toBe(`## IPv4 forwarding is off on cni0 of node-1

IPv4 forwarding is off on cni0 of node-1, expected on: packets that arrive from the pods of this node are dropped. (error, \`kernel/forwarding-disabled\`)

**Do:** on node-1 turn forwarding on

\`\`\`sh
sysctl -w net.ipv4.conf.cni0.forwarding=1
\`\`\`

| proof | line |
|---|---|
| \`node-1/ip-netconf:7\` | \`ipv4 dev cni0 forwarding off rp_filter strict mc_forwarding off\` |

**Symptoms explained:**

- Queries from node-2 to 10.244.19.3 time out. (\`node-2/dig:3\`)

## Not checked

- ip neigh on node-2: not captured; for a/b

**Please capture** (these only read):

\`\`\`sh
ip neigh   # on node-2
\`\`\`

---

case.tgz: Gravity report, 2 nodes, 2 captures, 2020-01-23 16:55 to 17:26 UTC. flannel vxlan (VNI 1, port 8472), pods 10.244.0.0/16. Files are below \`case.tgz!/\`.

1 error, 1 warning (1 cause, 1 symptom); rules: 1 clean, 0 not assessed. Made by dumplint 0.1.0.
`);
});

/** Outside code spans and fences nothing of the hostile text may be live. */
function outsideCode(page: string): string {
  return page.replace(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, '').replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
}

test('hostile text is neither markup, nor mention, nor link', () => {
  const hostile = {
    ...cause,
    nodes: [HOSTILE] as const,
    message: `${HOSTILE}: x`,
    evidence: [evidence('case.tgz!/a|b', 1, `${HOSTILE} \`\`\``, HOSTILE)] as const,
    fix: { summary: HOSTILE, commands: ['echo ```', HOSTILE] },
  };
  const page = markdown(reportOf([hostile], { notes: [HOSTILE] }));
  expect(page.replace(/\n/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  const live = outsideCode(page);
  expect(live).not.toMatch(/(?<!\\)<img/);
  expect(live).not.toContain('@team');
  expect(live).not.toContain('#12');
  expect(live).not.toContain('http://');
});

test('a bar in a table cell ends no cell', () => {
  const page = markdown(reportOf([{ ...cause, evidence: [evidence('case.tgz!/x', 1, 'a | b')] }]));
  expect(page).toContain('`a \\| b` |');
});

test('code spans hold backticks', () => {
  expect(code('a `b` c')).toBe('``a `b` c``');
  expect(code('`b')).toBe('`` `b ``');
});

test('prose stays readable where it is harmless', () => {
  expect(prose('gc_thresh3 is 24 on node-1')).toBe('gc_thresh3 is 24 on node-1');
  expect(prose('mail @team.')).toBe('mail `@team`.');
  expect(prose('*a* _b_')).toBe('\\*a\\* \\_b\\_');
});

test('a heading names the node and can be read aloud', () => {
  expect(heading({ ...cause, message: 'A route is missing: x.' })).toBe('node-1: A route is missing');
  expect(heading({ ...cause, message: `node-1 ${'long '.repeat(60)}` }).length).toBeLessThanOrEqual(112);
});

test('nothing found', () =>
  expect(markdown(reportOf([]))).toContain(
    '## Nothing found\n\nNo findings: 1 rule looked at 2 nodes and found nothing wrong.',
  ));
