import { parseText } from '../../src/capture/parse.js';
import type { IpsetFact, IpvsServiceFact } from '../../src/facts/index.js';
import { lineOf, type Parser, textFrom } from '../../src/kit/index.js';
import { joined } from '../../src/model/joined.js';
import { destinationAt, ipvsServiceOf, ipvsTakers, memberAt } from '../../src/model/lookups/index.js';
import { ipsetList } from '../../src/parsers/ipset-list.js';
import { ipsetSave } from '../../src/parsers/ipset-save.js';
import { ipvsadmList } from '../../src/parsers/ipvsadm-list.js';

const factsOf = (parser: Parser<IpsetFact> | typeof ipvsadmList, text: string, file = 0) =>
  parseText(parser as Parser, textFrom(text), file, { argv: [], fileName: '', scope: {} }).facts;

const HEAD =
  'Name: s\nType: hash:ip\nRevision: 6\nHeader: family inet hashsize 1024\nSize in memory: 9\nReferences: 4\nNumber of entries: 2\n';
const LIST = `${HEAD}Members:\n10.0.0.1\n10.0.0.2\n`;
const SAVE = 'create s hash:ip family inet\nadd s 10.0.0.1\n\nadd s 10.0.0.2\nadd s 10.0.0.3\n';

describe('sets', () => {
  const [listed] = factsOf(ipsetList, LIST) as IpsetFact[];
  const [saved] = factsOf(ipsetSave, SAVE, 1) as IpsetFact[];
  const [terse] = factsOf(ipsetList, HEAD, 2) as IpsetFact[];
  if (!listed || !saved || !terse) throw new Error('nothing was read');

  test('each element has its line', () => {
    expect([0, 1, 2].map((i) => lineOf(memberAt(saved, i)))).toEqual([2, 4, 5]);
    expect(lineOf(memberAt(terse, 0))).toBe(1);
  });

  test('headers alone leave the elements that another capture showed, and their evidence', () => {
    expect(joined(saved, terse)).toMatchObject({ references: 4, members: { text: saved.members?.text }, at: saved.at });
  });

  test('a later dump has other elements and says nothing of references', () => {
    expect(joined(listed, saved)).toMatchObject({
      references: 4,
      members: { text: saved.members?.text },
      at: saved.at,
    });
  });

  test('a set of another type is another set', () => {
    expect(joined({ ...saved, type: 'hash:net' } as IpsetFact, terse)).toEqual(terse);
  });
});

describe('IPVS', () => {
  const head =
    'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n';
  const services = factsOf(
    ipvsadmList,
    `${head}TCP  10.96.0.1:443 rr\n  -> 10.0.0.1:6443 Masq 1 0 0\n  -> 10.0.0.2:6443 Masq 0 0 0\nTCP  10.96.0.1:0 rr persistent 60\nFWM  7 rr\nFWM  7 IPv6 rr\n`,
  ).filter((f): f is IpvsServiceFact => f.kind === 'ipvs-service');
  const packet = { protocol: 'tcp', family: 4, destination: '10.96.0.1', port: 443 } as const;

  test.each([
    ['address and port', packet, { port: 443 }],
    ['any port', { ...packet, port: 444 }, { port: 0 }],
    ['mark before all', { ...packet, mark: 7 }, { fwmark: 7, family: 4 }],
    ['a mark without a service', { ...packet, mark: 8 }, { port: 443 }],
    ['protocol', { ...packet, protocol: 'udp' }, undefined],
    ['address', { ...packet, destination: '10.96.0.2' }, undefined],
  ] as const)('a service is found by %s', (_, p, expected) => {
    const found = ipvsServiceOf(services, p);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });

  test('a weight of 0 takes nothing new, and each destination has its line', () => {
    const service = ipvsServiceOf(services, packet);
    const takers = service ? ipvsTakers(service) : [];
    expect(takers.map((d) => d.address)).toEqual(['10.0.0.1']);
    expect(service?.destinations.map((d) => lineOf(destinationAt(service, d)))).toEqual([5, 6]);
  });

  test('counters of a later listing leave scheduler and weights', () => {
    const [, counted] = factsOf(
      ipvsadmList,
      'Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n  -> RemoteAddress:Port\nTCP  10.96.0.2:443 0 0 0 0 0\nTCP  10.96.0.1:443 5 1 1 1 1\n  -> 10.0.0.1:6443 5 1 1 1 1\n',
    );
    const [plain] = services;
    expect(plain && counted && joined(plain, counted)).toMatchObject({
      scheduler: 'rr',
      counts: { Conns: 5 },
      destinations: [{ address: '10.0.0.1', weight: 1, forward: 'masq', counts: { Conns: 5 }, line: 5 }],
    });
  });
});
