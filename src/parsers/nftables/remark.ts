/** `# Warning: table ip nat is managed by iptables-nft, do not touch!` goes to standard error, and stands anywhere. */
export const managedTable = (line: string): string | undefined =>
  /^# Warning: table (\S+ \S+) is managed by \S+, do not touch!/.exec(line.slice(0, 300))?.[1];

/** Below a message nft repeats the command line, and points into it. */
export const isEcho = (line: string): boolean => /^\s*(?:\^[\^~]*|list .*)$/.test(line.slice(0, 1000));
