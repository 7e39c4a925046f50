import { modelJson } from '../../src/cli/model-json.js';
import { judge, load } from '../../src/index.js';
import { coverage, formats } from '../../src/report/index.js';
import { defineRule, finding } from '../../src/rule.js';
import { withFiles } from '../folder.js';

/** Made for this test; they open nothing. */
const PRIVATE = 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=';
const PUBLIC = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
const SHARED = 'FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE=';
const HEX = '4a8b1f0e9d2c6b7a5f3e1d0c9b8a7f6e';
const SECRETS = [PRIVATE, SHARED, HEX, 'hunter2', 'abcdef.0123456789abcdef'];

const files = {
  'node-1/wg-show-all-dump.txt': `wg0\t${PRIVATE}\t${PUBLIC}\t51820\toff
wg0\t${PUBLIC}\t${SHARED}\t192.168.50.12:51820\t10.244.2.0/24\t1732562881\t1480\t1480\toff
wg0\t${PRIVATE}\t${PUBLIC}\t51820\toff\tno such column
`,
  'node-1/ip-xfrm-state.txt': `src 192.168.50.11 dst 192.168.50.12
\tproto esp spi 0x9d93291b reqid 0 mode transport
\treplay-window 0 
\tauth-trunc hmac(sha256) 0x${HEX} 128
\tenc cbc(aes) 0x${HEX} unheard of
\tsel src 0.0.0.0/0 dst 0.0.0.0/0 
`,
  'node-1/ps.txt': `  PID ARGS
    1 /sbin/init
  812 /usr/bin/kubelet --bootstrap-token=abcdef.0123456789abcdef --node-ip=192.168.50.11
`,
  'node-1/session.txt': `$ curl -u admin:hunter2 https://admin:hunter2@192.168.50.12/
what is this
`,
  'node-1/ip-route': 'default via 192.168.50.1 dev eth0\n',
};

/** A rule that quotes all that it can get. */
const quoting = defineRule({
  id: 'kernel/quotes-everything',
  since: '0.1.0',
  severity: 'warning',
  title: 'Quotes everything',
  why: 'To see what leaves.',
  fix: 'None.',
  needs: [],
  uses: ['wireguard-interface', 'wireguard-peer', 'xfrm-state', 'process'],
  *check(view) {
    for (const host of view.allHosts)
      for (const kind of ['wireguard-interface', 'wireguard-peer', 'xfrm-state', 'process'] as const)
        for (const fact of host.facts[kind])
          yield finding({
            nodes: [host.node],
            subject: `${kind} ${fact.at}`,
            message: `saw token=hunter2 of ${kind}`,
            evidence: [{ at: fact.at }],
            fix: { summary: 'set password=hunter2', commands: ['login --password hunter2'] },
          });
  },
});

test('no form of the output quotes a key, a password or a token', () =>
  withFiles(files, async (folder) => {
    const loaded = await load([folder]);
    const report = await judge(loaded, { rules: [quoting] });
    expect(report.findings.length).toBeGreaterThan(2);
    expect(report.coverage.gaps.length).toBeGreaterThan(0);
    const outputs = {
      ...Object.fromEntries(Object.entries(formats).map(([name, format]) => [name, format(report, { width: 400 })])),
      coverage: coverage(report, { width: 400 }),
      model: [...modelJson(loaded, {})].join(''),
    };
    for (const [name, output] of Object.entries(outputs))
      for (const secret of SECRETS) expect(`${name}: ${output.includes(secret) ? secret : ''}`).toBe(`${name}: `);
    expect(outputs.coverage).toContain('[masked]');
  }));
