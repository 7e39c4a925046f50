import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';

/** Is it known that the node has no rules of nft? */
const knows = (files: Readonly<Record<string, string>>): Promise<boolean | undefined> =>
  withFiles(files, async (folder) => {
    const { model } = await load([folder]);
    return model.node('node-2')?.host.absence('nft-chain').known;
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

  test('may have failed where a record of the run says so', async () => {
    const record = 'file\texit\tseconds\tcommand\nnft.txt\t127\t0\tnft list ruleset\n';
    const files = { ...base, 'node-1/nft.txt': NFT, 'node-2/iptables-save.txt': SAVED, 'node-2/commands.tsv': record };
    expect(await knows(files)).toBe(false);
  });
});
