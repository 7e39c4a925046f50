/** What a probe sends, beside its ends. */
export interface Asked {
  readonly proto: string;
  readonly port?: number | null | undefined;
  /** Octets of the IP packet, where that was asked for. */
  readonly size?: number | undefined;
  readonly df?: boolean | undefined;
}

/** The flags of `dumplint trace` that ask it again. */
export const traceFlags = ({ proto, port, size, df }: Asked): readonly string[] => [
  ...(proto === 'icmp' || port === null || port === undefined ? [] : ['--proto', proto, '--port', String(port)]),
  ...(size === undefined ? [] : ['--size', String(size)]),
  ...(df === true ? ['--df'] : []),
];
