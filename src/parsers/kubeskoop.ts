import type {
  AddressFact,
  ConnectionsFact,
  FdbFact,
  HostnameFact,
  IptablesDumpFact,
  IptablesTableFact,
  LinkFact,
  NeighbourFact,
  NetconfFact,
  PolicyRuleFact,
  RouteFact,
  SocketFact,
  SysctlFact,
} from '../facts/index.js';
import { type Draft, defineParser, type Elsewhere, type Sink, type Text, textFrom } from '../kit/index.js';
import { saveOfXml } from './iptables/xml.js';
import { iptablesSave } from './iptables-save.js';
import { readDevices } from './kubeskoop/devices.js';
import { routeOf, ruleOf } from './kubeskoop/routes.js';
import { readSockets } from './kubeskoop/sockets.js';
import { emitSetting, KEY } from './sysctl/setting.js';
import { readJson } from './text/json.js';
import { itemsAt, type Located, textAt, valueAt, wordsAt } from './text/located.js';

/*
 * {"p":[{"id":"9d0…","n":"web-5d9","ns":"default",…}],"n":[{"n":"/proc/1/ns/net","i":"4026531992","p":1,"k":"","if":[…],"s":{…},"r":[…],
 *  "ru":[…],"it":"<iptables-rules version=\"1.0\">…","is":[…],"vs":{…},"c":[…]},{"n":"/proc/8812/ns/net",…,"k":"default/web-5d9",…}]}
 *
 * KubeSkoop's collector: one object for each network namespace of a node, the host's (`k` is empty) and the pods' (alibaba/kubeskoop
 * pkg/skoop/k8s/node.go, pkg/skoop/netstack/netns.go). Older versions call the two lists `pods` and `netns`.
 */
type SkoopFact =
  | AddressFact
  | ConnectionsFact
  | FdbFact
  | HostnameFact
  | IptablesDumpFact
  | IptablesTableFact
  | LinkFact
  | NeighbourFact
  | NetconfFact
  | PolicyRuleFact
  | RouteFact
  | SocketFact
  | SysctlFact;

/** Of a namespace, or of the host. */
interface Out {
  readonly fact: (line: number, fact: Draft<SkoopFact>) => void;
  readonly gap: (line: number, reason: string) => void;
  readonly sink: Sink<SkoopFact>;
  readonly host: boolean;
  readonly firstLine: number;
  /** Kinds that the collector listed there. */
  readonly kinds: SkoopFact['kind'][];
}

/** The rules stand in one string: all of them on its line. */
function onLine(table: Draft<IptablesTableFact>, line: number): Draft<IptablesTableFact> {
  const { chains, rules } = table;
  const all = rules.text.map((_, i) => i);
  return {
    ...table,
    chains: { ...chains, line: chains.line.map((l) => (l === 0 ? 0 : line)) },
    rules: { ...rules, runs: { rule: all, line: all.map(() => line) } },
  };
}

function readRules(xml: string, line: number, out: Out): void {
  const save = saveOfXml(xml);
  if (save === undefined) {
    out.gap(line, 'the XML of iptables-xml breaks off');
    return;
  }
  iptablesSave.parse(
    textFrom(save),
    {
      ...out.sink,
      fact: (_, fact) => out.fact(line, fact.kind === 'iptables-table' ? onLine(fact, out.firstLine + line) : fact),
      part: () => {},
      noise: () => {},
      gap: (_, reason) => out.gap(line, reason),
      failed: () => {},
    },
    { argv: ['iptables-save'], fileName: '', scope: {} },
  );
  out.kinds.push('iptables-table');
}

function readSettings(namespace: Located, out: Out): void {
  const settings = wordsAt(namespace, 's') ?? {};
  const line = valueAt(namespace, 's')?.line ?? namespace.line;
  for (const [key, value] of Object.entries(settings)) {
    // A pod's host name is not in its network namespace: the collector entered that alone.
    if (!KEY.test(key) || (key === 'kernel.hostname' && !out.host)) continue;
    emitSetting({ key, value }, line, { ...out.sink, fact: out.fact, noise: () => {}, gap: out.gap });
  }
  // `sysctl -a || true`: nothing is said where there is no such program.
  if (Object.keys(settings).length > 0) out.kinds.push('sysctl', 'netconf');
}

