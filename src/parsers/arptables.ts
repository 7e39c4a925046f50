/*
 * Chain INPUT (policy DROP 0 packets, 0 bytes)
 * -j ACCEPT -i eth0 -o * -s 10.0.0.0/24 --src-mac 52:54:00:12:35:02 , pcnt=0 -- bcnt=0
 */
import type { ArptablesTableFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { frameClaim } from './ebtables/command.js';
import { readFrameTables } from './ebtables/reader.js';
import { frameProgram } from './ebtables/sniff.js';

/** `arptables -L` and `arptables-save`, of both backends (arptables.c print_firewall, iptables' nft-arp.c). */
export const arptables = defineParser<ArptablesTableFact>({
  command: 'arptables',
  emits: ['arptables-table'],
  scope: 'stack',
  claims: {
    command: (argv) => frameClaim(argv, 'arptables'),
    file: /^arptables(?:-|$)|-arptables(?:-save)?$/,
    sniff(head) {
      const found = frameProgram(head);
      return found?.program === 'arptables' ? (found.sure ? 3 : 1) : 0;
    },
  },
  parse: (text, out, context) =>
    readFrameTables(text, out, context, (line, table) => out.fact(line, { kind: 'arptables-table', ...table })),
});
