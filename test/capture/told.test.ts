import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';

const info = (command: string): string =>
  JSON.stringify({ command, exitCode: '0', error: '', outputDir: '', input: '', env: null }, null, 2);

const ROUTES = '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink\n10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink\n';

/** Captures by file name: command, scope and completeness. */
async function capturesOf(files: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const { model, unread } = await withFiles(files, (folder) => load([folder]));
  return Object.fromEntries([
    ...model.captures.map((c) => [
      c.path.split('/').at(-1),
      [c.command, JSON.stringify(c.scope), c.failure?.reason ?? c.completeness, c.incompleteBecause ?? '']
        .join(' ')
        .trim(),
    ]),
    ...unread.map((u) => [u.file.split('/').at(-1), `unread: ${u.detail}`]),
  ]);
}

const BUNDLE = 'b/host-collectors/run-host';

test("a collector's record says what the output is an excerpt of", async () => {
  expect(
    await capturesOf({
      [`${BUNDLE}/a.txt`]: ROUTES,
      [`${BUNDLE}/a-info.json`]: info('sh -c "ip route | grep flannel"'),
      [`${BUNDLE}/b.txt`]: ROUTES,
      [`${BUNDLE}/b-info.json`]: info('ip route show table 100'),
      [`${BUNDLE}/c.txt`]: ROUTES,
    }),
  ).toMatchObject({
    'a.txt': 'ip-route {} filtered | grep flannel',
    'b.txt': 'ip-route {"table":"100"} full',
    'c.txt': 'ip-route {} full',
  });
});

test('what content alone does not tell is read as the command that was run', async () => {
  const one = '192.168.50.12 lladdr de:ba:1e:46:1c:70 REACHABLE\n';
  expect(
    await capturesOf({
      [`${BUNDLE}/n.txt`]: one,
      [`${BUNDLE}/n-info.json`]: info('ip neigh show dev eth0'),
      [`${BUNDLE}/x.txt`]: 'no such thing as this\n',
      [`${BUNDLE}/x-info.json`]: info('frobnicate --all'),
    }),
  ).toMatchObject({
    'n.txt': 'ip-neigh {"dev":"eth0"} full',
    'x.txt': 'unread: no parser reads the output of: frobnicate --all',
  });
});

test('a command that failed and left no file was asked for', async () => {
  const manifest = {
    version: '4.5.4',
    cmdline: 'sos report',
    components: {
      report: {
        plugins: {
          networking: {
            commands: [
              { command: 'bridge', exec: 'bridge fdb show', filepath: null, return_code: 127 },
              { command: 'ip', exec: 'ip route', filepath: 'sos_commands/networking/ip_route', return_code: 0 },
            ],
          },
        },
      },
    },
  };
  const { model } = await withFiles(
    {
      'sosreport-a-2026-03-12-abcdefg/sos_commands/networking/ip_route': ROUTES,
      'sosreport-a-2026-03-12-abcdefg/sos_reports/manifest.json': JSON.stringify(manifest, null, 4),
    },
    (folder) => load([folder]),
  );
  const host = model.nodes[0]?.host;
  expect([model.nodes[0]?.name, host?.absence('fdb'), host?.absence('neigh')]).toEqual([
    'a',
    { known: false, reason: 'command-failed', detail: 'nothing was stored: there is no such program' },
    { known: false, reason: 'not-captured' },
  ]);
});
