import {
  type At,
  type ConntrackFlow,
  type ConntrackTableFact,
  defineRule,
  type EndpointsFact,
  finding,
  flowAt,
  type ServiceFact,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'conntrack-table' | 'service' | 'endpoints' | 'pod';

interface Served {
  readonly service: ServiceFact;
  readonly endpoints: readonly EndpointsFact[];
}

/** Services by their addresses, with what answers for them; those whose endpoints are known only. */
function servicesOf({ cluster }: View<Seen>): ReadonlyMap<string, Served> {
  const out = new Map<string, Served>();
  for (const service of cluster.service) {
    const endpoints = cluster.endpoints.filter((e) => e.namespace === service.namespace && e.name === service.name);
    if (endpoints.length === 0 || endpoints.some((e) => (e.more ?? 0) > 0)) continue;
    for (const ip of service.clusterIps) out.set(ip, { service, endpoints });
  }
  return out;
}

/** Who lives: the endpoints, and pods that are listed, of which one may just be leaving the service. */
const isAlive = ({ cluster }: View<Seen>, { endpoints }: Served, ip: string): boolean =>
  endpoints.some((e) => e.addresses.some((a) => a.ip === ip)) || cluster.pod.some((p) => p.ips.includes(ip));

interface Stale {
  readonly served: Served;
  readonly flows: [ConntrackFlow, ...ConntrackFlow[]];
}

/** Flows to a service's address whose answers would come from nobody, by the service and that address. */
function staleOf(
  view: View<Seen>,
  services: ReadonlyMap<string, Served>,
  table: ConntrackTableFact,
): ReadonlyMap<string, Stale> {
  const out = new Map<string, Stale>();
  const { protocol, destination, replySource } = table.flows;
  for (let i = 0; i < protocol.length; i++) {
    const to = destination[i] ?? '';
    const from = replySource[i] ?? '';
    const served = protocol[i] === 'udp' && from !== to ? services.get(to) : undefined;
    if (!served || isAlive(view, served, from)) continue;
    const flow = flowAt(table, i);
    const key = `${to} ${from}`;
    const held = out.get(key);
    if (held) held.flows.push(flow);
    else out.set(key, { served, flows: [flow] });
  }
  return out;
}

function* findingsOf(view: View<Seen>, host: StackView<Seen>, { served, flows }: Stale) {
  const [first] = flows;
  const { service, endpoints } = served;
  const [listed] = endpoints;
  const at: At = first.at;
  const why = listed && view.notComparable(at, listed.at);
  const gone = first.reply.source;
  if (why !== undefined) {
    yield unknown({
      node: host.node,
      input: `whether ${gone} was an endpoint of ${service.namespace}/${service.name} then`,
      reason: 'not-comparable',
      detail: why,
      at,
    });
    return;
  }
  const ports = [...new Set(flows.map((f) => f.original.sourcePort))].slice(0, 3).join(', ');
  const silent = flows.filter((f) => f.unreplied).length;
  yield finding({
    nodes: [host.node],
    subject: `${service.namespace}/${service.name} to ${gone}`,
    message: `conntrack of ${host.node} keeps ${flows.length} UDP flow${flows.length === 1 ? '' : 's'} to ${service.namespace}/${service.name} (${first.original.destination}) that it translates to ${gone}, which is no endpoint and no pod: whoever sends from that port again (${first.original.source}, port ${ports}) hears nothing, and keeps the flow alive by asking.`,
    confidence: silent > 0 ? 'certain' : 'likely',
    evidence: [
      { at, note: silent > 0 ? 'no answer has come' : 'translated to an address that is gone' },
      ...endpoints.slice(0, 1).map((e) => shows(e, 'the endpoints of the service')),
    ],
    fix: {
      summary: `delete these flows on ${host.node}; kube-proxy does so when it sees an endpoint go`,
      commands: [`conntrack -D -p udp -d ${first.original.destination} --reply-src ${gone}`],
    },
  });
}

export default defineRule({
  id: 'kube-proxy/stale-udp-conntrack',
  since: '0.1.0',
  severity: 'warning',
  title: 'UDP flows to a service lead to an endpoint that is gone',
  why:
    'The rules of kube-proxy are asked for the first packet of a flow alone; what follows goes where that one went. A UDP flow has no end: as long as a client sends from the same port, its entry lives on, also when the endpoint ' +
    'has gone. kube-proxy deletes such entries when it removes the last endpoint or an endpoint of UDP; where it was down, too old, or lacked the tool, DNS clients and syslog senders with a fixed port talk to nobody.',
  fix: 'Delete the flows with `conntrack -D`, and see why kube-proxy did not.',
  needs: ['conntrack-table', 'service', 'endpoints'],
  uses: ['pod'],
  onMissing: 'skip',
  seeAlso: ['kube-proxy/not-programmed'],
  *check(view) {
    const services = servicesOf(view);
    for (const host of view.hosts)
      for (const table of host.facts['conntrack-table'])
        for (const stale of table.list === undefined ? staleOf(view, services, table).values() : [])
          yield* findingsOf(view, host, stale);
  },
});
