import type { ManagedDeviceFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { isManaged, isVerb, nmcliCommand, PRETTY } from './nmcli/command.js';
import { gap, readRows } from './text/rows.js';
import { type Column, columnsOf, rowCells } from './text/table.js';

/*
 * DEVICE   TYPE      STATE                   CONNECTION
 * eth0     ethernet  connected               eth0
 * cni0     bridge    connected (externally)  cni0
 *
 * NetworkManager src/nmcli/devices.c do_devices_status. `-t` has colons and no header: eth0:ethernet:connected:eth0
 */
const HEADER = /^\s*DEVICE\s+(?:\S+\s+)*STATE\b/;
const USUAL: readonly string[] = ['DEVICE', 'TYPE', 'STATE', 'CONNECTION'];
/** All of them, in NetworkManager's own order (nmc_fields_dev_status). */
const ALL: readonly string[] =
  'DEVICE TYPE STATE IP4-CONNECTIVITY IP6-CONNECTIVITY DBUS-PATH CONNECTION CON-UUID CON-PATH'.split(' ');

const fieldsOf = (asked: readonly string[] | undefined): readonly string[] =>
  asked === undefined || asked.join() === 'COMMON' ? USUAL : asked.join() === 'ALL' ? ALL : asked;

/** With `-m multiline` a line for each value: `STATE:    connected`. */
const VALUE = /^\s*([A-Z][A-Z\d.-]+):(?:\s+(.*?))?\s*$/;

/** Values of a terse line; `\:` is a colon within one. */
const terseCells = (line: string): string[] => line.split(/(?<!\\):/).map((cell) => cell.replaceAll('\\:', ':'));

const deviceOf = (dev: string, state: string, profile: string): Draft<ManagedDeviceFact> => ({
  kind: 'managed-device',
  manager: 'NetworkManager',
  dev,
  managed: isManaged(state),
  state,
  ...(profile !== '' && profile !== '--' && { profile }),
});

/** `nmcli device [status]`. */
export const nmcliDevice = defineParser<ManagedDeviceFact>({
  command: 'nmcli-device',
  emits: ['managed-device'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = nmcliCommand(argv);
      return command?.object === 'device' && isVerb(command.args, 'status', true) ? {} : undefined;
    },
    file: /(?:^|-)nmcli-d(?:ev(?:ice)?)?(?:-status)?$/,
    sniff: (head) =>
      head.some(
        (line, i) => HEADER.test(line.slice(0, 300)) || (/^DEVICE:\s/.test(line) && /^TYPE:\s/.test(head[i + 1] ?? '')),
      )
        ? 3
        : 0,
  },
  parse(text, out, { argv }) {
    const command = nmcliCommand(argv);
    const fields = command?.terse ? fieldsOf(command.fields) : undefined;
    let columns: readonly Column[] = [];
    const values = new Map<string, string>();
    let first = 0;
    const flush = (): void => {
      const dev = values.get('DEVICE') ?? '';
      const state = values.get('STATE') ?? '';
      if (dev !== '' && state !== '') out.fact(first, deviceOf(dev, state, values.get('CONNECTION') ?? ''));
      values.clear();
    };
    readRows(
      text,
      out,
      (whole, i) => {
        const line = whole.slice(0, 2000);
        if (HEADER.test(line)) {
          columns = columnsOf(line.trimEnd());
          return 'noise';
        }
        const [, name, value = ''] = (columns.length === 0 && VALUE.exec(line)) || [];
        if (name !== undefined) {
          if (values.has(name)) flush();
          if (values.size === 0) first = i;
          values.set(name, value);
          return 'row';
        }
        const cells = fields ? terseCells(line) : rowCells(columns, line.trimEnd());
        const names = fields ?? columns.map((column) => column.name);
        if (!cells || names.length === 0 || cells.length !== names.length)
          return PRETTY.test(line) ? 'noise' : gap('not a row of nmcli device');
        const get = (name: string): string => (cells[names.indexOf(name)] ?? '').trim();
        const [dev, state] = [get('DEVICE'), get('STATE')];
        if (dev === '' || state === '') return gap('a row without device or state');
        out.fact(i, deviceOf(dev, state, get('CONNECTION')));
        return 'row';
      },
      flush,
    );
  },
});
