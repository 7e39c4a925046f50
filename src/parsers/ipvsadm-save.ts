import type { IpvsDestination, IpvsServiceFact } from '../facts/index.js';
import { defineParser, type Sink, type Text } from '../kit/index.js';
import { ipvsadmCommand } from './ipvs/command.js';
import { readEndpoint } from './ipvs/endpoint.js';
import { emitServices, lost, markOf, type OpenService, persistentPrefix } from './ipvs/services.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * -A -t 10.96.0.1:443 -s rr -p 10800
 * -a -t 10.96.0.1:443 -r 192.168.50.11:6443 -m -w 1
 *
 * ipvsadm.c print_service_entry with FMT_RULE, print_tunnel_rule. `ipvsadm-restore` takes the long names as well. Amazon's log collector for EKS
 * writes a line of titles above it.
 */
const TITLES = /^add:service\/server\s/;

const LONG: Readonly<Record<string, string>> = {
  '--add-service': '-A',
  '--add-server': '-a',
  '--tcp-service': '-t',
  '--udp-service': '-u',
  '--fwmark-service': '-f',
  '--scheduler': '-s',
  '--persistent': '-p',
  '--netmask': '-M',
  '--ops': '-o',
  '--sched-flags': '-b',
  '--real-server': '-r',
  '--masquerading': '-m',
  '--gatewaying': '-g',
  '--ipip': '-i',
  '--weight': '-w',
  '--ipv6': '-6',
};
const SERVICES: Readonly<Record<string, string>> = { '-t': 'tcp', '-u': 'udp', '--sctp-service': 'sctp' };
const FORWARDS: Readonly<Record<string, string>> = { '-m': 'masq', '-g': 'route', '-i': 'tunnel' };
/** Options without a value. */
const SWITCHES: ReadonlySet<string> = new Set(['-A', '-a', '-6', '-o', '-m', '-g', '-i']);
const CHECKSUMS: ReadonlySet<string> = new Set(['--tun-nocsum', '--tun-csum', '--tun-remcsum']);
const KNOWN: ReadonlySet<string> = new Set([
  ...[
    '-A',
    '-a',
    '-t',
    '-u',
    '--sctp-service',
    '-f',
    '-6',
    '-s',
    '-p',
    '-M',
    '--pe',
    '-o',
    '-b',
    '-r',
    '-m',
    '-g',
    '-i',
    '-w',
  ],
  ...['--tun-type', '--tun-port', ...CHECKSUMS, '-x', '-y'],
]);

type Options = ReadonlyMap<string, string>;

/** The options of a line with their values; undefined where one is not of ipvsadm -S. */
function optionsOf(line: string): Options | undefined {
  const words = wordsOf(line);
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const word = LONG[words[i] ?? ''] ?? words[i] ?? '';
    if (!KNOWN.has(word)) return undefined;
    const next = words[i + 1];
    // `-p` alone is 360 seconds (ip_vs.h IP_VS_TEMPLATE_TIMEOUT).
    const bare = SWITCHES.has(word) || CHECKSUMS.has(word) || (word === '-p' && !/^\d+$/.test(next ?? ''));
    if (!bare && next === undefined) return undefined;
    options.set(word, bare ? '' : (next ?? ''));
    if (!bare) i++;
  }
  return options;
}

/** Protocol and address, or mark, of the line's service; else the reason. */
function serviceOf(o: Options): Omit<OpenService, 'line' | 'destinations'> | string {
  const mark = o.get('-f');
  if (mark !== undefined) {
    const fwmark = markOf(mark);
    return fwmark === undefined ? 'not a mark' : { fwmark, family: o.has('-6') ? 6 : 4 };
  }
  const option = Object.keys(SERVICES).find((name) => o.has(name));
  if (option === undefined) return 'a line without its service';
  const endpoint = readEndpoint(o.get(option) ?? '', false);
  return typeof endpoint === 'string' ? endpoint : { protocol: SERVICES[option] ?? '', ...endpoint };
}

