import type { RouteFact } from '../../../src/facts/index.js';
import { canonicalPrefix } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

/** A row of jc (`ip`, `via`, `dev` …) or of ntc-templates (`network`, `nexthop_ip` …); absent values are empty texts there. */
type Row = Readonly<Record<string, string | number | undefined>>;

function rowsOf(answer: unknown): readonly Row[] {
  if (Array.isArray(answer)) return answer;
  return answer && typeof answer === 'object' && 'parsed_sample' in answer ? rowsOf(answer.parsed_sample) : [];
}

const text = (row: Row, ...keys: readonly string[]): string => {
  const found = keys.map((key) => row[key]).find((value) => value !== undefined && value !== '');
  return found === undefined ? '' : String(found);
};

const prefix = (destination: string): string =>
  destination === 'default' ? '0.0.0.0/0' : (canonicalPrefix(destination) ?? '');

function theirs(row: Row) {
  return {
    prefix: prefix(text(row, 'ip', 'network')),
    via: text(row, 'via', 'nexthop_ip'),
    dev: text(row, 'dev', 'nexthop_if'),
    proto: text(row, 'proto', 'protocol'),
    scope: text(row, 'scope'),
    src: text(row, 'src'),
    metric: text(row, 'metric'),
  };
}

function ours(f: RouteFact) {
  const [hop] = f.nexthops;
  return {
    prefix: f.prefix,
    via: hop?.via ?? '',
    dev: hop?.dev ?? '',
    proto: f.proto ?? '',
    scope: f.scope ?? '',
    src: f.src ?? '',
    metric: f.metric === undefined ? '' : String(f.metric),
  };
}

const NEIGHBOURS = 'a neighbour table';
const KEEPALIVED = 'virtual_routes of a keepalived configuration';
const MANUAL = 'cut out of a manual with the prose behind it';

export const ipRoute: CorpusCommand = {
  command: 'ip-route',
  folders: ['ip-route', 'ip-route-get'],
  argv: (file) => (file.name.includes('_-6_') ? ['ip', '-6', 'route'] : []),
  foreign: [
    { file: 'test_clean_content_ipv6_L17', because: NEIGHBOURS },
    { file: 'tests_parsers_test_ip_L842', because: NEIGHBOURS },
    { file: 'tests_parsers_test_ip_L896', because: NEIGHBOURS },
    { file: 'tests_parsers_test_ip_L910', because: NEIGHBOURS },
    { file: 'gravity_networking_L431', because: NEIGHBOURS },
    { file: 'slides_k8s_kind_L210', because: 'a list of slides' },
    { file: '2020-06-11-workers_L', because: 'lines of a hosts file' },
    { file: 'test_keepalived_L', because: KEEPALIVED },
    { file: 'troubleshoot_commands_L389', because: 'routes of BIRD' },
    { file: 'troubleshoot_commands_L395', because: 'routes of BIRD' },
  ],
  incomplete: [
    { file: 'kube-admin__DEBUG_L4.', because: 'ends in the next prompt' },
    { file: 'macvlan_L298', because: MANUAL },
    { file: 'intro-basic-networking_L', because: MANUAL },
  ],
  oracle(file, facts) {
    const rows = rowsOf(file.answer);
    if (rows.length === 0) return undefined;
    // ntc-templates leaves out routes that start with a type.
    const typed = rows.some((row) => row['ip'] !== undefined);
    const routes = facts
      .filter((f): f is RouteFact => f !== null && typeof f === 'object' && 'kind' in f && f.kind === 'route')
      .filter((f) => typed || f.type === 'unicast');
    return { ours: routes.map(ours), theirs: rows.map(theirs) };
  },
};
