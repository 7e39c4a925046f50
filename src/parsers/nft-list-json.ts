/*
 * {"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}, {"table": {"family": "ip", "name": "nat", "handle": 3}},
 *  {"chain": {"family": "ip", "table": "nat", "name": "postrouting", "handle": 1, "type": "nat", "hook": "postrouting", "prio": 100, "policy": "accept"}},
 *  {"rule": {"family": "ip", "table": "nat", "chain": "postrouting", "handle": 2, "expr": [{"masquerade": null}]}}]}
 */

import type { NftFact } from '../facts/index.js';
import { type CaptureContext, defineParser, type Sink, type Text } from '../kit/index.js';
import { nftCommand } from './nftables/command.js';
import { closeListing, type JsonListing, newListing, readEntry } from './nftables/json.js';
import { isEcho, managedTable } from './nftables/remark.js';
import { parseObjects } from './text/iproute2-json.js';

/** The key may stand on the line after the brace, where `jq` laid the text out. */
const WRAPPER = /^\{\s{0,40}"nftables"\s{0,4}:\s{0,40}\[/;

function parseListing(text: Text, out: Sink<NftFact>, context: CaptureContext): void {
  const command = nftCommand(context.argv) ?? nftCommand(context.fileName.split(/[ _]/));
  const listing: JsonListing = newListing(text.firstLine, {
    rules: command?.rules ?? true,
    elements: command?.elements ?? true,
  });
  parseObjects(text, out, context, (object, sink) => readEntry(listing, object, sink), {
    wrapper: WRAPPER,
    remark: (line) => {
      const managed = managedTable(line);
      if (managed !== undefined) listing.managed.add(managed);
      return managed !== undefined || isEcho(line);
    },
  });
  closeListing(listing, out);
  if (!command && listing.tables.length === 1 && !/ruleset/i.test(context.fileName))
    out.incomplete('filtered', 'one table, and nothing says whether the command listed others');
}

/** `nft -j list …`. */
export const nftListJson = defineParser<NftFact>({
  command: 'nft-list-json',
  emits: ['nft-table', 'nft-chain', 'nft-set', 'nft-object'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = nftCommand(argv);
      return command?.json ? command.claim : undefined;
    },
    sniff(head) {
      const start = head
        .map((line) => line.slice(0, 300))
        .join('\n')
        .trimStart();
      return WRAPPER.test(start.slice(0, 400)) ? 3 : 0;
    },
  },
  parse: parseListing,
});