const keyOf = (s: Omit<OpenService, 'line' | 'destinations'>): string =>
  `${s.protocol ?? ''} ${s.address ?? s.name ?? ''} ${s.port ?? ''} ${s.fwmark ?? ''} ${s.family}`;

function addService(services: Map<string, OpenService>, o: Options, line: number): Taken {
  const service = serviceOf(o);
  if (typeof service === 'string') return gap(service);
  const persistent = o.get('-p');
  const mask = o.get('-M');
  const prefix = mask === undefined ? undefined : persistentPrefix(mask, service.family);
  const engine = o.get('--pe');
  services.set(keyOf(service), {
    ...service,
    line,
    scheduler: o.get('-s') ?? 'wlc',
    ...(persistent !== undefined && { persistent: persistent === '' ? 360 : Number(persistent) }),
    ...(prefix !== undefined && { persistentPrefix: prefix }),
    ...(engine !== undefined && { engine }),
    ...(o.has('-o') && { onePacket: true as const }),
    ...(o.has('-b') && { schedulerFlags: (o.get('-b') ?? '').split(',') }),
    destinations: [],
  });
  return 'row';
}

function tunnelOf(o: Options): IpvsDestination['tunnel'] {
  const type = o.get('--tun-type');
  const port = o.get('--tun-port');
  const checksum = [...CHECKSUMS].find((option) => o.has(option));
  return type === undefined
    ? undefined
    : {
        type,
        ...(port !== undefined && { port: Number(port) }),
        ...(checksum !== undefined && { checksum: checksum.slice('--tun-'.length) }),
      };
}

function addServer(services: ReadonlyMap<string, OpenService>, o: Options, line: number): Taken {
  const named = serviceOf(o);
  if (typeof named === 'string') return gap(named);
  const service = services.get(keyOf(named));
  if (!service) return gap('a destination without its service');
  const endpoint = readEndpoint(o.get('-r') ?? '', false);
  if (typeof endpoint === 'string') return lost(service, endpoint);
  const { family: _, ...server } = endpoint;
  const forward = FORWARDS[Object.keys(FORWARDS).find((option) => o.has(option)) ?? '-g'] ?? 'route';
  const tunnel = tunnelOf(o);
  const weight = o.get('-w') ?? '1';
  if (!/^\d{1,10}$/.test(weight)) return lost(service, 'not a weight');
  service.destinations.push({ ...server, forward, ...(tunnel && { tunnel }), weight: Number(weight), line });
  return 'row';
}

function parseSave(text: Text, out: Sink<IpvsServiceFact>): void {
  const services = new Map<string, OpenService>();
  readRows(
    text,
    out,
    (line, i) => {
      if (TITLES.test(line)) return 'noise';
      const options = line.length < 1000 ? optionsOf(line) : undefined;
      if (options?.has('-A')) return addService(services, options, i);
      if (options?.has('-a')) return addServer(services, options, text.firstLine + i);
      return gap('not a line of ipvsadm -S');
    },
    () => emitServices([...services.values()], out),
  );
}

const RULE = /^\s*(?:-A|-a|--add-serv(?:ice|er)) (?:-t|-u|-f|--(?:tcp|udp|sctp|fwmark)-service) \S+ /;

/** `ipvsadm -S` and `ipvsadm-save`. */
export const ipvsadmSave = defineParser<IpvsServiceFact>({
  command: 'ipvsadm-save',
  emits: ['ipvs-service'],
  scope: 'stack',
  claims: {
    command: (argv) => (ipvsadmCommand(argv)?.form === 'save' ? {} : undefined),
    file: /(?:^|-)ipvsadm-(?:save|s|sn)(?:-n)?$/,
    sniff(head) {
      const rules = TITLES.test(head[0] ?? '') ? head.slice(1) : head;
      return share(rules, (line) => RULE.test(line.slice(0, 500))) > 0.7 ? 3 : 0;
    },
  },
  parse: parseSave,
});
