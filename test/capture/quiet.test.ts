import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';

/** Is it known that the node has none of the kind? */
const knows = (
  files: Readonly<Record<string, string>>,
  kind: 'nft-chain' | 'iptables-table' | 'route' = 'nft-chain',
): Promise<boolean | undefined> =>
  withFiles(files, async (folder) => {
    const { model } = await load([folder]);
    return model.node('node-2')?.host.absence(kind).known;
  });

const ADDRESSES =
  '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN\n    inet 127.0.0.1/8 scope host lo\n';
const SAVED = '*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n';
const NFT =
  'table ip site {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n\t}\n}\n';
const base = { 'node-1/ip-addr.txt': ADDRESSES, 'node-2/ip-addr.txt': ADDRESSES, 'node-2/nft.txt': '' };

describe('an empty file, of which nobody kept the exit status', () => {
  test('says that there is nothing where its program and its rights are seen', async () => {
    expect(await knows({ ...base, 'node-1/nft.txt': NFT, 'node-2/iptables-save.txt': SAVED })).toBe(true);
  });

  test('says nothing where that program listed nothing anywhere', async () => {
    expect(await knows({ ...base, 'node-1/nft.txt': '', 'node-2/iptables-save.txt': SAVED })).toBe(false);
  });

  test('says nothing where whoever ran it may not have been allowed to', async () => {
    expect(await knows({ ...base, 'node-1/nft.txt': NFT, 'node-2/iptables-save.txt': '' })).toBe(false);
  });

  test('says that there is nothing where whoever ran it read what the kernel shows to root alone', async () => {
    const settings = 'net.ipv4.ip_forward = 1\n';
    const secret = `${settings}net.ipv4.tcp_fastopen_key = 00000000-00000000-00000000-00000000\n`;
    expect(await knows({ ...base, 'node-1/nft.txt': NFT, 'node-2/sysctl.txt': secret })).toBe(true);
    expect(await knows({ ...base, 'node-1/nft.txt': NFT, 'node-2/sysctl.txt': settings })).toBe(false);
  });

  test('may have failed where a record of the run says so', async () => {
    const record = 'file\texit\tseconds\tcommand\nnft.txt\t127\t0\tnft list ruleset\n';
    const files = { ...base, 'node-1/nft.txt': NFT, 'node-2/iptables-save.txt': SAVED, 'node-2/commands.tsv': record };
    expect(await knows(files)).toBe(false);
  });

  test('of sets shows no right to see rules', async () => {
    const sets = 'Name: SITE\nType: hash:ip\nRevision: 5\nHeader: family inet hashsize 1024 maxelem 65536\nMembers:\n';
    const files = {
      ...base,
      'node-1/iptables-save.txt': SAVED,
      'node-2/iptables-save.txt': '',
      'node-2/ipset.txt': sets,
    };
    expect(await knows(files, 'iptables-table')).toBe(false);
  });

  test('of routes has failed: every node has some', async () => {
    const routes = 'default via 192.168.50.1 dev eth0 \n';
    const neigh = '192.168.50.1 dev eth0 lladdr 0a:4a:36:7b:02:62 REACHABLE\n';
    const files = { ...base, 'node-1/ip-route.txt': routes, 'node-2/ip-route.txt': '', 'node-2/ip-neigh.txt': neigh };
    expect(await knows(files, 'route')).toBe(false);
  });
});

const SHELL = '[root@node-2 ~]#';
const typed = (command: string, output = '', shell = SHELL): string => `${shell} ${command}\n${output}`;
const SESSION = typed('ip addr', ADDRESSES);

