import { defineParser } from '../kit/index.js';
import { isVerb, nmcliCommand, PRETTY } from './nmcli/command.js';
import { gap, readRows } from './text/rows.js';

/*
 * STATE      CONNECTIVITY  WIFI-HW  WIFI     WWAN-HW  WWAN
 * connected  full          enabled  enabled  enabled  enabled
 *
 * NAME  UUID                                  TYPE      DEVICE
 * eth0  5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03  ethernet  eth0
 *
 * NetworkManager src/nmcli/general.c and connections.c: state of the service, of radios, rights of the caller, and the list of profiles. A
 * profile says nothing of a device until it is active there, and then `nmcli device` says it. So each line is known and none is a fact.
 */
const HEADER =
  /^\s*(?:(?:RUNNING\s+VERSION\s+)?STATE\s+(?:STARTUP\s+)?CONNECTIVITY\b|WIFI-HW\s+WIFI\b|PERMISSION\s+VALUE\b|LEVEL\s+DOMAINS\b|NAME\s+UUID\s+TYPE\b|(?:IN-USE|\*)\s+(?:BSSID\s+)?SSID\b|NETWORKING\s*$|CONNECTIVITY\s*$|HOSTNAME\s*$)/;
/** The same with `-m multiline`, a line for each value: `UUID:    5fb06bd0-…`. */
const VALUE = /^\s*([A-Z][A-Z\d-]{2,})(?:\[\d+\]\.[A-Z\d-]+)?:(?:\s|$)/;
/** With `-f` the columns may be any. */
const NAMES = /^\s*[A-Z][A-Z\d-]+(?: {2,}[A-Z][A-Z\d-]+)*\s*$/;
const VALUES: readonly (readonly [string, string])[] = [
  ['NAME', 'UUID'],
  ['UUID', 'TYPE'],
  ['PERMISSION', 'VALUE'],
  ['STATE', 'CONNECTIVITY'],
  ['WIFI-HW', 'WIFI'],
  ['SSID', 'SIGNAL'],
];

/** Are all lines values of such tables? */
function isMultiline(head: readonly string[]): boolean {
  const lines = head.filter((line) => line.trim() !== '' && !PRETTY.test(line.slice(0, 300)));
  const names = new Set(lines.map((line) => VALUE.exec(line.slice(0, 300))?.[1]));
  return !names.has(undefined) && VALUES.some((pair) => pair.every((name) => names.has(name)));
}

/** What `nmcli networking` and `nmcli radio wifi` say, and all of `-t`. */
const WORD = /^\s*(?:enabled|disabled|missing|full|limited|portal|none|unknown|running|not running)\s*$/;

const VERBS: Readonly<Record<string, readonly string[]>> = {
  general: ['status', 'permissions', 'logging', 'hostname'],
  networking: ['connectivity'],
  radio: ['all', 'wifi', 'wwan'],
  connection: ['show'],
  device: ['wifi', 'lldp'],
};

/** `nmcli general`, `nmcli radio`, `nmcli networking`, `nmcli connection`: lists without facts. */
export const nmcliTables = defineParser<never>({
  command: 'nmcli-tables',
  emits: [],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = nmcliCommand(argv);
      const verbs = command && Object.hasOwn(VERBS, command.object) ? VERBS[command.object] : undefined;
      if (!command || !verbs) return undefined;
      return verbs.some((verb) => isVerb(command.args, verb, command.object !== 'device')) ? {} : undefined;
    },
    file: /(?:^|-)nmcli-(?:g(?:en(?:eral)?)?|n(?:et(?:working)?)?|r(?:adio)?|c(?:on(?:nection)?)?)(?:-(?:status|permissions|all|show|logging))?$/,
    sniff: (head) =>
      HEADER.test(head.find((line) => line.trim() !== '' && !PRETTY.test(line.slice(0, 300)))?.slice(0, 300) ?? '')
        ? 3
        : isMultiline(head)
          ? 2
          : 0,
  },
  parse(text, out, { argv }) {
    const command = nmcliCommand(argv);
    let table = command?.terse === true;
    readRows(text, out, (line) => {
      table ||= (command?.fields ? NAMES : HEADER).test(line.slice(0, 300));
      return table || WORD.test(line) || VALUE.test(line.slice(0, 300)) || PRETTY.test(line.slice(0, 300))
        ? 'noise'
        : gap('not a line of nmcli');
    });
  },
});
