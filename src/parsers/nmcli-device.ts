import type { ManagedDeviceFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
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

/** Values of a terse line; `\:` is a colon within one. */
const terseCells = (line: string): string[] => line.split(/(?<!\\):/).map((cell) => cell.replaceAll('\\:', ':'));

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
    sniff: (head) => (head.some((line) => HEADER.test(line.slice(0, 300))) ? 3 : 0),
  },
  parse(text, out, { argv }) {
    const command = nmcliCommand(argv);
    const fields = command?.terse ? (command.fields ?? USUAL) : undefined;
    let columns: readonly Column[] = [];
    readRows(text, out, (whole, i) => {
      const line = whole.slice(0, 2000);
      if (HEADER.test(line)) {
        columns = columnsOf(line.trimEnd());
        return 'noise';
      }
      const cells = fields ? terseCells(line) : rowCells(columns, line.trimEnd());
      const names = fields ?? columns.map((column) => column.name);
      if (!cells || names.length === 0 || cells.length !== names.length)
        return PRETTY.test(line) ? 'noise' : gap('not a row of nmcli device');
      const get = (name: string): string => (cells[names.indexOf(name)] ?? '').trim();
      const [dev, state, profile] = [get('DEVICE'), get('STATE'), get('CONNECTION')];
      if (dev === '' || state === '') return gap('a row without device or state');
      out.fact(i, {
        kind: 'managed-device',
        manager: 'NetworkManager',
        dev,
        managed: isManaged(state),
        state,
        ...(profile !== '' && profile !== '--' && { profile }),
      });
      return 'row';
    });
  },
});
