import { parse } from '../../src/index.js';
import { zip } from '../bundle/zip-writer.js';
import type { Store } from './store.js';
import type { LayoutWriter, Written } from './writer.js';

/** Endpoints, by which talosctl calls its nodes. */
const addressOf = (node: string): string => `192.168.50.${10 + Number(node.split('-').at(-1))}`;

const document = (type: string, id: string, spec: Readonly<Record<string, unknown>>): string =>
  [
    '---',
    'metadata:',
    '    namespace: network',
    `    type: ${type}.net.talos.dev`,
    `    id: ${id}`,
    'spec:',
    ...Object.entries(spec).map(([key, value]) => `    ${key}: ${value === undefined ? '""' : String(value)}`),
    '',
  ].join('\n');

interface Route {
  readonly family: number;
  readonly prefix: string;
  readonly src?: string;
  readonly nexthops: readonly { readonly via?: string; readonly dev?: string; readonly flags: readonly string[] }[];
  readonly table: string;
  readonly metric?: number;
  readonly scope?: string;
  readonly type: string;
  readonly proto?: string;
}

/** What Talos would say of the routes that `ip route` printed. */
async function routes(store: Store, node: string): Promise<string> {
  const read = await parse(store.answer(node, 'ip route show table main') ?? '', 'ip-route');
  return (read?.facts ?? [])
    .map((fact, i) => {
      const r = fact as unknown as Route;
      const [hop] = r.nexthops;
      return document('RouteStatuses', `route-${i}`, {
        family: r.family === 4 ? 'inet4' : 'inet6',
        dst: /^(?:0\.0\.0\.0|::)\/0$/.test(r.prefix) ? undefined : r.prefix,
        src: r.src,
        gateway: hop?.via,
        outLinkName: hop?.dev,
        table: r.table,
        priority: r.metric ?? 0,
        scope: r.scope,
        type: r.type,
        flags: hop?.flags.join(','),
        protocol: r.proto,
      });
    })
    .join('');
}

/** siderolabs/go-talos-support: `<node>/resources/<type>.yaml`, a folder per endpoint. */
const writer = (title: string, pack: (files: Readonly<Record<string, string>>) => Written['files']): LayoutWriter => ({
  layout: 'talos',
  title,
  async write(store) {
    const files: Record<string, string> = {
      'kubernetesResources/nodes.yaml': store.object('kubectl get nodes -o yaml'),
    };
    for (const node of store.nodes)
      files[`${addressOf(node)}/resources/routestatuses.net.talos.dev.yaml`] = await routes(store, node);
    return {
      files: pack(files),
      commands: ['ip route show table main'],
      objects: ['kubectl get nodes -o yaml'],
      nameOf: addressOf,
    };
  },
});

export const talos = [
  writer('talosctl support', (files) => ({
    'support.zip': zip(...Object.entries(files).map(([name, body]) => ({ name, body }))),
  })),
  writer('talosctl support, unpacked', (files) =>
    Object.fromEntries(Object.entries(files).map(([path, body]) => [`support/${path}`, body])),
  ),
];