function readNamespace(namespace: Located, out: Out): void {
  if (valueAt(namespace, 'if')?.kind === 'list') {
    readDevices(itemsAt(namespace, 'if'), out);
    out.kinds.push('link', 'address', 'neigh', 'fdb');
  }
  let lost = 0;
  for (const item of itemsAt(namespace, 'r')) {
    const route = routeOf(item);
    if (typeof route === 'string') out.gap(item.line, route);
    else if (route) out.fact(item.line, route);
    else lost++;
  }
  if (valueAt(namespace, 'r') && lost === 0) out.kinds.push('route');
  const rules = itemsAt(namespace, 'ru').map((item) => ({ line: item.line, rule: ruleOf(item) }));
  for (const { line, rule } of rules) if (rule) out.fact(line, rule);
  if (rules.length > 0 && rules.every((r) => r.rule)) out.kinds.push('policy-rule');
  readSettings(namespace, out);
  const tables = textAt(namespace, 'it') ?? '';
  if (tables !== '') readRules(tables, valueAt(namespace, 'it')?.line ?? namespace.line, out);
  const sockets = valueAt(namespace, 'c');
  if (sockets?.kind === 'list') {
    readSockets(sockets.items, out.firstLine, out.fact);
    out.kinds.push('socket');
  }
}

function readAll(root: Located, text: Text, sink: Sink<SkoopFact>): boolean {
  const list = valueAt(root, 'n') ?? valueAt(root, 'netns');
  if (list?.kind !== 'list') return false;
  const own: SkoopFact['kind'][] = [];
  for (const namespace of list.items) {
    const key = textAt(namespace, 'k') ?? '';
    const where: Elsewhere | undefined = key === '' ? undefined : { netns: key };
    const kinds = where ? [] : own;
    readNamespace(namespace, {
      fact: (line, fact) => sink.fact(line, fact, where),
      gap: (line, reason) => sink.gap(line, reason),
      sink,
      host: !where,
      firstLine: text.firstLine,
      kinds,
    });
    if (where) sink.listed(kinds, where);
  }
  sink.only(own);
  return true;
}

const POD = /^\s*\{\s*"p(?:ods)?":\s*\[\s*\{\s*"(?:container_)?id":\s*"[\da-f]{12,64}",\s*"(?:n|pod_name)":/;
const NETNS = /^\s*\{\s*"p(?:ods)?":\s*(?:null|\[\s*\]),\s*"n(?:etns)?":\s*\[\s*\{\s*"n":\s*"\/proc\/\d+\/ns\/net"/;

/** `collector.json` of KubeSkoop. */
export const kubeskoop = defineParser<SkoopFact>({
  command: 'kubeskoop',
  emits: [
    'address',
    'connections',
    'fdb',
    'hostname',
    'iptables-dump',
    'iptables-table',
    'link',
    'neigh',
    'netconf',
    'policy-rule',
    'route',
    'socket',
    'sysctl',
  ],
  scope: 'stack',
  claims: {
    sniff(head) {
      const text = head.slice(0, 20).join('\n').slice(0, 2000);
      return POD.test(text) || NETNS.test(text) ? 3 : 0;
    },
  },
  parse(text, out) {
    const lines: string[] = [];
    for (let i = 0; i < text.count; i++) lines.push(text.line(i));
    const reading = readJson(lines.join('\n'), 0);
    const told = !('error' in reading) && readAll(reading.value, text, out);
    const reason = 'error' in reading ? reading.error : 'no list of namespaces';
    for (let i = 0; i < text.count; i++)
      if (told) out.part(i);
      else if (lines[i]?.trim() !== '') out.gap(i, reason);
    if (!told) out.incomplete('truncated', reason);
  },
});