describe('nothing between two prompts', () => {
  const pasted = (...outputs: string[]) => knows({ 'paste.txt': [SESSION, ...outputs, `${SHELL} \n`].join('') });

  test('is an answer: errors would be there', async () => {
    expect(await pasted(typed('nft list ruleset'))).toBe(true);
    expect(await pasted(typed('nft list ruleset'), typed('iptables-save', SAVED))).toBe(true);
    expect(await pasted(typed('nft list ruleset', '\n'), typed('iptables-save', SAVED))).toBe(true);
  });

  test('is none where the errors went elsewhere, or another command may have kept it from running', async () => {
    expect(await pasted(typed('nft list ruleset 2>/dev/null'))).toBe(false);
    expect(await pasted(typed('nft list ruleset > rules.nft'))).toBe(false);
    expect(await pasted(typed('systemctl is-active nftables && nft list ruleset'))).toBe(false);
    expect(await pasted(typed('nft list ruleset | grep DROP'))).toBe(false);
  });

  test('is none where outputs were left out', async () => {
    expect(await pasted(typed('nft list ruleset'), typed('ip link'), typed('iptables-save', SAVED))).toBe(false);
  });

  test('is none where no prompt follows: the paste may end before the output', async () => {
    expect(await knows({ 'paste.txt': `${SESSION}${typed('nft list ruleset')}` })).toBe(false);
  });

  test('is none of routes, which every node has', async () => {
    const files = { 'paste.txt': `${SESSION}${typed('ip route')}${SHELL} \n` };
    expect(await knows(files, 'route')).toBe(false);
  });

  test('leaves nothing out where a machine without IPv4 has no routes of it', async () => {
    const six = `${ADDRESSES}2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP\n    inet6 fd00:50::12/64 scope global \n`;
    const session = [typed('ip addr', six), typed('ip route'), typed('nft list ruleset'), typed('uname -r', '6.1.0\n')];
    expect(await knows({ 'paste.txt': [...session, `${SHELL} \n`].join('') })).toBe(true);
    const four = six.replace('inet6 fd00:50::12/64', 'inet 10.9.8.12/24');
    const other = [typed('ip addr', four), ...session.slice(1)];
    expect(await knows({ 'paste.txt': [...other, `${SHELL} \n`].join('') })).toBe(false);
  });

  test('is none where only commands stand one below the other', async () => {
    const commands = ['iptables -F', 'nft list ruleset', 'ip -br link'].map((c) => typed(c, '', '#')).join('');
    expect(
      await knows({ 'node-2/paste.txt': `Run on every node:\n\n${commands}${typed('ip addr', ADDRESSES, '#')}` }),
    ).toBe(false);
  });
});

describe('a listing whose file ends within a line', () => {
  const ENTRY = (n: number): string => `192.168.50.${n} dev eth0 lladdr 0a:4a:36:7b:02:${n} REACHABLE \n`;
  const listing = [11, 12, 13].map(ENTRY).join('');
  const neighbours = (text: string): Promise<boolean | undefined> =>
    withFiles({ 'node-2/ip-addr.txt': ADDRESSES, 'node-2/ip-neigh.txt': text }, async (folder) => {
      const { model } = await load([folder]);
      return model.node('node-2')?.host.absence('neigh').known;
    });

  test('proves no absence', async () => {
    expect(await neighbours(listing)).toBe(true);
    expect(await neighbours(`${listing}192.168.50.14 d`)).toBe(false);
    // Right behind a word: every line of `ip neigh` ends with a blank.
    expect(await neighbours(listing.slice(0, -2))).toBe(false);
  });

  test('is whole where an editor took the blanks away', async () => {
    expect(await neighbours(listing.replaceAll(' \n', '\n').trimEnd())).toBe(true);
  });
});

describe('a listing that ends within a row', () => {
  const row = (n: number): string => `192.0.2.${n} dev eth0 lladdr 02:00:5e:00:53:0${n} REACHABLE\n`;
  const read = (text: string): Promise<readonly (number | undefined)[]> =>
    withFiles({ 'node-2/ip-addr.txt': ADDRESSES, 'node-2/pasted.txt': text }, async (folder) => {
      const host = (await load([folder])).model.node('node-2')?.host;
      return [host?.facts('neigh').length, host?.facts('route').length];
    });

  test('is no other command where half of the row looks like one', async () => {
    expect(await read(`${row(1)}${row(2)}192.0.2.14 dev et`)).toEqual([2, 0]);
    expect(await read(`$ ip neigh show\n${row(1)}${row(2)}192.0.2.14 dev et`)).toEqual([2, 0]);
  });

  test('is two commands where the last line begins as no row above it', async () => {
    expect(await read(`${row(1)}${row(2)}default via 192.0.2.254 dev eth0`)).toEqual([2, 1]);
  });
});
