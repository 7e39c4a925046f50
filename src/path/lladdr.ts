/** An lladdr of all or of several (is_multicast_ether_addr): every card that hears such a frame takes it. */
export const isGroup = (lladdr: string | undefined): boolean =>
  lladdr !== undefined && /^[\da-f][13579bdf]:/i.test(lladdr);
