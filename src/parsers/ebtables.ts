/*
 * Bridge table: filter
 *
 * Bridge chain: FORWARD, entries: 2, policy: DROP
 * 1. -p ARP -i eth0 -j ACCEPT , pcnt = 12 -- bcnt = 720
 */
import type { EbtablesTableFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { frameClaim } from './ebtables/command.js';
import { readFrameTables } from './ebtables/reader.js';
import { frameProgram } from './ebtables/sniff.js';

/** `ebtables -L` with all of its `--L…` options and `ebtables-save`, of both backends (ebtables.c list_em, iptables' nft-bridge.c). */
export const ebtables = defineParser<EbtablesTableFact>({
  command: 'ebtables',
  emits: ['ebtables-table'],
  scope: 'stack',
  claims: {
    command: (argv) => frameClaim(argv, 'ebtables'),
    file: /^ebtables(?:-|$)|-ebtables(?:-save)?$/,
    sniff(head) {
      const found = frameProgram(head);
      return found?.program === 'ebtables' ? (found.sure ? 3 : 2) : 0;
    },
  },
  parse: (text, out, context) =>
    readFrameTables(text, out, context, (line, table) => out.fact(line, { kind: 'ebtables-table', ...table })),
});
